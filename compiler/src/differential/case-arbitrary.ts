/**
 * Cases as a fast-check arbitrary: a seed names a case, and a failing case shrinks by its syntax tree.
 */
import * as fc from 'fast-check';
import { Draw } from './draw.ts';
import { makeCase, makeInputs, type CaseSize } from './generate-case.ts';
import { smallerCases } from './shrink.ts';
import type { Case } from './syntax.ts';

export const expressionSize: CaseSize = { statementsMin: 0, statementsMax: 0, expressionDepth: 4, helpersMax: 2 };
export const statementSize: CaseSize = { statementsMin: 2, statementsMax: 7, expressionDepth: 2, helpersMax: 3 };

/** A case with the inputs it is tried on. */
export interface Trial { readonly program: Case; readonly inputs: readonly (readonly bigint[])[] }

class TrialArbitrary extends fc.Arbitrary<Trial> {
  readonly #size: CaseSize;
  readonly #inputsEach: number;

  constructor(size: CaseSize, inputsEach: number) {
    super();
    this.#size = size;
    this.#inputsEach = inputsEach;
  }

  override generate(random: fc.Random): fc.Value<Trial> {
    const draw = new Draw(random);
    const program = makeCase(draw, this.#size);
    const inputs = Array.from({ length: this.#inputsEach }, () => makeInputs(draw, program));
    return new fc.Value({ program, inputs }, undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Trial {
    return typeof value === 'object' && value !== null && 'program' in value;
  }

  override shrink(trial: Trial): fc.Stream<fc.Value<Trial>> {
    return new fc.Stream(smallerTrials(trial));
  }
}

function* smallerTrials({ program, inputs }: Trial): Generator<fc.Value<Trial>> {
  if (inputs.length > 1) for (const input of inputs) yield new fc.Value({ program, inputs: [input] }, undefined);
  for (const smaller of smallerCases(program)) yield new fc.Value({ program: smaller, inputs }, undefined);
}

export function trials(size: CaseSize, inputsEach: number): fc.Arbitrary<Trial> {
  return new TrialArbitrary(size, inputsEach);
}

export function sampleTrials(size: CaseSize, count: number, inputsEach: number, seed: number): Trial[] {
  return fc.sample(trials(size, inputsEach), { numRuns: count, seed });
}
