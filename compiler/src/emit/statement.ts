/** Typed statements to C statements, each under its TypeScript line. */
import type { Expression } from '../model/expressions.ts';
import type { Statement } from '../model/statements.ts';
import { cType } from './c-type.ts';
import { effectsOf, isStable } from './effects.ts';
import { emitConstant, emitExpression, emitOperands, toTemporary } from './expression.ts';
import type { FunctionEmitter } from './function-emitter.ts';
import { emitAsm } from './machine.ts';

export function emitStatements(fn: FunctionEmitter, statements: readonly Statement[]): void {
  for (const one of statements) emitStatement(fn, one);
}

function emitStatement(fn: FunctionEmitter, statement: Statement): void {
  fn.place(statement.node);
  switch (statement.op) {
    case 'let': {
      const { local, value } = statement;
      const text = value === undefined ? '{ 0 }' : emitExpression(fn, value);
      return fn.line(`${cType(local.type)} ${local.cName} = ${text};`);
    }
    case 'evaluate':
      return fn.line(`${emitExpression(fn, statement.value)};`);
    case 'assign':
      return emitAssign(fn, statement);
    case 'block':
      fn.open('{');
      emitStatements(fn, statement.body);
      return fn.close();
    case 'if':
      return emitIf(fn, statement);
    case 'while':
      return emitWhile(fn, statement.condition, statement.body, []);
    case 'do':
      return emitDo(fn, statement.condition, statement.body, []);
    case 'for':
      fn.open('{');
      emitStatements(fn, statement.initial);
      if (statement.condition !== undefined && beginsTrue(statement.initial, statement.condition)) emitDo(fn, statement.condition, statement.body, statement.step);
      else emitWhile(fn, statement.condition, statement.body, statement.step);
      return fn.close();
    case 'forOf':
      return emitForOf(fn, statement);
    case 'switch':
      return emitSwitch(fn, statement);
    case 'break':
      return fn.line('break;');
    case 'continue':
      return emitContinue(fn);
    case 'return':
      return fn.line(statement.value === undefined ? 'return;' : `return ${emitExpression(fn, statement.value)};`);
    case 'asm':
      return fn.line(`${emitAsm(fn, statement.pieces, statement.operands, emitOperands(fn, statement.operands))};`);
  }
}

function emitIf(fn: FunctionEmitter, statement: Statement & { op: 'if' }): void {
  fn.open(`if (${emitExpression(fn, statement.condition)}) {`);
  emitStatements(fn, statement.whenTrue);
  fn.close();
  if (statement.whenFalse === undefined) return;
  fn.open('else {');
  emitStatements(fn, statement.whenFalse);
  fn.close();
}

/** `while`, and `for` with its step. A condition that needs lines of its own is tested inside an endless loop. */
function emitWhile(fn: FunctionEmitter, condition: Expression | undefined, body: readonly Statement[], step: readonly Statement[]): void {
  const simple = condition === undefined || !effectsOf(condition).acts;
  fn.open(simple ? `while (${condition === undefined ? '1' : emitExpression(fn, condition)}) {` : 'while (1) {');
  if (!simple) fn.line(`if (!${emitExpression(fn, condition)}) break;`);
  const label = step.length > 0 ? fn.newName('next') : undefined;
  fn.continueLabels.push(label);
  fn.open('{');
  emitStatements(fn, body);
  fn.close();
  fn.continueLabels.pop();
  if (label !== undefined) fn.line(`${label}: __attribute__((unused));`);
  emitStatements(fn, step);
  fn.close();
}

/** The test comes behind the body, and what `continue` leads to is before it. */
function emitDo(fn: FunctionEmitter, condition: Expression, body: readonly Statement[], step: readonly Statement[]): void {
  const label = fn.newName('next');
  fn.open('while (1) {');
  fn.continueLabels.push(label);
  fn.open('{');
  emitStatements(fn, body);
  fn.close();
  fn.continueLabels.pop();
  fn.line(`${label}: __attribute__((unused));`);
  emitStatements(fn, step);
  fn.place(condition.node);
  fn.line(`if (!${emitExpression(fn, condition)}) break;`);
  fn.close();
}

