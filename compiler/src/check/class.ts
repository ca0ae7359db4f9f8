/** Classes: fields in order, methods, and nothing else. */
import ts from 'typescript';
import { moduleName } from '../model/c-names.ts';
import type { ClassInfo, Field, FunctionInfo } from '../model/declarations.ts';
import { errorType, type Type } from '../model/types.ts';
import { coerce } from './coerce.ts';
import { moduleScope, type Context, type Declaration } from './context.ts';
import { isConstantValue } from './initial.ts';
import { signature } from './signature.ts';
import { storageOf } from './storage.ts';

export function declareClass(cx: Context, symbol: ts.Symbol, node: ts.ClassDeclaration): Declaration {
  const builtin = cx.libraryName(symbol) !== undefined;
  const of: ClassInfo = { name: node.name?.text ?? 'default', node, methods: new Map(), fields: [], builtin };
  const found: Declaration = { kind: 'class', of };
  cx.declarations.set(symbol, found);
  if (builtin) return found;
  refuseForms(cx, node);
  for (const member of node.members) {
    if (ts.isPropertyDeclaration(member)) declareField(cx, of, member);
    else if (ts.isMethodDeclaration(member)) declareMethod(cx, of, member);
    else refuseMember(cx, member);
  }
  cx.classes.push(of);
  return found;
}

function refuseForms(cx: Context, node: ts.ClassDeclaration): void {
  const heritage = node.heritageClauses?.[0];
  if (heritage !== undefined) cx.reporter.report(heritage, 'TH1501', '`extends` or `implements`', 'Embed the other class as a field.');
  const generic = node.typeParameters?.[0];
  if (generic !== undefined) cx.reporter.report(generic, 'TH1501', 'A type parameter', 'There are no generics: write the types out.');
  for (const one of ts.getModifiers(node) ?? [])
    if (one.kind === ts.SyntaxKind.AbstractKeyword) cx.reporter.report(one, 'TH1501', '`abstract`', 'There is no inheritance.');
}

function refuseMember(cx: Context, member: ts.ClassElement): void {
  if (ts.isConstructorDeclaration(member))
    cx.reporter.report(member, 'TH1501', 'A constructor', 'Initialise fields where they are declared; write an `init` method.');
  else if (ts.isAccessor(member)) cx.reporter.report(member, 'TH1501', 'An accessor', 'Write a method.');
  else if (!ts.isSemicolonClassElement(member)) cx.reporter.report(member, 'TH1501', 'This member', 'Classes have fields and methods.');
}

function refuseModifiers(cx: Context, member: ts.PropertyDeclaration | ts.MethodDeclaration): boolean {
  for (const one of member.modifiers ?? []) {
    const fine = one.kind === ts.SyntaxKind.ReadonlyKeyword || one.kind === ts.SyntaxKind.PrivateKeyword || one.kind === ts.SyntaxKind.PublicKeyword;
    if (fine) continue;
    cx.reporter.report(one, 'TH1501', `\`${one.getText()}\``, 'Use a module-level function or variable.');
    return false;
  }
  if (ts.isIdentifier(member.name)) return true;
  cx.reporter.report(member.name, 'TH1501', `The member name ${member.name.getText()}`, 'Use a plain name, with `private` if it is.');
  return false;
}

function declareField(cx: Context, of: ClassInfo, node: ts.PropertyDeclaration): void {
  if (!refuseModifiers(cx, node)) return;
  const name = node.name.getText();
  if (node.questionToken !== undefined) cx.reporter.report(node, 'TH1501', 'An optional field', 'Write `T | null = null`.');
  const annotated = node.type === undefined ? undefined : cx.typeOf(node.type);
  const field = fieldOf(cx, node, name, annotated);
  if (field !== undefined) of.fields.push(field);
}

function fieldOf(cx: Context, node: ts.PropertyDeclaration, name: string, annotated: Type | undefined): Field | undefined {
  if (node.initializer === undefined) {
    cx.reporter.report(node.name, 'TH1502', name);
    return undefined;
  }
  const storage = storageOf(cx, node.initializer);
  if (storage !== undefined) {
    const readonly = node.modifiers?.some((one) => one.kind === ts.SyntaxKind.ReadonlyKeyword) ?? false;
    if (!readonly) cx.reporter.report(node.name, 'TH1503', name);
    return storage.type.kind === 'error' ? undefined : { name, type: storage.type, embedded: true, initial: storage.initial, node };
  }
  const found = cx.expression(node.initializer, moduleScope(), annotated);
  const value = annotated === undefined ? found : coerce(cx, found, annotated);
  if (value.type.kind === 'error') return { name, type: annotated ?? errorType, embedded: false, initial: { kind: 'zero' }, node };
  if (!isConstantValue(value)) cx.reporter.report(node.initializer, 'TH1502', name);
  if (value.type.kind === 'untyped' || value.type.kind === 'null') {
    cx.reporter.report(node.name, 'TH1104', name);
    return undefined;
  }
  return { name, type: annotated ?? value.type, embedded: false, initial: { kind: 'value', value }, node };
}

function declareMethod(cx: Context, of: ClassInfo, node: ts.MethodDeclaration): void {
  if (!refuseModifiers(cx, node)) return;
  const name = node.name.getText();
  const method: FunctionInfo = {
    name, module: moduleName(node.getSourceFile().fileName), node, cName: `${of.name}_${name}`, owner: of, exported: false,
    parameters: [], receiver: { name: 'this', cName: 'this', type: { kind: 'class', of }, constant: true },
    result: errorType, body: [], naked: undefined, namedByAssembly: false, calls: new Set(),
  };
  of.methods.set(name, method);
  cx.functions.push(method);
  Object.assign(method, signature(cx, node, name));
}
