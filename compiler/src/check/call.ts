/** Calls: of functions, of methods, and of what the language library provides. */
import ts from 'typescript';
import type { BitsInfo, FunctionInfo } from '../model/declarations.ts';
import type { Expression } from '../model/expressions.ts';
import { integer, isIntegerName, type Type } from '../model/types.ts';
import { checkIndex, isModuleName } from './access.ts';
import { checkBitsCall } from './bits-call.ts';
import { coerce } from './coerce.ts';
import type { Context, Declaration, Scope } from './context.ts';
import { convert } from './conversion.ts';
import { checkAtomicCall, checkLibraryCall } from './library-call.ts';

export function checkCall(cx: Context, node: ts.CallExpression, scope: Scope, expected?: Type): Expression {
  const callee = node.expression;
  if (node.questionDotToken !== undefined) {
    cx.reporter.report(node, 'TH1210', '?.', 'Copy to a const, compare it with null.');
    return cx.error(node);
  }
  if (ts.isIdentifier(callee)) {
    const symbol = cx.symbolOf(callee);
    const library = cx.libraryName(symbol);
    if (library !== undefined) return checkLibraryCall(cx, node, library, scope, expected);
    return symbol === undefined ? cx.error(node) : callDeclared(cx, node, cx.declarationOf(symbol), scope);
  }
  if (ts.isPropertyAccessExpression(callee)) return checkMemberCall(cx, node, callee, scope, expected);
  cx.reporter.report(node, 'TH1405', callee.getText().slice(0, 30), 'Call functions and methods by name.');
  return cx.error(node);
}

function callDeclared(cx: Context, node: ts.CallExpression, found: Declaration, scope: Scope): Expression {
  if (found.kind === 'function') return callFunction(cx, node, found.of, [], scope);
  if (found.kind !== 'error') cx.reporter.report(node, 'TH1405', node.expression.getText(), 'Call functions and methods by name.');
  return cx.error(node);
}

export function callFunction(cx: Context, node: ts.CallExpression, callee: FunctionInfo, receiver: readonly Expression[], scope: Scope): Expression {
  const operands = [...receiver];
  node.arguments.forEach((argument, index) => {
    const parameter = callee.parameters[index];
    const value = cx.expression(argument, scope, parameter?.type);
    operands.push(parameter === undefined ? value : coerce(cx, value, parameter.type));
  });
  scope.function?.calls.add(callee);
  if (operands.some((one) => one.op === 'error')) return { op: 'error', type: callee.result, node };
  return { op: 'call', type: callee.result, node, callee, operands };
}

/** The bit layout or register that an expression names. */
function bitsNamed(cx: Context, node: ts.Expression): BitsInfo | undefined {
  const name = ts.isPropertyAccessExpression(node) && isModuleName(cx, node.expression) ? node.name : node;
  const symbol = ts.isIdentifier(name) ? cx.symbolOf(name) : undefined;
  if (symbol === undefined || !symbol.declarations?.some((one) => ts.isVariableDeclaration(one) && ts.isSourceFile(one.parent.parent.parent))) return undefined;
  const found = cx.libraryName(symbol) === undefined ? cx.declarationOf(symbol) : undefined;
  return found?.kind === 'bits' ? found.of : undefined;
}

function checkMemberCall(cx: Context, node: ts.CallExpression, callee: ts.PropertyAccessExpression, scope: Scope, expected?: Type): Expression {
  const method = callee.name.text;
  const symbol = cx.symbolOf(callee.name);
  const library = cx.libraryName(symbol);
  if (symbol !== undefined && library === undefined && isModuleName(cx, callee.expression)) return callDeclared(cx, node, cx.declarationOf(symbol), scope);
  if (library?.includes('.')) return checkLibraryCall(cx, node, library, scope, expected);
  const receiverLibrary = ts.isIdentifier(callee.expression) ? cx.libraryName(cx.symbolOf(callee.expression)) : undefined;
  if (method === 'wrap' && receiverLibrary !== undefined && isIntegerName(receiverLibrary)) return convert(cx, node, receiverLibrary, true, scope);
  const bits = library === undefined ? undefined : bitsNamed(cx, callee.expression);
  if (bits !== undefined) return checkBitsCall(cx, node, bits, method, scope);
  return checkMethodCall(cx, node, cx.expression(callee.expression, scope), method, scope);
}

function checkMethodCall(cx: Context, node: ts.CallExpression, object: Expression, method: string, scope: Scope): Expression {
  const { type } = object;
  const [argument] = node.arguments;
  if (type.kind === 'error') return object;
  if (type.kind === 'nullable') {
    cx.reporter.report(object.node, 'TH1106', object.node.getText());
    return cx.error(node);
  }
  if (type.kind === 'string' && method === 'charCodeAt' && argument !== undefined) {
    const index = checkIndex(cx, argument, scope);
    return index.op === 'error' ? index : { op: 'intrinsic', type: integer('u8'), node, name: 'charCodeAt', detail: '', operands: [object, index] };
  }
  if (type.kind === 'class') {
    if (type.of.builtin) return checkAtomicCall(cx, node, object, method, scope);
    const found = type.of.methods.get(method);
    if (found !== undefined) return callFunction(cx, node, found, [object], scope);
  }
  cx.reporter.report(node, 'TH1405', node.expression.getText(), 'Call functions and methods by name.');
  return cx.error(node);
}