/** A count from one number up to another: the first test is the compiler's, and a loop that tests at its end is shorter. */
function beginsTrue([first]: readonly Statement[], condition: Expression): boolean {
  if (first?.op !== 'let' || first.value?.op !== 'constant' || condition.op !== 'binary') return false;
  const { left, right, operator } = condition;
  if (left.op !== 'local' || left.local !== first.local || right.op !== 'constant') return false;
  const [from, to] = [first.value.value, right.value];
  switch (operator) {
    case '<':
      return from < to;
    case '<=':
      return from <= to;
    case '!==':
      return from !== to;
    default:
      return false;
  }
}

function emitContinue(fn: FunctionEmitter): void {
  const label = fn.continueLabels.at(-1);
  fn.line(label === undefined ? 'continue;' : `goto ${label};`);
}

/** The array is evaluated once; its length cannot change. One that is known not to be empty is tested for its end behind each element only. */
function emitForOf(fn: FunctionEmitter, statement: Statement & { op: 'forOf' }): void {
  const { array, local } = statement;
  const found = emitExpression(fn, array);
  fn.open('{');
  const changes = !isStable(array) || (array.op === 'local' && !array.local.constant);
  const text = changes ? toTemporary(fn, array, found) : found;
  const index = fn.newName('index');
  const isSlice = array.type.kind === 'slice';
  const length = array.type.kind === 'array' ? `${array.type.length}u` : `${text}.length`;
  const begins = array.type.kind === 'array' && array.type.length > 0;
  fn.line(`u32 ${index} = 0;`);
  fn.open(begins ? 'do {' : `for (; ${index} < ${length}; ${index}++) {`);
  const element = `${isSlice ? `${text}.items` : text}[${index}]`;
  const inPlace = local.type.kind === 'class' || local.type.kind === 'record';
  fn.line(`${cType(local.type)} ${local.cName} = ${inPlace ? `&${element}` : element};`);
  fn.continueLabels.push(undefined);
  emitStatements(fn, statement.body);
  fn.continueLabels.pop();
  fn.close(begins ? `} while (++${index} < ${length});` : '}');
  fn.close();
}

/** An enum that holds none of its members (memory gone wrong) traps. */
function emitSwitch(fn: FunctionEmitter, statement: Statement & { op: 'switch' }): void {
  fn.open(`switch (${emitExpression(fn, statement.value)}) {`);
  for (const clause of statement.clauses) {
    const labels = clause.values.map((one) => `case ${one.op === 'constant' ? emitConstant(one) : ''}:`);
    fn.open(`${[...labels, ...(clause.isDefault ? ['default:'] : [])].join(' ')} {`);
    emitStatements(fn, clause.body);
    fn.line('break;');
    fn.close();
  }
  if (!statement.clauses.some((clause) => clause.isDefault)) fn.line('default: TRAP();');
  fn.close();
}

/** The place is computed before the value, and once. */
function emitAssign(fn: FunctionEmitter, { place, value, operator, node }: Statement & { op: 'assign' }): void {
  const valueActs = effectsOf(value).acts;
  const { acts, traps } = effectsOf(place);
  const inOrder = operator === undefined ? !acts || isStable(value) : !acts && !traps;
  const direct = place.op === 'local' || place.op === 'variable' || (!valueActs && inOrder);
  const target = direct ? emitExpression(fn, place) : pointTo(fn, place);
  if (operator === undefined) return fn.line(`${target} = ${emitExpression(fn, value)};`);
  const old: Expression = { op: 'local', type: place.type, node, local: { name: '', cName: target, type: place.type, constant: false } };
  const before: Expression = valueActs ? { ...old, local: { ...old.local, cName: toTemporary(fn, place, target) } } : old;
  const combined: Expression = { op: 'binary', type: place.type, node, operator, left: before, right: value };
  fn.line(`${target} = ${emitExpression(fn, combined)};`);
}

function pointTo(fn: FunctionEmitter, place: Expression): string {
  const name = fn.newName('place');
  const text = emitExpression(fn, place);
  fn.line(`${cType(place.type)} *${name} = &${text};`);
  return `(*${name})`;
}

