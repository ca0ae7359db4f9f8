/**
 * Finding and shrinking without a compiler: a wrong evaluator stands in for the compiled program.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expressionSize, sampleTrials, statementSize, trials, type Trial } from './case-arbitrary.ts';
import { runReference } from './evaluate.ts';
import { mutations } from './mutations.ts';
import { caseText } from './print-case.ts';
import { smallerCases } from './shrink.ts';
import { isWellFormed } from './well-formed.ts';

function differs({ program, inputs }: Trial, name: string): boolean {
  const { semantics } = mutations.find((mutation) => mutation.name === name)!;
  const shown = (input: readonly bigint[], ...wrong: [] | [typeof semantics]): string =>
    JSON.stringify(runReference(program, input, ...wrong), (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  return inputs.some((input) => shown(input) !== shown(input, semantics));
}

describe('generated cases', () => {
  it('are the same for the same seed, and others for another', () => {
    const texts = (seed: number): string[] => sampleTrials(statementSize, 5, 1, seed).map(({ program }) => caseText(program));
    expect(texts(3)).toEqual(texts(3));
    expect(texts(3)).not.toEqual(texts(4));
  });

  it('are well formed, and so is everything smaller', () => {
    for (const size of [expressionSize, statementSize]) {
      for (const { program } of sampleTrials(size, 30, 1, 11)) {
        expect(isWellFormed(program), caseText(program)).toBe(true);
        for (const smaller of [...smallerCases(program)].slice(0, 50)) runReference(smaller, smaller.main.parameters.map(() => 1n));
      }
    }
  });

  it('neither trap almost always nor almost never', () => {
    const outcomes = sampleTrials(statementSize, 100, 20, 5).flatMap(({ program, inputs }) => inputs.map((input) => runReference(program, input).kind));
    const trapped = outcomes.filter((kind) => kind === 'trap').length / outcomes.length;
    expect(trapped).toBeGreaterThan(0.1);
    expect(trapped).toBeLessThan(0.6);
  });
});

describe('shrinking', () => {
  it.each(['- wraps', 'wrap saturates', 'operands run right to left'])('makes a case that shows "%s" small enough to read', (name) => {
    const found = fc.check(fc.property(trials(statementSize, 10), (trial) => !differs(trial, name)), { seed: 21, numRuns: 400 });
    expect(found.failed).toBe(true);
    const [smallest] = found.counterexample!;
    expect(differs(smallest, name)).toBe(true);
    expect(smallest.inputs).toHaveLength(1);
    expect(caseText(smallest.program).split('\n').length).toBeLessThanOrEqual(16);
  });
});
