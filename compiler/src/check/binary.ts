/** Binary operators: both operands of one type, constants folded, decided comparisons refused. */
import ts from 'typescript';
import type { BinaryOperator, Expression } from '../model/expressions.ts';
import {
  booleanType, fits, integer, isBigint, isSigned, maximumOf, minimumOf, representation, sameType, showType, widthOf, wrapTo,
  type IntegerName, type Type,
} from '../model/types.ts';
import { coerce } from './coerce.ts';
import { checkCondition } from './condition.ts';
import { constant, type Context, type Scope } from './context.ts';
import { foldBinary } from './fold.ts';

const operators: Partial<Record<ts.SyntaxKind, BinaryOperator>> = {
  [ts.SyntaxKind.PlusToken]: '+', [ts.SyntaxKind.MinusToken]: '-', [ts.SyntaxKind.AsteriskToken]: '*',
  [ts.SyntaxKind.SlashToken]: '/', [ts.SyntaxKind.PercentToken]: '%',
  [ts.SyntaxKind.LessThanLessThanToken]: '<<', [ts.SyntaxKind.GreaterThanGreaterThanToken]: '>>',
  [ts.SyntaxKind.AmpersandToken]: '&', [ts.SyntaxKind.BarToken]: '|', [ts.SyntaxKind.CaretToken]: '^',
  [ts.SyntaxKind.LessThanToken]: '<', [ts.SyntaxKind.LessThanEqualsToken]: '<=',
  [ts.SyntaxKind.GreaterThanToken]: '>', [ts.SyntaxKind.GreaterThanEqualsToken]: '>=',
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: '===', [ts.SyntaxKind.ExclamationEqualsEqualsToken]: '!==',
};
const comparisons: ReadonlySet<BinaryOperator> = new Set(['<', '<=', '>', '>=', '===', '!==']);
const isEquality = (operator: BinaryOperator): boolean => operator === '===' || operator === '!==';

const refused: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.EqualsEqualsToken]: 'Write `===`.',
  [ts.SyntaxKind.ExclamationEqualsToken]: 'Write `!==`.',
  [ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken]: 'Write `>>`: it is logical for unsigned types.',
  [ts.SyntaxKind.AsteriskAsteriskToken]: 'Multiply, or shift.',
  [ts.SyntaxKind.CommaToken]: 'Write two statements.',
  [ts.SyntaxKind.QuestionQuestionToken]: 'Compare with null.',
  [ts.SyntaxKind.InKeyword]: 'Fields are known: use them.',
  [ts.SyntaxKind.InstanceOfKeyword]: 'Types are known: use an enum and a switch.',
};

export const binaryOperator = (kind: ts.SyntaxKind): BinaryOperator | undefined => operators[kind];

export function checkBinary(cx: Context, node: ts.BinaryExpression, scope: Scope, expected?: Type): Expression {
  const token = node.operatorToken.kind;
  if (token === ts.SyntaxKind.AmpersandAmpersandToken || token === ts.SyntaxKind.BarBarToken) return checkLogical(cx, node, scope);
  const operator = operators[token];
  if (operator === undefined) {
    const text = node.operatorToken.getText();
    if (token >= ts.SyntaxKind.FirstAssignment && token <= ts.SyntaxKind.LastAssignment) cx.reporter.report(node, 'TH1212', text);
    else cx.reporter.report(node.operatorToken, 'TH1210', text, refused[token] ?? 'See LANGUAGE.md.');
    return cx.error(node);
  }
  return combine(cx, node, operator, node.left, node.right, scope, comparisons.has(operator) ? undefined : expected);
}

/** Types `left operator right`; also for `left operator= right`. */
export function combine(
  cx: Context, node: ts.Expression, operator: BinaryOperator, leftNode: ts.Expression, rightNode: ts.Expression, scope: Scope, expected?: Type,
): Expression {
  let left = cx.expression(leftNode, scope, expected);
  if (operator === '<<' || operator === '>>') return checkShift(cx, node, operator, left, cx.expression(rightNode, scope), expected);
  const hint = left.type.kind === 'integer' ? left.type : expected;
  let right = cx.expression(rightNode, scope, hint);
  if (left.type.kind === 'untyped' && right.type.kind === 'integer') left = cx.expression(leftNode, scope, right.type);
  if (left.type.kind === 'error' || right.type.kind === 'error') return cx.error(node);
  if (comparisons.has(operator)) return compare(cx, node, operator, left, right);
  if (left.type.kind === 'untyped' && right.type.kind === 'integer') left = coerce(cx, left, right.type);
  if (right.type.kind === 'untyped' && left.type.kind === 'integer') right = coerce(cx, right, left.type);
  if (left.type.kind === 'error' || right.type.kind === 'error') return cx.error(node);
  return arithmetic(cx, node, operator, left, right);
}

