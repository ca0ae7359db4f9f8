/** The RAM that is given out, against a model that keeps a set of pages. */
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BootFunctions } from '../test/boot-functions.ts';
import { load, type ProgramUnderTest } from '../test/program-under-test.ts';

const NONE = 0xffff_ffff_ffff_ffffn;
const PAGE = 0x1000n;
/** The model's memory: pages 0 to 255. */
const PAGES = 256;

let boot: ProgramUnderTest<BootFunctions>;
beforeAll(async () => {
  boot = await load<BootFunctions>('boot-under-test');
});
beforeEach(() => boot.reset());

type Step =
  | { readonly kind: 'bank'; readonly first: number; readonly pages: number }
  | { readonly kind: 'reserve'; readonly first: number; readonly pages: number }
  | { readonly kind: 'claim'; readonly pages: number; readonly shift: number };

const range = fc.record({ first: fc.nat(PAGES - 1), pages: fc.nat(40) });
const bank = range.map((at): Step => ({ kind: 'bank', ...at }));
const reserve = range.map((at): Step => ({ kind: 'reserve', ...at }));
const claim = fc.record({ pages: fc.integer({ min: 1, max: 12 }), shift: fc.nat(4) }).map((what): Step => ({ kind: 'claim', ...what }));
/** At boot banks come first, then reservations, then claims; there are fewer of them than the table holds. */
const steps = fc
  .tuple(fc.array(bank, { minLength: 1, maxLength: 4 }), fc.array(reserve, { maxLength: 6 }), fc.array(claim, { maxLength: 16 }))
  .map((parts): Step[] => parts.flat());

/** What is free according to the model, page by page with the bank it is in; banks that touch are not one. */
class Model {
  readonly #free = new Map<number, number>();

  add(bank: number, first: number, pages: number): void {
    for (let page = first; page < first + pages; page += 1) this.#free.set(page, bank);
  }
  remove(first: number, pages: number): void {
    for (let page = first; page < first + pages; page += 1) this.#free.delete(page);
  }
  isFree(first: number, pages: number): boolean {
    return Array.from({ length: pages }, (_, index) => first + index).every((page) => this.#free.has(page));
  }
  /** Whether there is a place at all. */
  fits(pages: number, alignment: number): boolean {
    for (let first = 0; first < PAGES * 2; first += alignment) {
      const banks = new Set(Array.from({ length: pages }, (_, index) => this.#free.get(first + index)));
      if (banks.size === 1 && !banks.has(undefined)) return true;
    }
    return false;
  }
}

function overlaps(all: readonly Step[]): boolean {
  const banks = all.filter((step) => step.kind === 'bank');
  return banks.some((one, index) =>
    banks.slice(index + 1).some((two) => one.first < two.first + two.pages && two.first < one.first + one.pages),
  );
}

function play(all: readonly Step[], mustFit: boolean): void {
  boot.reset();
  const model = new Model();
  for (const [index, step] of all.entries()) {
    const bytes = BigInt(step.pages) * PAGE;
    if (step.kind === 'bank') {
      boot.call.ramAddBank(BigInt(step.first) * PAGE, bytes);
      model.add(index, step.first, step.pages);
    } else if (step.kind === 'reserve') {
      boot.call.ramReserve(BigInt(step.first) * PAGE, bytes);
      model.remove(step.first, step.pages);
    } else {
      const alignment = PAGE << BigInt(step.shift);
      const claimed = boot.call.ramClaim(bytes, alignment);
      if (claimed === NONE) {
        if (mustFit) expect(model.fits(step.pages, 1 << step.shift), 'refused, though there is room').toBe(false);
      } else {
        expect(claimed % alignment).toBe(0n);
        expect(model.isFree(Number(claimed / PAGE), step.pages), 'RAM that is not free').toBe(true);
        model.remove(Number(claimed / PAGE), step.pages);
      }
    }
  }
}

describe('RAM', () => {
  it('is given out once, aligned, inside the banks, and never where it is reserved', () => {
    fc.assert(fc.property(steps.filter((all) => !overlaps(all)), (all) => play(all, true)), { numRuns: 2000, seed: 4 });
  });

  it('is given out once even where banks overlap', () => {
    fc.assert(fc.property(steps, (all) => play(all, false)), { numRuns: 1000, seed: 5 });
  });

  it('survives banks and reservations of any address and length', () => {
    const address = fc.oneof(fc.bigInt({ min: 0n, max: NONE }), fc.constantFrom(0n, NONE, NONE - 0xfffn, 1n << 63n, 1n << 48n));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), address, address), { maxLength: 40 }), fc.array(fc.tuple(address, fc.nat(63)), { maxLength: 8 }), (changes, claims) => {
        boot.reset();
        for (const [isBank, base, bytes] of changes) {
          if (isBank) boot.call.ramAddBank(base, bytes);
          else boot.call.ramReserve(base, bytes);
        }
        for (const [bytes, shift] of claims) boot.call.ramClaim(bytes, 1n << BigInt(shift));
      }),
      { numRuns: 1000, seed: 6 },
    );
  });

  it('does not give out what a reservation up to the end of the address space takes', () => {
    boot.call.ramAddBank(0x1000n, 0x4000n);
    boot.call.ramReserve(0x3000n, NONE);
    expect([boot.call.ramClaim(PAGE, PAGE), boot.call.ramClaim(PAGE, PAGE), boot.call.ramClaim(PAGE, PAGE)]).toEqual([0x1000n, 0x2000n, NONE]);
  });
});
