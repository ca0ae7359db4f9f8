/**
 * What being a guest costs Linux: each workload's instructions as a guest against those without a hypervisor. A figure that
 * covers several workloads is the worst of them.
 */
import { INSTRUCTIONS_PER_TICK } from './instruction-clock.ts';
import { type BothRuns, runTwice } from './linux-twice.ts';
import type { Measurement } from './measurement.ts';
import { thousands } from '../commands/figures.ts';

/** The workloads of each figure, by the names that the programs in guests/src print, and what they are. */
const WORKLOADS = {
  linuxBootTax: { boot: 'kernel entry to the first process' },
  cpuTax: { spin: 'a loop', sha256: 'sha256sum of 8 MiB', gzip: 'gzip of 2 MB' },
  syscallTax: {
    forkExec: '100 processes',
    blocks: '50,000 reads and writes of 512 bytes',
    getppid: '200,000 calls of getppid',
    pipe: '10,000 bytes to another process and back',
  },
  firstTouchTax: { fileFirst: 'first write of 64 MiB to tmpfs', memoryFirst: 'first touch of 32 MiB' },
  pingPongTax: { pingPong: '2,000 bytes to a process on the other CPU and back' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The tick that the workload `spin` is cut by, in its window. */
const TICKS_IN_SPIN = 250;

export interface Tax {
  readonly percent: number;
  /** A line a workload: `spin (a loop): 1,002,000,000 without, 1,002,067,000 as a guest: +0.007 %`. */
  readonly text: string;
}

/** The worst of `workloads`. Null if the runs lack one of them. */
export function worst(workloads: Readonly<Record<string, string>>, { native, guest }: BothRuns): Tax | null {
  const each = Object.entries(workloads).map(([name, what]) => {
    const [alone = 0, above = 0] = [native.get(name), guest.get(name)];
    const percent = alone > 0 && above > 0 ? (above / alone - 1) * 100 : null;
    const counts = [alone, above].map((ticks) => thousands(ticks * INSTRUCTIONS_PER_TICK));
    return { percent, line: `  ${name} (${what}): ${counts.join(' without, ')} as a guest: ${percent === null ? 'missing' : `${percent.toFixed(3)} %`}` };
  });
  const percents = each.flatMap(({ percent }) => percent ?? []);
  if (percents.length < each.length) return null;
  return { percent: Math.round(Math.max(...percents) * 1000) / 1000, text: `instructions\n${each.map(({ line }) => line).join('\n')}` };
}

function taxes(keys: readonly (keyof typeof WORKLOADS)[], runs: BothRuns): Map<string, number | string> {
  return new Map(
    keys.flatMap((key) => {
      const tax = worst(WORKLOADS[key], runs);
      return tax === null ? [] : ([[key, tax.percent], [`${key}Workloads`, tax.text]] as [string, number | string][]);
    }),
  );
}

export const linuxTaxes: Measurement = {
  keys: ['linuxBootTax', 'cpuTax', 'syscallTax', 'firstTouchTax', 'tick'],
  what: "Linux's boot and workloads",
  async measure(progress) {
    const runs = await runTwice({ program: 'linux-workloads', cpus: 1 }, progress);
    const figures = taxes(['linuxBootTax', 'cpuTax', 'syscallTax', 'firstTouchTax'], runs);
    const [native, guest] = [runs.native.get('spin'), runs.guest.get('spin')];
    if (native !== undefined && guest !== undefined) {
      figures.set('tick', Math.round(((guest - native) * INSTRUCTIONS_PER_TICK) / TICKS_IN_SPIN));
    }
    return figures;
  },
};

export const linuxPingPong: Measurement = {
  keys: ['pingPongTax'],
  what: 'two CPUs of Linux that wake each other',
  async measure(progress) {
    return taxes(['pingPongTax'], await runTwice({ program: 'linux-ping-pong', cpus: 2 }, progress));
  },
};
