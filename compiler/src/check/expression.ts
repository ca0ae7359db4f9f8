/** Types one expression: literals and the choice of the file that knows the construct. */
import ts from 'typescript';
import type { Expression } from '../model/expressions.ts';
import { booleanType, nullType, sameType, showType, stringType, untyped, type Type } from '../model/types.ts';
import { elementAccess, propertyAccess } from './access.ts';
import { checkBinary } from './binary.ts';
import { checkCall } from './call.ts';
import { coerce } from './coerce.ts';
import { checkCondition } from './condition.ts';
import { constant, type Context, type Scope } from './context.ts';
import { checkName } from './name.ts';
import { checkUnary } from './unary.ts';

export function checkExpression(cx: Context, node: ts.Expression, scope: Scope, expected?: Type): Expression {
  if (ts.isParenthesizedExpression(node)) return cx.expression(node.expression, scope, expected);
  if (ts.isNumericLiteral(node) || ts.isBigIntLiteral(node)) return checkIntegerLiteral(cx, node);
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return { op: 'string', type: stringType, node, text: node.text };
  if (node.kind === ts.SyntaxKind.TrueKeyword) return constant(node, booleanType, 1n);
  if (node.kind === ts.SyntaxKind.FalseKeyword) return constant(node, booleanType, 0n);
  if (node.kind === ts.SyntaxKind.NullKeyword) return { op: 'null', type: nullType, node };
  if (node.kind === ts.SyntaxKind.ThisKeyword) return checkThis(cx, node, scope);
  if (ts.isIdentifier(node)) return checkName(cx, node, scope);
  if (ts.isPropertyAccessExpression(node)) return propertyAccess(cx, node, scope);
  if (ts.isElementAccessExpression(node)) return elementAccess(cx, node, scope);
  if (ts.isBinaryExpression(node)) return checkBinary(cx, node, scope, expected);
  if (ts.isPrefixUnaryExpression(node)) return checkUnary(cx, node, scope, expected);
  if (ts.isConditionalExpression(node)) return checkSelect(cx, node, scope, expected);
  if (ts.isCallExpression(node)) return checkCall(cx, node, scope, expected);
  return refuseExpression(cx, node);
}

/** Read from the source text: the syntax tree holds a rounded double. */
function checkIntegerLiteral(cx: Context, node: ts.NumericLiteral | ts.BigIntLiteral): Expression {
  const bigint = ts.isBigIntLiteral(node);
  const text = node.getText().replaceAll('_', '').replace(/n$/, '');
  if (!/^(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[0-9]+)$/.test(text)) {
    cx.reporter.report(node, 'TH1107');
    return cx.error(node);
  }
  return constant(node, untyped(bigint), BigInt(text));
}

function checkThis(cx: Context, node: ts.Expression, scope: Scope): Expression {
  const receiver = scope.function?.receiver;
  if (receiver !== undefined) return { op: 'local', type: receiver.type, node, local: receiver };
  cx.reporter.report(node, 'TH1210', 'this', 'Use `this` in methods only.');
  return cx.error(node);
}

function checkSelect(cx: Context, node: ts.ConditionalExpression, scope: Scope, expected?: Type): Expression {
  const condition = checkCondition(cx, node.condition, scope);
  let whenTrue = cx.expression(node.whenTrue, scope, expected);
  let whenFalse = cx.expression(node.whenFalse, scope, expected);
  const wanted = selectType(whenTrue.type, whenFalse.type, expected);
  if (wanted === undefined) {
    cx.reporter.report(node, 'TH1211', showType(whenTrue.type), showType(whenFalse.type));
    return cx.error(node);
  }
  whenTrue = coerce(cx, whenTrue, wanted);
  whenFalse = coerce(cx, whenFalse, wanted);
  if (whenTrue.op === 'error' || whenFalse.op === 'error') return cx.error(node);
  if (condition.op === 'constant') return condition.value === 1n ? whenTrue : whenFalse;
  return { op: 'select', type: wanted, node, condition, whenTrue, whenFalse };
}

