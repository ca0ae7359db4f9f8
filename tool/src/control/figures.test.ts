import { expect, it } from 'vitest';
import { cpusText, durationText, percentText, rateText } from './figures.ts';

it.each([
  [null, '–'],
  [-5, '0 s'],
  [999, '0 s'],
  [12_000, '12 s'],
  [185_000, '3 min 5 s'],
  [7_200_000, '2 h 0 min'],
  [349_200_000, '4 d 1 h'],
])('a duration of %s ms is %j', (durationMs, text) => {
  expect(durationText(durationMs)).toBe(text);
});

it.each([
  [null, '–'],
  [0, '0'],
  [0.25, '0.3'],
  [9.96, '10.0'],
  [12.4, '12'],
  [1234.5, '1,235'],
])('a rate of %s is %j', (rate, text) => {
  expect(rateText(rate)).toBe(text);
});

it('a share is of one CPU, and CPUs are named', () => {
  expect([percentText(1.5), percentText(0.0004), percentText(null)]).toEqual(['150.0 %', '0.0 %', '–']);
  expect(cpusText(2, [0, 1])).toBe('2 on CPU 0, 1');
});
