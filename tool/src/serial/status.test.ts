import { describe, expect, it } from 'vitest';
import { cpuShare, type HandsetStatus, StatusReader } from './status.ts';

function read(lines: readonly string[]): HandsetStatus {
  const reader = new StatusReader();
  for (const line of lines) {
    const status = reader.push(line);
    if (status) return status;
  }
  throw new Error('the status never ended');
}

const lines = [
  '~b 2 100000 200 3b9aca0 1000',
  '~m 0 personal 1 100 1',
  '~v 0 0 0 4 800 1f 3 10',
  '~m 1 work 2 80 1',
  '~v 1 0 1 3 100 2 1 0',
  '~.',
];

describe('a status', () => {
  it('is read from its lines', () => {
    const status = read(lines);
    expect(status).toMatchObject({ cpus: 2, memoryKib: 1048576, hypervisorKib: 512, counterHz: 62_500_000, counter: 4096 });
    expect(status.machines[0]).toMatchObject({ name: 'personal', state: 'running', memoryMib: 256 });
    expect(status.machines[0]?.vcpus[0]).toEqual({
      index: 0,
      cpu: 0,
      state: 'running',
      ticksRun: 0x800,
      exits: 0x1f,
      wakeUps: 3,
      ticksStolen: 0x10,
    });
    expect(status.machines[1]).toMatchObject({ name: 'work', state: 'stopped' });
  });

  it('tells of what waits for the device machine', () => {
    const [machine] = read(['~b 2 100000 200 3b9aca0 1000', '~m 0 personal 3 100 1', '~v 0 0 0 5 800 1f 3 10', '~.']).machines;
    expect([machine?.state, machine?.vcpus[0]?.state]).toEqual(['waiting', 'blocked']);
  });

  it('tells of what was paused', () => {
    expect(read(['~b 2 100000 200 3b9aca0 1000', '~m 0 personal 4 100 1', '~v 0 0 0 1 800 1f 3 10', '~.']).machines[0]?.state).toBe('paused');
  });

  it('gives the share of a CPU that a machine used since another', () => {
    const later = read(['~b 2 100000 200 3b9aca0 2000', '~m 0 personal 1 100 1', '~v 0 0 0 4 1000 1f 3 10', '~.']);
    expect(cpuShare(read(lines), later, 0)).toBe(0.5);
    expect(cpuShare(later, later, 0)).toBeNull();
  });

  it.each(['~m 0 personal 1 100', '~m 0 personal 7 100 1', '~v 5 0 0 0 0 0 0 0', '~b 2 zz 1 1 1'])(
    'with the damaged line %s is an error',
    (line) => {
      expect(() => new StatusReader().push(line)).toThrow(/a status line/);
    },
  );
});
