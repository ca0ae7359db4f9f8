/**
 * Smaller versions of a case: with one thing removed or replaced by a part of itself, large cuts first.
 *
 * Candidates are made without regard for what they break, and those that are no programs are dropped; that
 * is shorter than removing only what may be removed.
 */
import { isIntegerType } from './integer-types.ts';
import { enumMembers, isEnumName } from './prelude.ts';
import { children, withChildren } from './tree.ts';
import { isWellFormed } from './well-formed.ts';
import type { Block, Case, Expression, FunctionDeclaration, Place, Statement, ValueType } from './syntax.ts';

function simplestLiterals(type: ValueType): Expression[] {
  const values = isEnumName(type) ? [enumMembers(type)[0]!.value] : [0n, 1n];
  return values.map((value) => ({ kind: 'literal', type, value }));
}

function nodeCount(expression: Expression): number {
  return children(expression).reduce((sum, child) => sum + nodeCount(child), 1);
}

/** All proper subexpressions of the same type, smallest first. */
function partsOfSameType(expression: Expression): Expression[] {
  const parts = (node: Expression): Expression[] => children(node).flatMap((child) => [child, ...parts(child)]);
  return parts(expression).filter((part) => part.type === expression.type && part.kind !== 'literal').sort((a, b) => nodeCount(a) - nodeCount(b));
}

function* smallerExpressions(expression: Expression): Generator<Expression> {
  if (expression.kind === 'literal') {
    if (expression.value !== 0n && isIntegerType(expression.type)) yield { ...expression, value: 0n };
    if (expression.value > 1n && isIntegerType(expression.type)) yield { ...expression, value: 1n };
    return;
  }
  yield* simplestLiterals(expression.type);
  yield* partsOfSameType(expression);
  if (expression.kind === 'pack') for (const field of expression.fields) yield { ...expression, fields: expression.fields.filter((other) => other !== field) };
  const operands = children(expression);
  for (const [at, operand] of operands.entries()) {
    for (const smaller of smallerExpressions(operand)) yield withChildren(expression, operands.with(at, smaller));
  }
}

/** What may stand in a statement's place: nothing, its inner blocks, or the same with a smaller part. */
function* smallerStatements(statement: Statement): Generator<Block> {
  yield [];
  switch (statement.kind) {
    case 'let':
    case 'return':
      for (const value of smallerExpressions(statement.value)) yield [{ ...statement, value }];
      return;
    case 'assign':
      for (const value of smallerExpressions(statement.value)) yield [{ ...statement, value }];
      for (const [at, operand] of children(statement.target).entries()) {
        for (const smaller of smallerExpressions(operand)) yield [{ ...statement, target: withChildren(statement.target, children(statement.target).with(at, smaller)) as Place }];
      }
      return;
    case 'refer':
      for (const index of smallerExpressions(statement.index)) yield [{ ...statement, index }];
      return;
    case 'perform':
      for (const call of smallerExpressions(statement.call)) if (call.kind === 'call') yield [{ ...statement, call }];
      return;
    case 'if':
      yield statement.whenTrue;
      if (statement.whenFalse !== null) yield statement.whenFalse;
      if (statement.whenFalse !== null) yield [{ ...statement, whenFalse: null }];
      for (const condition of smallerExpressions(statement.condition)) yield [{ ...statement, condition }];
      for (const whenTrue of smallerBlocks(statement.whenTrue)) yield [{ ...statement, whenTrue }];
      for (const whenFalse of smallerBlocks(statement.whenFalse ?? [])) yield [{ ...statement, whenFalse }];
      return;
    case 'while':
    case 'for':
      if (statement.condition !== null) for (const condition of smallerExpressions(statement.condition)) yield [{ ...statement, condition }];
      for (const body of smallerBlocks(statement.body)) yield [{ ...statement, body }];
      return;
    case 'forOf':
    case 'block':
      yield statement.body;
      for (const body of smallerBlocks(statement.body)) yield [{ ...statement, body }];
      return;
    case 'switch':
      yield* statement.clauses.map((clause) => clause.body);
      if (statement.fallback !== null) yield statement.fallback;
      for (const subject of smallerExpressions(statement.subject)) if (subject.kind === 'note') yield [{ ...statement, subject }];
      if (statement.fallback !== null) {
        for (const clause of statement.clauses) if (statement.clauses.length > 1) yield [{ ...statement, clauses: statement.clauses.filter((other) => other !== clause) }];
        for (const fallback of smallerBlocks(statement.fallback)) yield [{ ...statement, fallback }];
      }
      for (const [at, clause] of statement.clauses.entries()) {
        for (const body of smallerBlocks(clause.body)) yield [{ ...statement, clauses: statement.clauses.with(at, { ...clause, body }) }];
      }
      return;
    case 'step':
    case 'break':
    case 'continue':
  }
}

function* smallerBlocks(block: Block): Generator<Block> {
  const half = Math.floor(block.length / 2);
  if (half > 1) yield block.slice(half);
  for (const [at, statement] of block.entries()) {
    for (const replacement of smallerStatements(statement)) yield [...block.slice(0, at), ...replacement, ...block.slice(at + 1)];
  }
}

function* smallerFunctions(declared: FunctionDeclaration): Generator<FunctionDeclaration> {
  for (const body of smallerBlocks(declared.body)) yield { ...declared, body };
  if (declared.method) yield { ...declared, method: false };
}

function* candidates(program: Case): Generator<Case> {
  for (const helper of program.helpers) yield { ...program, helpers: program.helpers.filter((other) => other !== helper) };
  for (const declared of program.objects) yield { ...program, objects: program.objects.filter((other) => other !== declared) };
  for (const array of program.arrays) yield { ...program, arrays: program.arrays.filter((other) => other !== array) };
  for (const global of program.globals) yield { ...program, globals: program.globals.filter((other) => other !== global) };
  for (const main of smallerFunctions(program.main)) yield { ...program, main };
  for (const [at, helper] of program.helpers.entries()) {
    for (const smaller of smallerFunctions(helper)) yield { ...program, helpers: program.helpers.with(at, smaller) };
  }
  for (const [at, global] of program.globals.entries()) if (global.place === 'field') yield { ...program, globals: program.globals.with(at, { ...global, place: 'let' }) };
}

export function* smallerCases(program: Case): Generator<Case> {
  for (const candidate of candidates(program)) if (isWellFormed(candidate)) yield candidate;
}
