/** From what measuring guests print to figures. */
import { describe, expect, it } from 'vitest';
import { figuresIn } from './guest-figures.ts';
import { worst } from './linux-taxes.ts';
import { instructionsASwitch } from './operations.ts';
import { histogramAfter } from './real-time-latency.ts';

describe("a measuring guest's lines", () => {
  it('are figures by name, and nothing else is', () => {
    expect([...figuresIn(['hello', 'bench hypercall 79', 'bench x', ' bench y 1', 'bench boot 12'])]).toEqual([
      ['hypercall', 79],
      ['boot', 12],
    ]);
  });
});

describe('a switch', () => {
  it('is what the rounds of both machines leave of the window', () => {
    const machine = (rounds: number, absences: number) => new Map(Object.entries({ ticks: 1000, rounds, absences }));
    // 16,000 instructions, 1,500 rounds of 8: 4,000 remain for 8 switches.
    expect(instructionsASwitch([machine(1000, 4), machine(500, 4)])).toBe(500);
  });
});

describe('the tax of some workloads', () => {
  const runs = { native: new Map([['a', 1000], ['b', 2000]]), guest: new Map([['a', 1001], ['b', 2006]]) };

  it('is that of the worst', () => {
    const tax = worst({ a: 'one', b: 'two' }, runs);
    expect(tax?.percent).toBe(0.3);
    expect(tax?.text).toContain('b (two): 32,000 without, 32,096 as a guest: 0.300 %');
  });

  it('is not known where a workload was not run', () => {
    expect(worst({ a: 'one', c: 'three' }, runs)).toBeNull();
  });
});

describe("a real-time machine's histogram", () => {
  const lines = [
    'periods 1000 missed 0 late 40 to 90 ticks', '     40  ## 1000', '',
    'periods 2000 missed 3 late 40 to 97 ticks', '     40  ## 1900', '     96  # 100', '', 'more',
  ];

  it('is the one that was asked for, and ends with an empty line', () => {
    expect(histogramAfter(2000, lines)).toEqual({ missed: 3, latest: 97, buckets: ['     40  ## 1900', '     96  # 100'] });
    expect(histogramAfter(3000, lines)).toBeNull();
  });
});