const arithmeticRemedy: Partial<Record<Type['kind'], string>> = {
  brand: 'Cross over with `unbrand(…)` in the file that may.',
  enum: 'Take its number with `u32(…)`.',
  boolean: 'Use `&&`, `||` and `!`.',
  string: 'Print the parts one by one; constants are joined in comptime.',
};

function arithmetic(cx: Context, node: ts.Expression, operator: BinaryOperator, left: Expression, right: Expression): Expression {
  for (const side of [left, right]) {
    if (side.type.kind === 'integer' || side.type.kind === 'untyped') continue;
    cx.reporter.report(node, 'TH1202', operator, showType(side.type), arithmeticRemedy[side.type.kind] ?? 'Use integers.');
    return cx.error(node);
  }
  if (!sameType(left.type, right.type)) return mixed(cx, node, operator, left.type, right.type);
  if (right.op === 'constant' && right.value === 0n && (operator === '/' || operator === '%')) {
    cx.reporter.report(right.node, 'TH1205');
    return cx.error(node);
  }
  if (left.op === 'constant' && right.op === 'constant') return folded(cx, node, operator, left.value, right.value, left.type);
  return { op: 'binary', type: left.type, node, operator, left, right };
}

function folded(cx: Context, node: ts.Expression, operator: BinaryOperator, a: bigint, b: bigint, type: Type): Expression {
  const width = type.kind === 'integer' ? widthOf(type.name) : undefined;
  const result = foldBinary(operator, a, b, width);
  if ('problem' in result) {
    if (result.problem === 'zero divisor') cx.reporter.report(node, 'TH1205');
    else cx.reporter.report(node, 'TH1206', String(b), String(width ?? 4096));
    return cx.error(node);
  }
  const value = operator === '<<' && type.kind === 'integer' ? wrapTo(result.value, type.name) : result.value;
  if (type.kind === 'integer' && !fits(value, type.name)) {
    cx.reporter.report(node, 'TH1204', String(value), type.name);
    return cx.error(node);
  }
  return constant(node, type, value);
}

function mixed(cx: Context, node: ts.Expression, operator: string, left: Type, right: Type): Expression {
  const wider = (a: Type, b: Type): string =>
    a.kind === 'integer' && (b.kind !== 'integer' || widthOf(a.name) >= widthOf(b.name)) ? a.name : b.kind === 'integer' ? b.name : 'u32';
  cx.reporter.report(node, 'TH1201', operator, showType(left), showType(right), wider(left, right));
  return cx.error(node);
}

function checkShift(cx: Context, node: ts.Expression, operator: '<<' | '>>', found: Expression, count: Expression, expected?: Type): Expression {
  if (found.type.kind === 'error' || count.type.kind === 'error') return cx.error(node);
  let left = found;
  if (left.type.kind === 'untyped') {
    if (count.op === 'constant' && left.op === 'constant' && !(operator === '<<' && expected?.kind === 'integer' && isSigned(expected.name)))
      return folded(cx, node, operator, left.value, count.value, left.type);
    if (expected?.kind !== 'integer') {
      cx.reporter.report(found.node, 'TH1207', found.node.getText());
      return cx.error(node);
    }
    left = coerce(cx, left, expected);
  }
  const { type } = left;
  if (type.kind === 'error') return left;
  if (type.kind !== 'integer') {
    cx.reporter.report(node, 'TH1202', operator, showType(type), 'Shift integers.');
    return cx.error(node);
  }
  const right = count.type.kind === 'untyped' ? coerce(cx, count, integer(isBigint(type.name) ? 'u64' : 'u32')) : count;
  if (right.type.kind === 'error') return right;
  if (right.type.kind !== 'integer' || isSigned(right.type.name)) {
    cx.reporter.report(right.node, 'TH1208', showType(right.type));
    return cx.error(node);
  }
  if (right.op === 'constant' && right.value >= BigInt(widthOf(type.name))) {
    cx.reporter.report(right.node, 'TH1206', String(right.value), String(widthOf(type.name)));
    return cx.error(node);
  }
  if (left.op === 'constant' && right.op === 'constant') return folded(cx, node, operator, left.value, right.value, type);
  return { op: 'binary', type, node, operator, left, right };
}

