/** Outlined code that a caller's values would not survive is found, and what an instruction looks like that does no harm. */
import { expect, test } from 'vitest';
import { borrowsRegister } from './outlined.ts';

const moveTo = (register: number): number => (0xaa1e_03e0 | register) >>> 0;
const call = (words: number): number => (0x9400_0000 | (words & 0x03ff_ffff)) >>> 0;
const nop = 0xd503_201f;
const outlined = new Set([0x1100n, 0xf00n]);

test('a link register kept in another across a call of an outlined function', () => {
  expect(borrowsRegister([nop, moveTo(9), call((0x1100 - 0x1008) / 4), nop], 0x1000n, outlined)).toBe(true);
  expect(borrowsRegister([moveTo(0), call((0xf00 - 0x1004) / 4)], 0x1000n, outlined)).toBe(true);
});

test('calls of other functions, and calls that save nothing', () => {
  expect(borrowsRegister([nop, moveTo(9), call((0x1200 - 0x1008) / 4)], 0x1000n, outlined)).toBe(false);
  expect(borrowsRegister([moveTo(9), nop, call((0x1100 - 0x1008) / 4)], 0x1000n, outlined)).toBe(false);
  expect(borrowsRegister([call((0x1100 - 0x1000) / 4), nop], 0x1000n, outlined)).toBe(false);
});
