/** The table of machines that a person asks for: state, memory, CPUs, and CPU use between two statuses. */
import { table, thousands } from '../commands/figures.ts';
import { cpuShare, type HandsetStatus, type MachineStatus } from '../serial/status.ts';

function share(before: HandsetStatus, after: HandsetStatus, { index, state }: MachineStatus): string {
  if (state !== 'running') return '–';
  const used = cpuShare(before, after, index);
  return used === null ? '?' : `${(used * 100).toFixed(1)} %`;
}

function cpus(machine: MachineStatus): string {
  const where = [...new Set(machine.vcpus.map(({ cpu }) => cpu))].join(', ');
  return `${String(machine.vcpus.length)} on CPU ${where}`;
}

/** `focused` is the index of the machine that has the keyboard, or null. */
export function machineList(before: HandsetStatus, after: HandsetStatus, focused: number | null): string {
  const rows = after.machines.map((machine) => [
    `${machine.index === focused ? '>' : ' '} ${String(machine.index + 1)} ${machine.name}`,
    machine.state,
    `${thousands(machine.memoryMib)} MiB`,
    cpus(machine),
    `CPU use ${share(before, after, machine)}`,
  ]);
  const board = `board: ${String(after.cpus)} CPUs, ${thousands(Math.round(after.memoryKib / 1024))} MiB, of which the hypervisor holds ${thousands(after.hypervisorKib)} KiB`;
  return `${table(rows)}${board}\n`;
}
