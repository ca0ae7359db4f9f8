import { describe, expect, it } from 'vitest';
import { report } from './bench.ts';

describe("the benchmark's table", () => {
  const lines = report(
    new Map([
      ['hypercall', 79],
      ['timer', 401],
      ['linuxBootTax', 0.0127],
    ]),
  ).split('\n');
  const line = (key: string): string => lines.find((text) => text.startsWith(key)) ?? '';

  it('shows a figure beside the best peer and the aim, and whether that is met', () => {
    expect(line('hypercall')).toMatch(/^hypercall +79 +188 \(Bao\) +188 +met +PSCI_VERSION over HVC$/);
    expect(line('timer')).toMatch(/ 401 .* 400 +missed /);
    expect(line('linuxBootTax')).toMatch(/ \+0\.013 % +\+0\.080 % \(Bao\) +\+0\.300 % +met /);
  });

  it('says what was not measured', () => {
    expect(line('selfSgi')).toContain('not measured');
    expect(line('selfSgi')).not.toMatch(/ (met|missed) /);
  });
});
