/** The cost of single operations, as guest programs of ours measure them. */
import { defineHandset, type MachineConfig, program } from '../config/handset-config.ts';
import { guestFigures } from './guest-figures.ts';
import { INSTRUCTIONS_PER_TICK } from './instruction-clock.ts';
import type { Measurement } from './measurement.ts';

/** Instructions in one round of guests/src/measure-switch.ts. */
const ROUND_INSTRUCTIONS = 8;

function machine(name: string, guest: string, more: Partial<MachineConfig> = {}): MachineConfig {
  return { name, memoryMib: 16, image: program({ entry: `guests/src/${guest}.ts`, deviceTree: false }), ...more };
}

const oneCpu = defineHandset({ cpus: 1, memoryMib: 256, machines: [machine('measure', 'measure')] });
const twoCpus = defineHandset({ cpus: 2, memoryMib: 256, machines: [machine('measure', 'measure-ipi', { vcpus: 2, cpus: [0, 1] })] });
const twoMachines = defineHandset({
  cpus: 1,
  memoryMib: 256,
  machines: ['left', 'right'].map((name) => machine(name, 'measure-switch')),
});

export const operations: Measurement = {
  keys: [
    'hypercall', 'uartRead', 'distributorRead', 'enableRead', 'selfSgi', 'timer', 'sleepWake', 'consoleByte', 'consoleBytePolled',
    'bootToGuest',
  ],
  what: 'single operations',
  async measure(progress) {
    const [figures = new Map<string, number>()] = await guestFigures(oneCpu, progress);
    return figures;
  },
};

export const interProcessor: Measurement = {
  keys: ['ipi', 'ipiOneWay'],
  what: 'interrupts between two CPUs',
  async measure(progress) {
    const [figures = new Map<string, number>()] = await guestFigures(twoCpus, progress);
    return figures;
  },
};

/** The window less the instructions of all rounds, by the number of switches. */
export function instructionsASwitch(machines: readonly ReadonlyMap<string, number>[]): number {
  const sum = (name: string): number => machines.reduce((total, figures) => total + (figures.get(name) ?? 0), 0);
  const window = (machines[0]?.get('ticks') ?? 0) * INSTRUCTIONS_PER_TICK;
  return Math.round((window - sum('rounds') * ROUND_INSTRUCTIONS) / sum('absences'));
}

export const machineSwitch: Measurement = {
  keys: ['switch'],
  what: 'turns of two machines on one CPU',
  async measure(progress) {
    return new Map([['switch', instructionsASwitch(await guestFigures(twoMachines, progress))]]);
  },
};
