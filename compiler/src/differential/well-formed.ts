/**
 * Whether a case is still a program after the shrinker changed it: every name is declared where it is used,
 * every node is allowed, and nothing breaks out of what it is not in.
 */
import { indexIsAllowed, isAllowed, isUntyped } from './rules.ts';
import { children } from './tree.ts';
import type { Block, Case, Expression, FunctionDeclaration, Statement } from './syntax.ts';

interface Place {
  readonly program: Case;
  /** Names in scope with their types. */
  readonly names: ReadonlyMap<string, string>;
  readonly fixed: ReadonlySet<string>;
  readonly callees: readonly FunctionDeclaration[];
  readonly mayBreak: boolean;
  readonly mayContinue: boolean;
}

function expressionIsWellFormed(expression: Expression, place: Place): boolean {
  const { program, names, callees } = place;
  if (expression.kind === 'variable' && names.get(expression.name) !== expression.type) return false;
  if (expression.kind === 'element' && program.arrays.find((array) => array.name === expression.array)?.type !== expression.type) return false;
  if (expression.kind === 'member') {
    if (!program.objects.some((declared) => declared.name === expression.objects)) return false;
    if ('reference' in expression.base && names.get(expression.base.reference) !== expression.objects) return false;
  }
  if (expression.kind === 'call') {
    const callee = callees.find((candidate) => candidate.name === expression.callee);
    if (callee === undefined || callee.result !== expression.type || callee.parameters.length !== expression.operands.length) return false;
  }
  return isAllowed(expression, program) && children(expression).every((child) => expressionIsWellFormed(child, place));
}

function declare(place: Place, name: string, type: string, fixed: boolean): Place {
  return {
    ...place, names: new Map([...place.names, [name, type]]),
    fixed: fixed ? new Set([...place.fixed, name]) : new Set([...place.fixed].filter((other) => other !== name)),
  };
}

function assignmentIsWellFormed(statement: Extract<Statement, { kind: 'assign' | 'step' }>, place: Place): boolean {
  const { target } = statement;
  if (target.kind === 'variable' && place.fixed.has(target.name)) return false;
  if (!expressionIsWellFormed(target, place)) return false;
  if (statement.kind === 'step') return true;
  const { value, operator } = statement;
  if (!expressionIsWellFormed(value, place)) return false;
  if (operator === null) return value.type === target.type;
  // The same constants are refused beside `op=` as beside the operator itself.
  return isAllowed({ kind: 'binary', type: target.type as never, operator, left: target, right: value }, place.program);
}

function condition(expression: Expression, place: Place): boolean {
  return expression.kind !== 'literal' && expressionIsWellFormed(expression, place);
}

function statementIsWellFormed(statement: Statement, place: Place, result: string): boolean {
  const loop: Place = { ...place, mayBreak: true, mayContinue: true };
  const block = (body: Block, inside: Place): boolean => blockIsWellFormed(body, inside, result);
  switch (statement.kind) {
    case 'let': return statement.value.type === statement.type && expressionIsWellFormed(statement.value, place);
    case 'refer': {
      const declared = place.program.objects.find(({ name }) => name === statement.objects);
      return declared !== undefined && indexIsAllowed(statement.index, declared.initial.length) && expressionIsWellFormed(statement.index, place);
    }
    case 'assign':
    case 'step': return assignmentIsWellFormed(statement, place);
    case 'perform': return expressionIsWellFormed(statement.call, place);
    case 'block': return block(statement.body, place);
    case 'if':
      return condition(statement.condition, place) && block(statement.whenTrue, place) && (statement.whenFalse === null || block(statement.whenFalse, place));
    case 'while': {
      const inside = declare(loop, statement.counter, 'u32', true);
      return condition(statement.condition, inside) && block(statement.body, inside);
    }
    case 'for': {
      const inside = declare(loop, statement.name, statement.type, true);
      return (statement.condition === null || condition(statement.condition, inside)) && block(statement.body, inside);
    }
    case 'forOf':
      return place.program.arrays.some((array) => array.name === statement.array) && block(statement.body, declare(loop, statement.name, statement.type, true));
    case 'switch': {
      const inside: Place = { ...place, mayBreak: true };
      return !isUntyped(statement.subject) && expressionIsWellFormed(statement.subject, place)
        && statement.clauses.every((clause) => block(clause.body, inside)) && (statement.fallback === null || block(statement.fallback, inside));
    }
    case 'return': return statement.value.type === result && expressionIsWellFormed(statement.value, place);
    case 'break': return place.mayBreak;
    case 'continue': return place.mayContinue;
  }
}

function blockIsWellFormed(block: Block, place: Place, result: string): boolean {
  let here = place;
  const declared = new Set<string>();
  for (const statement of block) {
    if (!statementIsWellFormed(statement, here, result)) return false;
    if (statement.kind !== 'let' && statement.kind !== 'refer') continue;
    if (declared.has(statement.name)) return false;
    declared.add(statement.name);
    // A reference's "type" is the array that it points into.
    here = statement.kind === 'let' ? declare(here, statement.name, statement.type, statement.constant) : declare(here, statement.name, statement.objects, true);
  }
  return true;
}

export function isWellFormed(program: Case): boolean {
  const functions = [...program.helpers, program.main];
  const hasObject = [...program.globals, ...program.arrays, ...program.objects].some((declared) => declared.place === 'field');
  return functions.every((declared, at) => {
    const names = new Map([...program.globals, ...declared.parameters].map(({ name, type }) => [name, type] as const));
    const place = { program, names, fixed: new Set<string>(), callees: functions.slice(0, at), mayBreak: false, mayContinue: false };
    return (hasObject || !declared.method) && declared.body.at(-1)?.kind === 'return' && blockIsWellFormed(declared.body, place, declared.result);
  });
}
