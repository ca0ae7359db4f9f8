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
const expressions = sampleTrials(expressionSize, 700, inputsEach, 2008);
const statements = sampleTrials(statementSize, 300, inputsEach, 2008);

/** Fails with the smallest program that shows a difference. */
async function expectAgreement(executor: Executor, trials: readonly Trial[]): Promise<Observed[][]> {
  const observed = await executor.run(trials);
  const [first] = mismatches(executor.name, trials, observed);
  if (first !== undefined) expect.fail(mismatchText(await shrink(executor, first)));
  return observed;
}

describe('compiled for wasm32', () => {
  it('every operator agrees on all pairs of edge values', () => expectAgreement(wasmExecutor, table));
  it('random expressions agree', () => expectAgreement(wasmExecutor, expressions));
  it('random statements agree', () => expectAgreement(wasmExecutor, statements));
});

describe('compiled natively, with no undefined behaviour', () => {
  it('every operator agrees on all pairs of edge values', () => expectAgreement(nativeExecutor, table));
  it('random expressions agree', () => expectAgreement(nativeExecutor, expressions.slice(0, 200)));
  it('random statements agree', () => expectAgreement(nativeExecutor, statements.slice(0, 100)));
});

describe('the comparison itself', () => {
  const trials = [...table, ...expressions.slice(0, 150), ...statements.slice(0, 100)];
  const observed = wasmExecutor.run(trials);

  it.each(mutations)('notices that $name', async ({ semantics }) => {
    const found = mismatches('wasm32', trials, await observed, semantics);
    expect(found).not.toEqual([]);
  });

  it('notices undefined behaviour', () => {
    const [trial] = table;
    const broken: Observed[][] = [trial!.inputs.map(() => ({ kind: 'undefined behaviour', report: 'runtime error: signed integer overflow' }))];
    const [found] = mismatches('native', [trial!], broken);
    expect(mismatchText(found!)).toContain('signed integer overflow');
  });
});
