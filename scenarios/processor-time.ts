/** How much processor time machines had between two statuses. */
import type { HandsetStatus } from 'thimble';

function total(status: HandsetStatus, name: string): number {
  const machine = status.machines.find((candidate) => candidate.name === name);
  if (!machine) throw new Error(`the status knows no machine ${name}`);
  return machine.vcpus.reduce((sum, vcpu) => sum + vcpu.ticksRun, 0);
}

/** Ticks that the machine `name` ran from `before` to `after`. */
export function ticksRun(before: HandsetStatus, after: HandsetStatus, name: string): number {
  return total(after, name) - total(before, name);
}

/** Each machine's share of one CPU, 0 to 1 a vCPU, from `before` to `after`. */
export function cpuShares(before: HandsetStatus, after: HandsetStatus): number[] {
  return after.machines.map(({ name }) => ticksRun(before, after, name) / (after.counter - before.counter));
}
