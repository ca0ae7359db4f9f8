import { describe, expect, it } from 'vitest';
import type { HandsetStatus, MachineState } from '../serial/status.ts';
import { machineList } from './machine-list.ts';

function status(counter: number, ticksRun: number, state: MachineState = 'running'): HandsetStatus {
  const vcpu = { index: 0, cpu: 1, state: 'running', ticksRun, exits: 0, wakeUps: 0, ticksStolen: 0 } as const;
  return {
    cpus: 2,
    memoryKib: 1048576,
    hypervisorKib: 512,
    counterHz: 1000,
    counter,
    machines: [{ index: 0, name: 'work', state, memoryMib: 256, vcpus: [vcpu] }],
  };
}

describe('the list of machines', () => {
  it('shows state, memory, CPUs and what was used between two statuses', () => {
    expect(machineList(status(1000, 100), status(2000, 350), 0)).toBe(
      '> 1 work  running  256 MiB  1 on CPU 1  CPU use 25.0 %\n' +
        'board: 2 CPUs, 1,024 MiB, of which the hypervisor holds 512 KiB\n',
    );
  });

  it('shows no use of a machine that does not run', () => {
    expect(machineList(status(1, 0), status(2, 0, 'stopped'), null)).toContain('  1 work  stopped  256 MiB  1 on CPU 1  CPU use –');
  });
});
