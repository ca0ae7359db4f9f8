import { describe, expect, it } from 'vitest';
import { FIGURES } from '../bench/figures.ts';
import type { Measurement } from '../bench/measurement.ts';
import { MEASUREMENTS, measurementsFor, run } from '../bench/measurements.ts';
import { json, report } from './bench.ts';

const silent = (): void => undefined;

function measurement(keys: readonly string[], measure: Measurement['measure']): Measurement {
  return { keys, what: keys.join(' '), measure };
}

describe("the benchmark's table", () => {
  const measured = new Map([
    ['hypercall', 79],
    ['timer', 401],
    ['linuxBootTax', 0.0127],
  ]);
  const failures = new Map([['ipi', 'a measuring guest did not finish; the last lines:\n  panic']]);
  const texts = new Map([['maskedMaxIn', 'some function']]);
  const lines = report({ measured, texts, failures }).split('\n');
  const line = (key: string): string => lines.find((text) => text.startsWith(`${key} `)) ?? '';

  it('shows a figure beside the best peer and the aim, and whether that is met', () => {
    expect(line('hypercall')).toMatch(/^hypercall +79 +188 \(Bao\) +80 +met +PSCI_VERSION over HVC$/);
    expect(line('timer')).toMatch(/ 401 .* 190 +missed /);
    expect(line('linuxBootTax')).toMatch(/ \+0\.013 % +\+0\.080 % \(Bao\) +\+0\.050 % +met /);
  });

  it('says what was not measured, and what failed', () => {
    expect(line('selfSgi')).toContain('not measured');
    expect(line('selfSgi')).not.toMatch(/ (met|missed) /);
    expect(line('ipi')).toMatch(/ FAILED .*did not finish/);
  });

  it('shows only what was asked for', () => {
    expect(report({ measured, texts, failures }, ['timer'])).not.toContain('hypercall');
  });

  it('tells the details below', () => {
    expect(line('maskedMaxIn:')).toBe('maskedMaxIn: some function');
  });

  it('is JSON too, with the figures at its top', () => {
    expect(JSON.parse(json({ measured, texts, failures }))).toMatchObject({ timer: 401, maskedMaxIn: 'some function', aims: { timer: 190 }, failures: { ipi: failures.get('ipi') } });
  });
});

describe('the measurements', () => {
  it('yield each figure once', () => {
    const keys = MEASUREMENTS.flatMap((each) => each.keys);
    expect([...keys].sort()).toEqual(FIGURES.map(({ key }) => key).sort());
  });

  it('are chosen by key; an unknown key is refused by name', () => {
    const all = [measurement(['a', 'b'], () => Promise.resolve(new Map())), measurement(['c'], () => Promise.resolve(new Map()))];
    expect(measurementsFor(['b'], all)).toEqual([all[0]]);
    expect(measurementsFor([], all)).toEqual(all);
    expect(() => measurementsFor(['b', 'x'], all)).toThrow(/no figure is called x; there are a, b, c/);
  });

  it('fail alone', async () => {
    const bad = measurement(['a'], () => Promise.reject(new Error('broken')));
    const partial = measurement(['b', 'c'], () => Promise.resolve(new Map([['c', 3]])));
    const { measured, failures } = await run([bad, partial], silent);
    expect([...measured]).toEqual([['c', 3]]);
    expect([...failures]).toEqual([
      ['a', 'broken'],
      ['b', 'the measuring guest did not tell it'],
    ]);
  });
});
