/** Types one statement; loops and branches here, the larger constructs in files of their own. */
import ts from 'typescript';
import type { Expression } from '../model/expressions.ts';
import type { Statement } from '../model/statements.ts';
import { showType } from '../model/types.ts';
import { checkAsmStatement, isAsm } from './asm.ts';
import { checkAssignment, checkStep, isAssignment, isStep } from './assignment.ts';
import { coerce } from './coerce.ts';
import { checkCondition } from './condition.ts';
import type { Context, Scope } from './context.ts';
import { checkDeclarations, declareLocal } from './local-variable.ts';
import { checkSwitch } from './switch.ts';

export function checkBlock(cx: Context, node: ts.Statement, scope: Scope): Statement[] {
  return ts.isBlock(node) ? node.statements.flatMap((one) => checkStatement(cx, one, scope)) : checkStatement(cx, node, scope);
}

export function checkStatement(cx: Context, node: ts.Statement, scope: Scope): Statement[] {
  if (ts.isVariableStatement(node)) return checkDeclarations(cx, node.declarationList, scope);
  if (ts.isExpressionStatement(node)) return checkExpressionStatement(cx, node.expression, scope);
  if (ts.isBlock(node)) return [{ op: 'block', node, body: checkBlock(cx, node, scope) }];
  if (ts.isIfStatement(node)) return [checkIf(cx, node, scope)];
  if (ts.isWhileStatement(node) || ts.isDoStatement(node)) {
    const condition = checkCondition(cx, node.expression, scope);
    return [{ op: ts.isWhileStatement(node) ? 'while' : 'do', node, condition, body: checkBlock(cx, node.statement, scope) }];
  }
  if (ts.isForStatement(node)) return [checkFor(cx, node, scope)];
  if (ts.isForOfStatement(node)) return checkForOf(cx, node, scope);
  if (ts.isSwitchStatement(node)) return checkSwitch(cx, node, scope, checkStatement);
  if (ts.isReturnStatement(node)) return [checkReturn(cx, node, scope)];
  if ((ts.isBreakStatement(node) || ts.isContinueStatement(node)) && node.label === undefined)
    return [{ op: ts.isBreakStatement(node) ? 'break' : 'continue', node }];
  if (ts.isEmptyStatement(node)) return [];
  refuseStatement(cx, node);
  return [];
}

const refusals: Partial<Record<ts.SyntaxKind, readonly [what: string, remedy: string]>> = {
  [ts.SyntaxKind.ForInStatement]: ['for-in', 'Use for-of over an array.'],
  [ts.SyntaxKind.TryStatement]: ['try', 'Return a status: there are no exceptions.'],
  [ts.SyntaxKind.ThrowStatement]: ['throw', 'Return a status, or `trap()`.'],
  [ts.SyntaxKind.LabeledStatement]: ['A label', 'Move the inner loop to a function and return from it.'],
  [ts.SyntaxKind.BreakStatement]: ['break to a label', 'Move the inner loop to a function and return from it.'],
  [ts.SyntaxKind.ContinueStatement]: ['continue to a label', 'Move the inner loop to a function and return from it.'],
  [ts.SyntaxKind.FunctionDeclaration]: ['A function inside a function', 'Write a top-level function.'],
  [ts.SyntaxKind.ClassDeclaration]: ['A class inside a function', 'Write a top-level class.'],
  [ts.SyntaxKind.EnumDeclaration]: ['An enum inside a function', 'Write a top-level enum.'],
  [ts.SyntaxKind.InterfaceDeclaration]: ['An interface inside a function', 'Write a top-level interface.'],
  [ts.SyntaxKind.DebuggerStatement]: ['debugger', 'Set a breakpoint in gdb.'],
};

function refuseStatement(cx: Context, node: ts.Statement): void {
  const [what, remedy] = refusals[node.kind] ?? ['This', 'See LANGUAGE.md, "Statements and conditions".'];
  cx.reporter.report(node, 'TH1301', what, remedy);
}

function checkIf(cx: Context, node: ts.IfStatement, scope: Scope): Statement {
  const condition = checkCondition(cx, node.expression, scope);
  const whenTrue = checkBlock(cx, node.thenStatement, scope);
  const whenFalse = node.elseStatement === undefined ? undefined : checkBlock(cx, node.elseStatement, scope);
  return { op: 'if', node, condition, whenTrue, whenFalse };
}

function checkFor(cx: Context, node: ts.ForStatement, scope: Scope): Statement {
  const { initializer, condition, incrementor } = node;
  return {
    op: 'for',
    node,
    initial: initializer === undefined ? [] : checkForInitializer(cx, initializer, scope),
    condition: condition === undefined ? undefined : checkCondition(cx, condition, scope),
    step: incrementor === undefined ? [] : checkExpressionStatement(cx, incrementor, scope),
    body: checkBlock(cx, node.statement, scope),
  };
}

function checkForInitializer(cx: Context, node: ts.ForInitializer, scope: Scope): Statement[] {
  return ts.isVariableDeclarationList(node) ? checkDeclarations(cx, node, scope) : checkExpressionStatement(cx, node, scope);
}

function checkForOf(cx: Context, node: ts.ForOfStatement, scope: Scope): Statement[] {
  const array = cx.expression(node.expression, scope);
  const declaration = ts.isVariableDeclarationList(node.initializer) ? node.initializer.declarations[0] : undefined;
  if (declaration === undefined || !ts.isIdentifier(declaration.name) || node.awaitModifier !== undefined) {
    cx.reporter.report(node.initializer, 'TH1301', 'This form of for-of', 'Write `for (const x of array)`.');
    return [];
  }
  const iterable = array.type.kind === 'array' || array.type.kind === 'slice';
  if (!iterable && array.type.kind !== 'error') cx.reporter.report(node.expression, 'TH1311', showType(array.type));
  const element = iterable ? (array.type as { element: Expression['type'] }).element : cx.error(node).type;
  const local = declareLocal(cx, declaration.name, element, true, scope);
  const body = checkBlock(cx, node.statement, scope);
  return iterable ? [{ op: 'forOf', node, local, array, body }] : [];
}

function checkReturn(cx: Context, node: ts.ReturnStatement, scope: Scope): Statement {
  const result = scope.function?.result;
  if (node.expression === undefined || result === undefined) return { op: 'return', node, value: undefined };
  return { op: 'return', node, value: coerce(cx, cx.expression(node.expression, scope, result), result) };
}

export function checkExpressionStatement(cx: Context, node: ts.Expression, scope: Scope): Statement[] {
  if (ts.isParenthesizedExpression(node)) return checkExpressionStatement(cx, node.expression, scope);
  if (ts.isBinaryExpression(node) && isAssignment(node)) return checkAssignment(cx, node, scope);
  if (isStep(node)) return checkStep(cx, node, scope);
  if (ts.isTaggedTemplateExpression(node) && isAsm(cx, node)) return checkAsmStatement(cx, node, scope);
  const value = cx.expression(node, scope);
  if (ts.isCallExpression(node)) return [{ op: 'evaluate', node, value }];
  if (value.op !== 'error') cx.reporter.report(node, 'TH1302');
  return [];
}
