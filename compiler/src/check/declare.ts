/** Finds what a module-level name declares, once, in whatever order names are met. */
import ts from 'typescript';
import { moduleName } from '../model/c-names.ts';
import type { EnumInfo, FunctionInfo, RecordInfo } from '../model/declarations.ts';
import { errorType, type Type } from '../model/types.ts';
import { nakedCall } from './asm.ts';
import { declareClass } from './class.ts';
import { moduleScope, type Context, type Declaration } from './context.ts';
import { isExported, signature } from './signature.ts';
import { declareVariable } from './variable.ts';

const failed: Declaration = { kind: 'error' };

export function declarationOf(cx: Context, symbol: ts.Symbol): Declaration {
  const known = cx.declarations.get(symbol);
  if (known !== undefined) return known;
  const node = symbol.valueDeclaration ?? symbol.declarations?.[0];
  if (node === undefined) return failed;
  if (cx.resolving.has(symbol)) {
    cx.reporter.report(ts.isVariableDeclaration(node) ? node.name : node, 'TH1604', symbol.name);
    return failed;
  }
  cx.resolving.add(symbol);
  const found = declare(cx, symbol, node);
  cx.resolving.delete(symbol);
  cx.declarations.set(symbol, found);
  return found;
}

function declare(cx: Context, symbol: ts.Symbol, node: ts.Declaration): Declaration {
  if (ts.isFunctionDeclaration(node)) return { kind: 'function', of: declareFunction(cx, node) };
  if (ts.isClassDeclaration(node)) return declareClass(cx, symbol, node);
  if (ts.isEnumDeclaration(node)) return { kind: 'enum', of: declareEnum(cx, node) };
  if (ts.isInterfaceDeclaration(node)) return declareRecord(cx, symbol, node);
  if (ts.isVariableDeclaration(node) && ts.isSourceFile(node.parent.parent.parent)) return declareVariable(cx, node);
  return failed;
}

function declareFunction(cx: Context, node: ts.FunctionDeclaration): FunctionInfo {
  const name = node.name?.text ?? 'default';
  const module = moduleName(node.getSourceFile().fileName);
  const of: FunctionInfo = {
    name, module, node, cName: `${module}_${name}`, owner: undefined, exported: isExported(cx, node, node.getSourceFile()),
    parameters: [], receiver: undefined, result: errorType, body: [], naked: undefined, namedByAssembly: false, calls: new Set(),
  };
  Object.assign(of, signature(cx, node, name));
  if (nakedCall(cx, node) !== undefined) of.naked = { lines: [], section: undefined, align: undefined };
  cx.functions.push(of);
  return of;
}

/** Members count from 0 or from the member before; every value is a u32. */
function declareEnum(cx: Context, node: ts.EnumDeclaration): EnumInfo {
  const of: EnumInfo = { name: node.name.text, node, members: new Map() };
  let next = 0n;
  for (const member of node.members) {
    const value = member.initializer === undefined ? next : memberValue(cx, member.initializer, of);
    if (value === undefined || value < 0n || value > 0xffff_ffffn) cx.reporter.report(member, 'TH1607', member.name.getText());
    next = value ?? next;
    of.members.set(member.name.getText(), next);
    next += 1n;
  }
  if (node.members.length === 0) cx.reporter.report(node.name, 'TH1607', '(none)');
  cx.enums.push(of);
  return of;
}

function memberValue(cx: Context, node: ts.Expression, of: EnumInfo): bigint | undefined {
  if (ts.isIdentifier(node) && of.members.has(node.text)) return of.members.get(node.text);
  const value = cx.expression(node, moduleScope());
  return value.op === 'constant' ? value.value : undefined;
}

function declareRecord(cx: Context, symbol: ts.Symbol, node: ts.InterfaceDeclaration): Declaration {
  const of: RecordInfo = { name: node.name.text, node, fields: [] };
  const found: Declaration = { kind: 'record', of };
  cx.declarations.set(symbol, found);
  if (node.typeParameters !== undefined) cx.reporter.report(node, 'TH1608', 'no type parameters');
  if (node.heritageClauses !== undefined) cx.reporter.report(node, 'TH1608', 'no `extends`');
  for (const member of node.members) {
    const readonly = ts.getModifiers(member as ts.PropertySignature)?.some((one) => one.kind === ts.SyntaxKind.ReadonlyKeyword);
    const isField = ts.isPropertySignature(member) && member.type !== undefined;
    if (!isField || !readonly || member.questionToken !== undefined) cx.reporter.report(member, 'TH1608', 'its members are readonly fields');
    if (!isField) continue;
    const type = cx.typeOf(member.type);
    if (!isRowField(type)) cx.reporter.report(member.type, 'TH1608', 'this type has no place in a table');
    of.fields.push({ name: member.name.getText(), type, node: member });
  }
  cx.records.push(of);
  return found;
}

const isRowField = (type: Type): boolean =>
  ['integer', 'brand', 'boolean', 'string', 'enum', 'error'].includes(type.kind) || (type.kind === 'slice' && type.constant);

