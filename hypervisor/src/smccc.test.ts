/** Calls to the firmware that are not PSCI: the convention itself, random numbers, and what is asked of the board. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Handset } from '../test/handset.ts';

const SMCCC_VERSION = 0x8000_0000n;
const ARCH_FEATURES = 0x8000_0001n;
const WORKAROUNDS = [0x8000_8000n, 0x8000_7fffn, 0x8000_3fffn];
const TRNG_VERSION = 0x8400_0050n;
const TRNG_FEATURES = 0x8400_0051n;
const TRNG_UUID = 0x8400_0052n;
const TRNG_RND_32 = 0x8400_0053n;
const TRNG_RND_64 = 0xc400_0053n;
const HYPERVISOR_UID = 0x8600_ff01n;

const NOT_SUPPORTED = 0xffff_ffff_ffff_ffffn;
const INVALID_PARAMETERS = 0xffff_ffff_ffff_fffen;
const NO_ENTROPY = 0xffff_ffff_ffff_fffdn;

const handset = new Handset();
beforeAll(() => handset.start());
beforeEach(() => {
  handset.reset(1, [{ on: [0] }]);
  handset.call.startVcpu(0, 0x4000_0000n);
  handset.enter();
});
const results = (): bigint[] => [1, 2, 3].map((register) => handset.call.x(0, register));

describe('a question', () => {
  it.each<[string, bigint[], bigint]>([
    ['the version', [SMCCC_VERSION], 0x1_0001n], ['the version, as a feature', [ARCH_FEATURES, SMCCC_VERSION], 0n], ['features, as a feature', [ARCH_FEATURES, ARCH_FEATURES], 0n],
    ['the SoC', [ARCH_FEATURES, 0x8000_0002n], NOT_SUPPORTED], ['the SoC itself', [0x8000_0002n, 0n], NOT_SUPPORTED],
    ['a feature with a sign', [ARCH_FEATURES, NOT_SUPPORTED], NOT_SUPPORTED],
    ['random numbers', [TRNG_VERSION], 0x1_0000n], ['32 random bits', [TRNG_FEATURES, TRNG_RND_32], 0n], ['64 random bits', [TRNG_FEATURES, TRNG_RND_64], 0n],
    ['a random call with 64 bits that has 32 only', [TRNG_FEATURES, 0xc400_0052n], NOT_SUPPORTED], ['a random call there is not', [TRNG_FEATURES, 0x8400_0054n], NOT_SUPPORTED],
    ['the version of random numbers with 64 bits', [0xc400_0050n], NOT_SUPPORTED], ['which revision it is', [0x8600_ff03n], 0n],
  ])('about %s is answered', (_, operands, answer) => {
    expect(handset.hypercall(...operands)).toBe(answer);
    expect(handset.firmwareCalls).toEqual([]);
  });

  it.each([HYPERVISOR_UID, TRNG_UUID])('who the hypervisor is has four words for an answer (%i)', (id) => {
    const words = [handset.hypercall(id), ...results()];
    for (const word of words) expect(word >> 32n).toBe(0n);
    expect(new Set(words).size).toBe(4);
  });
});

describe('a workaround for a flaw of the processor', () => {
  it('is the board\'s firmware\'s, and so is the answer whether there is one', () => {
    for (const id of WORKAROUNDS) {
      handset.firmwareAnswer = 1n;
      expect(handset.hypercall(ARCH_FEATURES, id)).toBe(1n);
      handset.firmwareAnswer = NOT_SUPPORTED;
      expect(handset.hypercall(ARCH_FEATURES, id)).toBe(NOT_SUPPORTED);
      handset.hypercall(id);
    }
    expect(handset.firmwareCalls).toEqual(WORKAROUNDS.flatMap((id) => [ARCH_FEATURES, ARCH_FEATURES, id]));
  });

  it('is the only thing that reaches the firmware', () => {
    for (let id = 0n; id < 0x100n; id += 1n) {
      for (const owner of [0x8000_0000n, 0xc000_0000n, 0x8000_7f00n, 0x8000_8001n, 0xc000_8000n, 0x8200_0000n, 0x8400_0040n, 0x8600_0000n]) handset.hypercall(owner + id, 0n, 0n, 0n);
    }
    expect(new Set(handset.firmwareCalls)).toEqual(new Set([0x8000_7fffn]));
  });
});

describe('random bits', () => {
  beforeEach(() => handset.call.seedRandom());

  it.each<[bigint, bigint, number]>([
    [TRNG_RND_64, 192n, 64], [TRNG_RND_64, 64n, 64], [TRNG_RND_64, 65n, 64], [TRNG_RND_64, 1n, 64],
    [TRNG_RND_32, 96n, 32], [TRNG_RND_32, 33n, 32], [TRNG_RND_32, 32n, 32], [TRNG_RND_32, 5n, 32],
  ])('by %i, %i of them, fill registers from the third on, and no more', (id, count, width) => {
    const all = Array.from({ length: 200 }, () => {
      expect(handset.hypercall(id, count)).toBe(0n);
      const [high = 0n, middle = 0n, low = 0n] = results();
      for (const word of [high, middle, low]) expect(word >> BigInt(width)).toBe(0n);
      return (high << BigInt(2 * width)) | (middle << BigInt(width)) | low;
    });
    const seen = all.reduce((some, value) => some | value, 0n);
    expect(seen, 'every bit that was asked for, and none above, is one at some time').toBe((1n << count) - 1n);
    expect(all.reduce((some, value) => some & value, seen), 'and zero at another').toBe(0n);
    if (count > 60n) expect(new Set(all).size).toBe(all.length);
  });

  it.each([[TRNG_RND_64, 0n], [TRNG_RND_64, 193n], [TRNG_RND_32, 97n], [TRNG_RND_32, 0xffff_ffffn], [TRNG_RND_64, 0n]])('are not given by %i in a number of %i', (id, count) => {
    expect(handset.hypercall(id, count)).toBe(INVALID_PARAMETERS);
  });

  it('are not made up where the board gave no seed', () => {
    handset.reset(1, [{ on: [0] }]);
    handset.call.startVcpu(0, 0x4000_0000n);
    handset.enter();
    expect(handset.hypercall(TRNG_RND_64, 64n)).toBe(NO_ENTROPY);
    expect(handset.call.x(0, 1)).toBe(64n);
  });
});
