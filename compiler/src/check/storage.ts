/** `new T()`, `fixedArray(T, n)`, `fixedArrayOfReferences(T, n)`: the expressions that claim memory, at build time. */
import ts from 'typescript';
import type { Initial } from '../model/declarations.ts';
import { booleanType, errorType, integer, isIntegerName, type Type } from '../model/types.ts';
import { classArgument, constantArgument } from './class-argument.ts';
import type { Context } from './context.ts';

export interface Storage {
  readonly type: Type;
  readonly initial: Initial;
}
const nothing: Storage = { type: errorType, initial: { kind: 'zero' } };
const lengthMax = 1n << 31n;

export function storageOf(cx: Context, node: ts.Expression): Storage | undefined {
  if (ts.isNewExpression(node)) {
    const of = classArgument(cx, node.expression, 'new');
    if (node.arguments?.[0] !== undefined) cx.reporter.report(node.arguments[0], 'TH1501', 'A constructor argument', 'Write an `init` method.');
    return of === undefined ? nothing : { type: { kind: 'class', of }, initial: { kind: 'object', of } };
  }
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  const name = cx.libraryName(cx.symbolOf(node.expression));
  if (name !== 'fixedArray' && name !== 'fixedArrayOfReferences') return undefined;
  return arrayStorage(cx, node, name);
}

function arrayStorage(cx: Context, node: ts.CallExpression, name: 'fixedArray' | 'fixedArrayOfReferences'): Storage {
  const [elementNode, lengthNode] = node.arguments;
  if (elementNode === undefined || lengthNode === undefined) return nothing;
  const length = constantArgument(cx, lengthNode, 'u32', name);
  if (length === undefined) return nothing;
  if (length < 1n || length > lengthMax) {
    cx.reporter.report(lengthNode, 'TH1507');
    return nothing;
  }
  const array = (element: Type): Type => ({ kind: 'array', element, length: Number(length), constant: false });
  const library = cx.libraryName(cx.symbolOf(elementNode));
  if (name === 'fixedArray' && library !== undefined && isIntegerName(library)) return { type: array(integer(library)), initial: { kind: 'zero' } };
  if (name === 'fixedArray' && library === 'bool') return { type: array(booleanType), initial: { kind: 'zero' } };
  const of = classArgument(cx, elementNode, name);
  if (of === undefined) return nothing;
  if (name === 'fixedArrayOfReferences') return { type: array({ kind: 'nullable', target: { kind: 'class', of } }), initial: { kind: 'zero' } };
  return { type: array({ kind: 'class', of }), initial: { kind: 'objects', of } };
}