/** The one type of both sides: a typed side decides for a literal, the context for two literals. */
function selectType(a: Type, b: Type, expected: Type | undefined): Type | undefined {
  if (a.kind === 'error' || b.kind === 'error') return a.kind === 'error' ? b : a;
  const literal = (type: Type): boolean => type.kind === 'untyped' || type.kind === 'null';
  if (expected?.kind === 'nullable' || (expected !== undefined && literal(a) && literal(b))) return expected;
  if (literal(a) && literal(b)) return undefined;
  if (literal(a)) return a.kind === 'null' && b.kind === 'class' ? { kind: 'nullable', target: b } : b;
  if (literal(b)) return b.kind === 'null' && a.kind === 'class' ? { kind: 'nullable', target: a } : a;
  if (a.kind === 'array' && b.kind === 'array') return sameType(a, b) ? a : undefined;
  return sameType(a, b) ? a : undefined;
}

const refusals: Partial<Record<ts.SyntaxKind, readonly [what: string, remedy: string]>> = {
  [ts.SyntaxKind.AsExpression]: ['`as`', 'Convert with `u32(…)` and the like; name the type where the value is declared.'],
  [ts.SyntaxKind.TypeAssertionExpression]: ['A type assertion', 'Convert with `u32(…)` and the like.'],
  [ts.SyntaxKind.NonNullExpression]: ['`!` after a value', 'Use `nonNull(…)`, which traps on null.'],
  [ts.SyntaxKind.SatisfiesExpression]: ['`satisfies`', 'Annotate the declaration.'],
  [ts.SyntaxKind.ArrowFunction]: ['A closure', 'Write a top-level function.'],
  [ts.SyntaxKind.FunctionExpression]: ['A function expression', 'Write a top-level function.'],
  [ts.SyntaxKind.ClassExpression]: ['A class expression', 'Write a top-level class.'],
  [ts.SyntaxKind.ObjectLiteralExpression]: ['An object literal here', 'Object literals are rows of const tables and fields of register values.'],
  [ts.SyntaxKind.ArrayLiteralExpression]: ['An array literal here', 'Array literals are const tables: `const name: readonly T[] = […]` at module level.'],
  [ts.SyntaxKind.TypeOfExpression]: ['`typeof`', 'Types are known: use an enum and a switch.'],
  [ts.SyntaxKind.DeleteExpression]: ['`delete`', 'Assign null or zero.'],
  [ts.SyntaxKind.VoidExpression]: ['`void`', 'Call the function as a statement.'],
  [ts.SyntaxKind.AwaitExpression]: ['`await`', 'There is no event loop.'],
  [ts.SyntaxKind.YieldExpression]: ['`yield`', 'There are no generators.'],
  [ts.SyntaxKind.TemplateExpression]: ['A template string', 'Template strings stand in asm only; write the parts one by one.'],
  [ts.SyntaxKind.RegularExpressionLiteral]: ['A regular expression', 'Compare characters.'],
  [ts.SyntaxKind.SpreadElement]: ['Spread', 'Write the elements.'],
};

function refuseExpression(cx: Context, node: ts.Expression): Expression {
  if (ts.isPostfixUnaryExpression(node)) cx.reporter.report(node, 'TH1212', ts.tokenToString(node.operator) ?? '');
  else if (ts.isNewExpression(node)) cx.reporter.report(node, 'TH1505');
  else if (ts.isTaggedTemplateExpression(node)) cx.reporter.report(node, 'TH1707');
  else {
    const [what, remedy] = refusals[node.kind] ?? [`\`${node.getText().slice(0, 30)}\``, 'See LANGUAGE.md, "Refused altogether".'];
    cx.reporter.report(node, 'TH1001', what, remedy);
  }
  return cx.error(node);
}
