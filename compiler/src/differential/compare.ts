/**
 * Compares compiled code with the reference, and makes the first difference small enough to read.
 */
import { expressionSize, trials as trialArbitrary, type Trial } from './case-arbitrary.ts';
import { runReference, type Outcome } from './evaluate.ts';
import { RefusedProgram, type Executor, type Observed } from './executor.ts';
import { literalText } from './print-expression.ts';
import { caseText } from './print-case.ts';
import { reference, type Semantics } from './semantics.ts';

export interface Mismatch {
  readonly executor: string;
  /** The case with the one input that shows the difference. */
  readonly trial: Trial;
  readonly expected: Outcome;
  readonly actual: Observed;
}

function agree(expected: Outcome, actual: Observed): boolean {
  if (actual.kind === 'undefined behaviour') return false;
  if (expected.kind === 'too long') return true;
  if (expected.trace.length !== actual.trace.length || expected.trace.some((id, at) => id !== actual.trace[at])) return false;
  if (expected.kind === 'trap' || actual.kind === 'trap') return expected.kind === actual.kind;
  return expected.values.length === actual.values.length && expected.values.every((value, at) => BigInt.asUintN(64, value) === actual.values[at]);
}

/** The differences, one a trial at most: more of the same case say little. Found as they are asked for. */
export function* mismatches(
  executor: string, trials: readonly Trial[], observed: readonly (readonly Observed[])[], semantics: Semantics = reference,
): Generator<Mismatch> {
  for (const [at, { program, inputs }] of trials.entries()) {
    for (const [index, input] of inputs.entries()) {
      const expected = runReference(program, input, semantics);
      const actual = observed[at]![index]!;
      if (agree(expected, actual)) continue;
      yield { executor, trial: { program, inputs: [input] }, expected, actual };
      break;
    }
  }
}

export interface AcceptedRun {
  readonly trials: readonly Trial[];
  readonly observed: readonly Observed[][];
  /** What the compiler said about the trials that were left out. */
  readonly refusals: readonly RefusedProgram[];
}

/** As `executor.run`, but leaves out what the compiler refuses instead of failing. */
export async function runAccepted(executor: Executor, candidates: readonly Trial[]): Promise<AcceptedRun> {
  const refusals: RefusedProgram[] = [];
  let trials = candidates;
  for (;;) {
    try {
      return { trials, observed: trials.length === 0 ? [] : await executor.run(trials), refusals };
    } catch (error) {
      if (!(error instanceof RefusedProgram) || error.refused.size === 0) throw error;
      refusals.push(error);
      trials = trials.filter((_, at) => !error.refused.has(at));
    }
  }
}

const candidatesAtOnce = 60;

/** Follows fast-check's shrinking, many candidates to one build, until none of them shows a difference. */
export async function shrink(executor: Executor, found: Mismatch, buildsMax = 60): Promise<Mismatch> {
  const arbitrary = trialArbitrary(expressionSize, 1);
  let best = found;
  let candidates = arbitrary.shrink(best.trial, undefined);
  for (let builds = 0; builds < buildsMax; builds += 1) {
    const batch: Trial[] = [];
    for (let next = candidates.next(); next.done !== true; next = candidates.next()) {
      if (batch.push(next.value.value) === candidatesAtOnce) break;
    }
    if (batch.length === 0) return best;
    const { trials, observed } = await runAccepted(executor, batch);
    const [smaller] = mismatches(executor.name, trials, observed);
    if (smaller === undefined) continue;
    best = smaller;
    candidates = arbitrary.shrink(best.trial, undefined);
  }
  return best;
}

function outcomeText(outcome: Outcome | Observed): string {
  switch (outcome.kind) {
    case 'values': return `[${outcome.values.map((value) => `0x${BigInt.asUintN(64, value).toString(16)}`).join(', ')}], trace [${outcome.trace.join(', ')}]`;
    case 'trap': return `trap${'why' in outcome ? ` (${outcome.why})` : ''}, trace [${outcome.trace.join(', ')}]`;
    case 'undefined behaviour': return `undefined behaviour: ${outcome.report}`;
    case 'too long': return outcome.kind;
  }
}

export function mismatchText({ executor, trial, expected, actual }: Mismatch): string {
  const { program, inputs } = trial;
  const values = program.main.parameters.map(({ name, type }, at) => `${name} = ${literalText(type, inputs[0]![at]!)}`).join(', ');
  return [
    `${executor} and the reference disagree on main(${values}):`, caseText(program),
    'values: result, module-level variables, array elements',
    `expected: ${outcomeText(expected)}`, `actual:   ${outcomeText(actual)}`,
  ].join('\n');
}