function compare(cx: Context, node: ts.Expression, operator: BinaryOperator, leftFound: Expression, rightFound: Expression): Expression {
  let left = leftFound;
  let right = rightFound;
  const isReference = (type: Type): boolean => type.kind === 'class' || type.kind === 'nullable' || type.kind === 'null';
  if (isReference(left.type) && isReference(right.type)) return compareReferences(cx, node, operator, left, right);
  const decided = decidedBy(operator, left, right);
  if (decided !== undefined) {
    cx.reporter.report(node, 'TH1203', decided.type, String(decided.outcome));
    return cx.error(node);
  }
  if (left.type.kind === 'untyped' && right.type.kind === 'integer') left = coerce(cx, left, right.type);
  if (right.type.kind === 'untyped' && left.type.kind === 'integer') right = coerce(cx, right, left.type);
  if (left.type.kind === 'error' || right.type.kind === 'error') return cx.error(node);
  if (!sameType(left.type, right.type)) return mixed(cx, node, operator, left.type, right.type);
  const { kind } = left.type;
  const comparable = kind === 'integer' || kind === 'untyped' || kind === 'brand' || (isEquality(operator) && (kind === 'enum' || kind === 'boolean'));
  if (!comparable) {
    const remedy = kind === 'enum' ? 'Compare with `===`, or take the numbers with `u32(…)`.' : 'Compare integers.';
    cx.reporter.report(node, 'TH1202', operator, showType(left.type), remedy);
    return cx.error(node);
  }
  if (left.op === 'constant' && right.op === 'constant') {
    const result = foldBinary(operator, left.value, right.value, undefined);
    return 'value' in result ? constant(node, booleanType, result.value) : cx.error(node);
  }
  return { op: 'binary', type: booleanType, node, operator, left, right };
}

function compareReferences(cx: Context, node: ts.Expression, operator: BinaryOperator, left: Expression, right: Expression): Expression {
  const target = (type: Type): Type => (type.kind === 'nullable' ? type.target : type);
  const [a, b] = [target(left.type), target(right.type)];
  if (!isEquality(operator)) {
    cx.reporter.report(node, 'TH1202', operator, 'references', 'Compare references with `===` and `!==`.');
    return cx.error(node);
  }
  if (a.kind !== 'null' && b.kind !== 'null' && !sameType(a, b)) return mixed(cx, node, operator, left.type, right.type);
  const never = [left, right].find((side) => side.type.kind === 'class');
  if (never !== undefined && (a.kind === 'null' || b.kind === 'null')) {
    cx.reporter.report(node, 'TH1203', showType(never.type), String(operator === '!=='));
    return cx.error(node);
  }
  return { op: 'binary', type: booleanType, node, operator, left, right };
}

/** Whether the range of a type alone decides a comparison with a constant: `u32 >= 0`, `u8 < 300`. */
function decidedBy(operator: BinaryOperator, left: Expression, right: Expression): { type: string; outcome: boolean } | undefined {
  const mirror: Partial<Record<BinaryOperator, BinaryOperator>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };
  if (left.op === 'constant' && right.op !== 'constant') return decidedBy(mirror[operator] ?? operator, right, left);
  const name: IntegerName | undefined = left.op === 'constant' || left.type.kind === 'enum' ? undefined : representation(left.type);
  if (name === undefined || right.op !== 'constant' || right.type.kind === 'enum') return undefined;
  const { value } = right;
  const [low, high] = [minimumOf(name), maximumOf(name)];
  const type = showType(left.type);
  const is = (outcome: boolean): { type: string; outcome: boolean } => ({ type, outcome });
  if (isEquality(operator)) return fits(value, name) ? undefined : is(operator === '!==');
  if (operator === '<') return value <= low ? is(false) : value > high ? is(true) : undefined;
  if (operator === '<=') return value < low ? is(false) : value >= high ? is(true) : undefined;
  if (operator === '>') return value >= high ? is(false) : value < low ? is(true) : undefined;
  return value > high ? is(false) : value <= low ? is(true) : undefined;
}

function checkLogical(cx: Context, node: ts.BinaryExpression, scope: Scope): Expression {
  const operator = node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken ? '&&' : '||';
  const left = checkCondition(cx, node.left, scope);
  const right = checkCondition(cx, node.right, scope);
  if (left.op === 'error' || right.op === 'error') return cx.error(node);
  if (left.op === 'constant') return (left.value === 1n) === (operator === '&&') ? right : left;
  return { op: 'logical', type: booleanType, node, operator, left, right };
}
