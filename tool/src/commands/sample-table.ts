/** The table of a handset's machines that `ps` and `top` show. */
import { cpusText, durationText, percentText, rateText } from '../control/figures.ts';
import type { MachineSample, Sample } from '../control/protocol.ts';
import { table, thousands } from './figures.ts';

const HEAD = ['', 'MACHINE', 'STATE', 'MEMORY', 'CPUS', 'CPU USE', 'WAITS', 'EXITS/S', 'WAKE-UPS/S', 'UP'] as const;
const FIRST_FIGURE = 5;

function row(machine: MachineSample, atMs: number, focus: string | null): string[] {
  const { name, state, memoryMib, vcpus, cpus, cpuUse, cpuStolen, exitsPerSecond, wakeUpsPerSecond, runningSinceMs } = machine;
  return [
    ...[name === focus ? '>' : '', name, state, `${thousands(memoryMib)} MiB`, cpusText(vcpus, cpus)],
    ...[percentText(cpuUse), percentText(cpuStolen), rateText(exitsPerSecond), rateText(wakeUpsPerSecond)],
    durationText(runningSinceMs === null ? null : atMs - runningSinceMs),
  ];
}

/** `focus` is the machine that has the keyboard, marked by `>`. */
export function sampleTable(sample: Sample, focus: string | null): string {
  const rows: string[][] = [[...HEAD], ...sample.machines.map((machine) => row(machine, sample.atMs, focus))];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  // Figures stand to the right, and each comes with its unit or none.
  const aligned = rows.map((cells) =>
    cells.map((cell, column) => (column >= FIRST_FIGURE && column < HEAD.length - 1 ? cell.padStart(widths[column] ?? 0) : cell)),
  );
  return table(aligned);
}

export function boardLine({ cpus, memoryMib, hypervisorKib }: Sample): string {
  return `board: ${String(cpus)} CPUs, ${thousands(memoryMib)} MiB, of which the hypervisor holds ${thousands(hypervisorKib)} KiB\n`;
}
