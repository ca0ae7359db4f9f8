/** `-x`, `~x` and `!x`. */
import ts from 'typescript';
import type { Expression } from '../model/expressions.ts';
import { fits, isSigned, showType, wrapTo, type Type } from '../model/types.ts';
import { coerce } from './coerce.ts';
import { constant, type Context, type Scope } from './context.ts';
import { checkCondition } from './condition.ts';

export function checkUnary(cx: Context, node: ts.PrefixUnaryExpression, scope: Scope, expected?: Type): Expression {
  switch (node.operator) {
    case ts.SyntaxKind.ExclamationToken: {
      const operand = checkCondition(cx, node.operand, scope);
      if (operand.op === 'constant') return constant(node, operand.type, 1n - operand.value);
      return operand.op === 'error' ? operand : { op: 'unary', type: operand.type, node, operator: '!', operand };
    }
    case ts.SyntaxKind.MinusToken:
      return checkMinus(cx, node, cx.expression(node.operand, scope, expected));
    case ts.SyntaxKind.TildeToken:
      return checkComplement(cx, node, cx.expression(node.operand, scope, expected), expected);
    case ts.SyntaxKind.PlusToken:
      cx.reporter.report(node, 'TH1210', 'unary +', 'Leave it out.');
      return cx.error(node);
    default:
      cx.reporter.report(node, 'TH1212', ts.tokenToString(node.operator) ?? '');
      return cx.error(node);
  }
}

function checkMinus(cx: Context, node: ts.PrefixUnaryExpression, operand: Expression): Expression {
  const { type } = operand;
  if (type.kind === 'error') return operand;
  if (operand.op === 'constant' && type.kind === 'untyped') return constant(node, type, -operand.value);
  if (type.kind !== 'integer' || !isSigned(type.name)) {
    cx.reporter.report(node, 'TH1202', '-', showType(type), 'Negate i32 or i64 values; subtract from 0 with `wrappingSub` for others.');
    return cx.error(node);
  }
  if (operand.op !== 'constant') return { op: 'unary', type, node, operator: '-', operand };
  if (fits(-operand.value, type.name)) return constant(node, type, -operand.value);
  cx.reporter.report(node, 'TH1204', String(-operand.value), type.name);
  return cx.error(node);
}

/** `~` of a literal needs a width: it takes the type that the context asks for before it is complemented. */
function checkComplement(cx: Context, node: ts.PrefixUnaryExpression, found: Expression, expected: Type | undefined): Expression {
  const operand = found.type.kind === 'untyped' && expected?.kind === 'integer' ? coerce(cx, found, expected) : found;
  const { type } = operand;
  if (type.kind === 'error') return operand;
  if (operand.op === 'constant' && type.kind === 'untyped') return constant(node, type, ~operand.value);
  if (type.kind !== 'integer') {
    cx.reporter.report(node, 'TH1202', '~', showType(type), 'Complement integers.');
    return cx.error(node);
  }
  if (operand.op === 'constant') return constant(node, type, wrapTo(~operand.value, type.name));
  return { op: 'unary', type, node, operator: '~', operand };
}
