/**
 * Compiled code against the reference: on wasm32, and natively with the C compiler's sanitizers. The seeds are
 * fixed, so that a run can be repeated; `main.ts` searches with others.
 */
import { describe, expect, it } from 'vitest';
import { expressionSize, sampleTrials, statementSize, type Trial } from './case-arbitrary.ts';
import { mismatches, mismatchText, shrink } from './compare.ts';
import { mutations } from './mutations.ts';
import { nativeExecutor } from './native-executor.ts';
import { operatorTable } from './operator-table.ts';
import { wasmExecutor } from './wasm-executor.ts';
import type { Executor, Observed } from './executor.ts';

const inputsEach = 30;
const table = operatorTable();
const expressions = sampleTrials(expressionSize, 500, inputsEach, 2008);
const statements = sampleTrials(statementSize, 220, inputsEach, 2008);

/** What was compiled for wasm32 serves twice: for the comparison, and for the test of the comparison. */
const observedOnWasm = new Map<readonly Trial[], Promise<Observed[][]>>();

function onWasm(trials: readonly Trial[]): Promise<Observed[][]> {
  const observed = observedOnWasm.get(trials) ?? wasmExecutor.run(trials);
  observedOnWasm.set(trials, observed);
  return observed;
}

/** Fails with the smallest program that shows a difference. */
async function expectAgreement(executor: Executor, trials: readonly Trial[], observed: Promise<Observed[][]>): Promise<void> {
  const [first] = mismatches(executor.name, trials, await observed);
  if (first !== undefined) expect.fail(mismatchText(await shrink(executor, first)));
}

describe('compiled for wasm32', () => {
  const expectWasm = (trials: readonly Trial[]): Promise<void> => expectAgreement(wasmExecutor, trials, onWasm(trials));

  it('every operator agrees on all pairs of edge values', () => expectWasm(table));
  it('random expressions agree', () => expectWasm(expressions));
  it('random statements agree', () => expectWasm(statements));
});

describe('compiled natively, with no undefined behaviour', () => {
  const expectNative = (trials: readonly Trial[]): Promise<void> => expectAgreement(nativeExecutor, trials, nativeExecutor.run(trials));

  it('every operator agrees on all pairs of edge values', () => expectNative(table));
  it('random expressions agree', () => expectNative(expressions.slice(0, 150)));
  it('random statements agree', () => expectNative(statements.slice(0, 80)));
});

describe('the comparison itself', () => {
  const trials = [...table, ...statements];

  it.each(mutations)('notices that $name', async ({ semantics }) => {
    const observed = [...(await onWasm(table)), ...(await onWasm(statements))];
    const [first] = mismatches('wasm32', trials, observed, semantics);
    expect(first).toBeDefined();
  });

  it('notices undefined behaviour', () => {
    const [trial] = table;
    const broken: Observed[][] = [trial!.inputs.map(() => ({ kind: 'undefined behaviour', report: 'runtime error: signed integer overflow' }))];
    const [found] = mismatches('native', [trial!], broken);
    expect(mismatchText(found!)).toContain('signed integer overflow');
  });
});
