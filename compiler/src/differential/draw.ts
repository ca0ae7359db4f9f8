/**
 * Random choices for the generator, drawn from fast-check's seeded source so that a seed names a program.
 */
import type * as fc from 'fast-check';
import { edgeValues, shapes, type IntegerType } from './integer-types.ts';
import { enumMembers, isEnumName } from './prelude.ts';
import type { ValueType } from './syntax.ts';

export class Draw {
  readonly #random: fc.Random;

  constructor(random: fc.Random) {
    this.#random = random;
  }

  /** Both ends included. */
  between(min: number, max: number): number {
    return this.#random.nextInt(min, max);
  }

  chance(percent: number): boolean {
    return this.#random.nextInt(1, 100) <= percent;
  }

  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new Error('nothing to pick from');
    return choices[this.#random.nextInt(0, choices.length - 1)]!;
  }

  /** One of the alternatives, as often as its weight says; those of weight 0 never. */
  weighted<T>(choices: readonly (readonly [weight: number, make: () => T])[]): T {
    let at = this.#random.nextInt(1, choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, make] of choices) {
      at -= weight;
      if (at <= 0) return make();
    }
    throw new Error('weights add up to less than their sum');
  }

  /** Small numbers half of the time, since they trap less; then edges; then anything. */
  integer(type: IntegerType): bigint {
    const { min, max } = shapes[type];
    return this.weighted([
      [7, () => BigInt(this.#random.nextInt(0, 12))],
      [4, () => this.pick(edgeValues(type))],
      [1, () => this.#random.nextBigInt(min, max)],
    ]);
  }

  value(type: ValueType): bigint {
    if (type === 'boolean') return BigInt(this.#random.nextInt(0, 1));
    if (isEnumName(type)) return this.pick(enumMembers(type)).value;
    return this.integer(type);
  }
}
