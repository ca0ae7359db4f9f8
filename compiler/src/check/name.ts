/** What a name means as a value: a local, a constant, or something of a module. */
import ts from 'typescript';
import type { Expression } from '../model/expressions.ts';
import type { Context, Scope } from './context.ts';

export function checkName(cx: Context, node: ts.Identifier, scope: Scope): Expression {
  const symbol = cx.symbolOf(node);
  if (symbol === undefined || node.text === 'undefined') return refuse(cx, node);
  const local = scope.locals.get(symbol);
  if (local !== undefined) return 'op' in local ? { ...local, node } : narrowed(cx, { op: 'local', type: local.type, node, local });
  return checkModuleName(cx, node, symbol);
}

/** tsc's narrowing of locals is sound, since nothing but the function itself can assign them. */
function narrowed(cx: Context, value: Expression & { op: 'local' }): Expression {
  if (value.type.kind !== 'nullable') return value;
  const seen = cx.checker.getTypeAtLocation(value.node);
  const mayBeNull = seen.isUnion() ? seen.types.some((part) => part.flags & ts.TypeFlags.Null) : seen.flags & ts.TypeFlags.Null;
  return mayBeNull ? value : { ...value, type: value.type.target };
}

export function checkModuleName(cx: Context, node: ts.Identifier, symbol: ts.Symbol): Expression {
  if (cx.libraryName(symbol) !== undefined) return refuse(cx, node);
  const found = cx.declarationOf(symbol);
  switch (found.kind) {
    case 'variable':
      return { op: 'variable', type: found.of.type, node, variable: found.of };
    case 'constant':
      return { ...found.value, node };
    case 'function':
      cx.reporter.report(node, 'TH1404', node.text);
      return cx.error(node);
    case 'error':
      return cx.error(node);
    default:
      return refuse(cx, node);
  }
}

function refuse(cx: Context, node: ts.Identifier): Expression {
  cx.reporter.report(node, 'TH1001', `\`${node.text}\` as a value`, 'Use a local, a constant or a module-level variable.');
  return cx.error(node);
}
