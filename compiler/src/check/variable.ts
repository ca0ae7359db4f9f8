/** Module-level `const` and `let`: constants, storage, const tables, register layouts, naked functions. */
import ts from 'typescript';
import { moduleName } from '../model/c-names.ts';
import type { FunctionInfo, Initial, Variable } from '../model/declarations.ts';
import { voidType, type Type } from '../model/types.ts';
import { declareBits } from './bits-layout.ts';
import { coerce } from './coerce.ts';
import { moduleScope, type Context, type Declaration } from './context.ts';
import { isConstantValue } from './initial.ts';
import { isExported, signature } from './signature.ts';
import { storageOf } from './storage.ts';
import { tableRows } from './table.ts';

const failed: Declaration = { kind: 'error' };

export function declareVariable(cx: Context, node: ts.VariableDeclaration): Declaration {
  const { initializer } = node;
  if (!ts.isIdentifier(node.name)) {
    cx.reporter.report(node.name, 'TH1001', 'Destructuring', 'Declare one name at a time.');
    return failed;
  }
  if (initializer === undefined) {
    cx.reporter.report(node.name, 'TH1310', node.name.text);
    return failed;
  }
  const isConst = (node.parent.flags & ts.NodeFlags.Const) !== 0;
  const library = libraryCallee(cx, initializer);
  if (isConst && ts.isCallExpression(initializer)) {
    if (library === 'register' || library === 'bits') return declareBits(cx, initializer, library === 'register');
    if (library === 'naked') return declareNaked(cx, node, node.name.text, initializer);
  }
  const storage = storageOf(cx, initializer);
  if (storage !== undefined) return declareStorage(cx, node, node.name.text, storage.type, storage.initial, isConst);
  const annotated = node.type === undefined ? undefined : cx.typeOf(node.type);
  if (isConst && annotated?.kind === 'slice' && annotated.constant) return declareTable(cx, node, node.name.text, annotated.element, initializer);
  return declareScalar(cx, node, node.name, annotated, isConst);
}

function libraryCallee(cx: Context, node: ts.Expression): string | undefined {
  return ts.isCallExpression(node) && ts.isIdentifier(node.expression) ? cx.libraryName(cx.symbolOf(node.expression)) : undefined;
}

function newVariable(cx: Context, node: ts.VariableDeclaration, name: string, type: Type, initial: Initial): Declaration {
  const file = node.getSourceFile();
  const module = moduleName(file.fileName);
  const of: Variable = {
    name, cName: `${module}_${name}`, module, node, type, initial,
    exported: isExported(cx, node.parent.parent as ts.VariableStatement, file),
  };
  cx.variables.push(of);
  return { kind: 'variable', of };
}

function declareStorage(cx: Context, node: ts.VariableDeclaration, name: string, type: Type, initial: Initial, isConst: boolean): Declaration {
  if (!isConst) cx.reporter.report(node, 'TH1601', '`let` of an object or array', 'Write `const`.');
  return type.kind === 'error' ? failed : newVariable(cx, node, name, type, initial);
}

function declareTable(cx: Context, node: ts.VariableDeclaration, name: string, element: Type, initializer: ts.Expression): Declaration {
  const rows = tableRows(cx, initializer, element);
  if (rows === undefined) return failed;
  return newVariable(cx, node, name, { kind: 'array', element, length: rows.length, constant: true }, { kind: 'rows', rows, element });
}

function declareScalar(cx: Context, node: ts.VariableDeclaration, name: ts.Identifier, annotated: Type | undefined, isConst: boolean): Declaration {
  const initializer = node.initializer!;
  const found = cx.expression(initializer, moduleScope(), annotated);
  const value = annotated === undefined ? found : coerce(cx, found, annotated);
  if (value.type.kind === 'error') return failed;
  if (!isConstantValue(value)) {
    cx.reporter.report(initializer, 'TH1602', name.text);
    return failed;
  }
  if (isConst) {
    const cName = `${moduleName(node.getSourceFile().fileName)}_${name.text}`;
    if (value.op === 'constant') cx.constants.push({ name: name.text, cName, node, value: value.value });
    return { kind: 'constant', value };
  }
  if (value.type.kind === 'untyped' || value.type.kind === 'null') {
    cx.reporter.report(name, 'TH1104', name.text);
    return failed;
  }
  return newVariable(cx, node, name.text, annotated ?? value.type, { kind: 'value', value });
}

function declareNaked(cx: Context, node: ts.VariableDeclaration, name: string, call: ts.CallExpression): Declaration {
  const file = node.getSourceFile();
  const module = moduleName(file.fileName);
  const [written] = call.typeArguments ?? [];
  const shape = written !== undefined && ts.isFunctionTypeNode(written) ? signature(cx, written, name) : { parameters: [], result: voidType };
  const of: FunctionInfo = {
    name, module, node, cName: `${module}_${name}`, owner: undefined, receiver: undefined, body: [], namedByAssembly: true, calls: new Set(),
    exported: isExported(cx, node.parent.parent as ts.VariableStatement, file),
    naked: { lines: [], section: undefined, align: undefined },
    ...shape,
  };
  cx.functions.push(of);
  return { kind: 'function', of };
}

