/** `place = value`, `place += value`, `place++`: statements, with the place computed once. */
import ts from 'typescript';
import type { BinaryOperator, Expression } from '../model/expressions.ts';
import type { Statement } from '../model/statements.ts';
import { showType, type Type } from '../model/types.ts';
import { combine } from './binary.ts';
import { coerce } from './coerce.ts';
import { constant, type Context, type Scope } from './context.ts';

const compound: Partial<Record<ts.SyntaxKind, BinaryOperator>> = {
  [ts.SyntaxKind.PlusEqualsToken]: '+', [ts.SyntaxKind.MinusEqualsToken]: '-', [ts.SyntaxKind.AsteriskEqualsToken]: '*',
  [ts.SyntaxKind.SlashEqualsToken]: '/', [ts.SyntaxKind.PercentEqualsToken]: '%',
  [ts.SyntaxKind.LessThanLessThanEqualsToken]: '<<', [ts.SyntaxKind.GreaterThanGreaterThanEqualsToken]: '>>',
  [ts.SyntaxKind.AmpersandEqualsToken]: '&', [ts.SyntaxKind.BarEqualsToken]: '|', [ts.SyntaxKind.CaretEqualsToken]: '^',
};

export const isAssignment = ({ operatorToken: { kind } }: ts.BinaryExpression): boolean =>
  kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;

type Step = ts.PrefixUnaryExpression | ts.PostfixUnaryExpression;
export const isStep = (node: ts.Expression): node is Step =>
  ts.isPostfixUnaryExpression(node) ||
  (ts.isPrefixUnaryExpression(node) && (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken));

/** The place with its declared type: what is assigned may be null again. */
function checkPlace(cx: Context, node: ts.Expression, scope: Scope): Expression {
  const found = cx.expression(node, scope);
  const place = found.op === 'local' ? { ...found, type: found.local.type } : found;
  if (place.op === 'error') return place;
  const assignable =
    (place.op === 'local' && !place.local.constant) ||
    (place.op === 'variable' && place.type.kind !== 'array' && place.variable.initial.kind === 'value') ||
    (place.op === 'field' && !place.field.embedded && place.type.kind !== 'array' && place.object.type.kind === 'class') ||
    (place.op === 'index' && isWritable(place.array.type));
  if (assignable) return place;
  cx.reporter.report(node, 'TH1309', node.getText(), 'Assign to `let` variables, fields and elements of fixed arrays.');
  return cx.error(node);
}

const isWritable = (array: Type): boolean =>
  (array.kind === 'array' || array.kind === 'slice') && !array.constant && array.element.kind !== 'class';

export function checkAssignment(cx: Context, node: ts.BinaryExpression, scope: Scope): Statement[] {
  const token = node.operatorToken.kind;
  const operator = compound[token];
  if (operator === undefined && token !== ts.SyntaxKind.EqualsToken) {
    cx.reporter.report(node.operatorToken, 'TH1210', node.operatorToken.getText(), 'Write the assignment out.');
    return [];
  }
  if (ts.isArrayLiteralExpression(node.left) || ts.isObjectLiteralExpression(node.left)) {
    cx.reporter.report(node.left, 'TH1001', 'Destructuring', 'Assign one place at a time.');
    return [];
  }
  const place = checkPlace(cx, node.left, scope);
  if (operator !== undefined) return compoundAssignment(cx, node, place, operator, node.right, scope);
  const value = cx.expression(node.right, scope, place.type);
  if (place.op === 'error') return [];
  return [{ op: 'assign', node, place, value: coerce(cx, value, place.type), operator: undefined }];
}

function compoundAssignment(
  cx: Context, node: ts.BinaryExpression, place: Expression, operator: BinaryOperator, right: ts.Expression, scope: Scope,
): Statement[] {
  if (place.op === 'error') return [];
  const combined = combine(cx, node, operator, node.left, right, scope, place.type);
  if (combined.op !== 'binary') return [];
  return [{ op: 'assign', node, place, value: combined.right, operator }];
}

export function checkStep(cx: Context, node: Step, scope: Scope): Statement[] {
  const place = checkPlace(cx, node.operand, scope);
  const operator = node.operator === ts.SyntaxKind.PlusPlusToken ? '+' : '-';
  if (place.op === 'error') return [];
  if (place.type.kind !== 'integer') {
    cx.reporter.report(node, 'TH1202', operator + operator, showType(place.type), 'Count with integers.');
    return [];
  }
  return [{ op: 'assign', node, place, value: constant(node, place.type, 1n), operator }];
}
