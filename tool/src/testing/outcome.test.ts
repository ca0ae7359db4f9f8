import { expect, test } from 'vitest';
import { isSuccess, single, sum } from './outcome.ts';

test('outcomes add up', () => {
  expect(sum([single(true), { passed: 3, failed: 2 }, single(false)])).toEqual({ passed: 4, failed: 3 });
});

test('a failure, or nothing at all, is no success', () => {
  expect(isSuccess({ passed: 5, failed: 0 })).toBe(true);
  expect(isSuccess({ passed: 5, failed: 1 })).toBe(false);
  expect(isSuccess(sum([]))).toBe(false);
});
