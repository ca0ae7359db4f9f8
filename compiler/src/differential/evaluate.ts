/**
 * Runs a generated case on the reference semantics: statements, calls and the state between them.
 */
import { reference, ReferenceTrap, type Semantics } from './semantics.ts';
import { burn, evaluate, evaluateCall, fieldKey, objectIndex, OutOfFuel, resolve, type Frame } from './evaluate-expression.ts';
import { cellFieldNames } from './prelude.ts';
import type { Assign, Block, Case, For, ForOf, FunctionDeclaration, ObjectsDeclaration, Statement, Step, Switch, While } from './syntax.ts';

/** What an observer sees of one execution. A case that runs too long says nothing. */
export type Outcome =
  | { readonly kind: 'values'; readonly trace: readonly number[]; readonly values: readonly bigint[] }
  | { readonly kind: 'trap'; readonly trace: readonly number[]; readonly why: string }
  | { readonly kind: 'too long' };

/** Why a block was left early. */
type Exit = 'break' | 'continue' | { readonly value: bigint } | null;

const stepsMax = 20_000;

function runBlock(frame: Frame, block: Block): Exit {
  for (const statement of block) {
    const exit = runStatement(frame, statement);
    if (exit !== null) return exit;
  }
  return null;
}

function assign(frame: Frame, { target, operator, value }: Assign): void {
  const place = resolve(frame, target);
  if (operator === null) return place.write(evaluate(frame, value));
  const readFirst = frame.semantics.readsTargetFirst ? place.read() : null;
  const right = evaluate(frame, value);
  const old = readFirst ?? place.read();
  place.write(frame.semantics.binary[operator](target.type as never, old, right));
}

function step(frame: Frame, { target, operator }: Step): void {
  const place = resolve(frame, target);
  place.write(frame.semantics.binary[operator === '++' ? '+' : '-'](target.type as never, place.read(), 1n));
}

/** Runs a loop's body once; the result says whether to stop, and with what. */
function runRound(frame: Frame, body: Block): { readonly stop: boolean; readonly exit: Exit } {
  burn(frame);
  const exit = runBlock(frame, body);
  if (exit === 'break') return { stop: true, exit: null };
  if (exit === null || exit === 'continue') return { stop: false, exit: null };
  return { stop: true, exit };
}

function runWhile(frame: Frame, loop: While): Exit {
  const goesOn = (): boolean => frame.locals.get(loop.counter)! < loop.limit && evaluate(frame, loop.condition) === 1n;
  frame.locals.set(loop.counter, 0n);
  if (loop.testsFirst && !goesOn()) return null;
  do {
    frame.locals.set(loop.counter, frame.locals.get(loop.counter)! + 1n);
    const { stop, exit } = runRound(frame, loop.body);
    if (stop) return exit;
  } while (goesOn());
  return null;
}

function runFor(frame: Frame, loop: For): Exit {
  const upward = loop.step > 0n;
  for (let value = loop.from; upward ? value < loop.to : value > loop.to; ) {
    frame.locals.set(loop.name, value);
    if (loop.condition !== null && evaluate(frame, loop.condition) === 0n) return null;
    const { stop, exit } = runRound(frame, loop.body);
    if (stop) return exit;
    value = frame.semantics.binary[upward ? '+' : '-'](loop.type, value, upward ? loop.step : -loop.step);
  }
  return null;
}

/** Elements are read as the loop reaches them, so a body that changes the array changes later rounds. */
function runForOf(frame: Frame, loop: ForOf): Exit {
  for (const value of frame.arrays.get(loop.array)!) {
    frame.locals.set(loop.name, value);
    const { stop, exit } = runRound(frame, loop.body);
    if (stop) return exit;
  }
  return null;
}

function runSwitch(frame: Frame, { subject, clauses, fallback }: Switch): Exit {
  const value = evaluate(frame, subject);
  const body = clauses.find((clause) => clause.labels.includes(value))?.body ?? fallback;
  const exit = body === null ? null : runBlock(frame, body);
  return exit === 'break' ? null : exit;
}

function runStatement(frame: Frame, statement: Statement): Exit {
  burn(frame);
  switch (statement.kind) {
    case 'let': frame.locals.set(statement.name, evaluate(frame, statement.value)); return null;
    case 'refer': frame.locals.set(statement.name, BigInt(objectIndex(frame, statement.objects, statement.index))); return null;
    case 'assign': assign(frame, statement); return null;
    case 'step': step(frame, statement); return null;
    case 'perform': evaluateCall(frame, statement.call); return null;
    case 'block': return runBlock(frame, statement.body);
    case 'if': {
      if (evaluate(frame, statement.condition) === 1n) return runBlock(frame, statement.whenTrue);
      return statement.whenFalse === null ? null : runBlock(frame, statement.whenFalse);
    }
    case 'while': return runWhile(frame, statement);
    case 'for': return runFor(frame, statement);
    case 'forOf': return runForOf(frame, statement);
    case 'switch': return runSwitch(frame, statement);
    case 'return': return { value: evaluate(frame, statement.value) };
    case 'break':
    case 'continue': return statement.kind;
  }
}

function fieldArrays({ name, initial }: ObjectsDeclaration): (readonly [string, bigint[]])[] {
  return cellFieldNames.map((field, at) => [fieldKey(name, field), initial.map((values) => values[at]!)] as const);
}

/**
 * The values that a run leaves behind: result, module-level scalars, the elements of all arrays that can change,
 * then the fields of all objects, in order of declaration.
 */
function run(program: Case, inputs: readonly bigint[], semantics: Semantics, trace: number[]): bigint[] {
  const functions = new Map<string, FunctionDeclaration>(program.helpers.map((helper) => [helper.name, helper]));
  const shared = {
    semantics,
    globals: new Map(program.globals.map((global) => [global.name, global.initial])),
    arrays: new Map<string, bigint[]>([...program.arrays.map((array) => [array.name, array.initial.slice()] as const), ...program.objects.flatMap(fieldArrays)]),
    trace,
    fuel: { left: stepsMax },
  };
  const enter = (callee: FunctionDeclaration, operands: readonly bigint[]): bigint => {
    const locals = new Map(callee.parameters.map((parameter, at) => [parameter.name, operands[at]!]));
    const frame: Frame = { ...shared, locals, call: (name, values) => enter(functions.get(name)!, values) };
    const exit = runBlock(frame, callee.body);
    if (exit === null || typeof exit === 'string') throw new Error(`${callee.name} ends without a value`);
    return exit.value;
  };
  const result = enter(program.main, inputs);
  const elements = program.arrays.filter((array) => array.place !== 'table').flatMap((array) => shared.arrays.get(array.name)!);
  const fields = program.objects.flatMap(({ name, initial }) =>
    initial.flatMap((_, at) => cellFieldNames.map((field) => shared.arrays.get(fieldKey(name, field))![at]!)));
  return [result, ...shared.globals.values(), ...elements, ...fields];
}

export function runReference(program: Case, inputs: readonly bigint[], semantics: Semantics = reference): Outcome {
  const trace: number[] = [];
  try {
    return { kind: 'values', trace, values: run(program, inputs, semantics, trace) };
  } catch (error) {
    if (error instanceof ReferenceTrap) return { kind: 'trap', trace, why: error.message };
    if (error instanceof OutOfFuel) return { kind: 'too long' };
    throw error;
  }
}
