/**
 * The hypervisor's answer to a status request: lines that start with `~`. docs/abi.md §3 lists their fields.
 */
/** `waiting`: to be started by the machine that serves its devices. `paused`: as it was, until it is resumed. */
export type MachineState = 'off' | 'running' | 'stopped' | 'waiting' | 'paused';
/** `blocked`: it has written to a device, which is being dealt with. */
export type VcpuState = 'off' | 'runnable' | 'loading' | 'waiting' | 'running' | 'blocked';

const MACHINE_STATES: readonly MachineState[] = ['off', 'running', 'stopped', 'waiting', 'paused'];
const VCPU_STATES: readonly VcpuState[] = ['off', 'runnable', 'loading', 'waiting', 'running', 'blocked'];

export interface VcpuStatus {
  readonly index: number;
  readonly cpu: number;
  readonly state: VcpuState;
  readonly ticksRun: number;
  readonly exits: number;
  readonly wakeUps: number;
  /** Ticks in which it could have run and did not. */
  readonly ticksStolen: number;
}

export interface MachineStatus {
  readonly index: number;
  readonly name: string;
  readonly state: MachineState;
  readonly memoryMib: number;
  readonly vcpus: readonly VcpuStatus[];
}

export interface HandsetStatus {
  readonly cpus: number;
  readonly memoryKib: number;
  readonly hypervisorKib: number;
  readonly counterHz: number;
  readonly counter: number;
  readonly machines: readonly MachineStatus[];
}

export const STATUS_MARK = '~';
const STATUS_END = '~.';

interface Draft {
  board: number[];
  machines: (Omit<MachineStatus, 'vcpus'> & { vcpus: VcpuStatus[] })[];
}

function numbers(fields: readonly string[], count: number): number[] {
  if (fields.length < count) throw new Error(`a status line has ${String(fields.length)} fields instead of ${String(count)}`);
  return fields.map((field) => {
    if (!/^[0-9a-f]+$/i.test(field)) throw new Error(`a status line holds "${field}" where a hexadecimal number belongs`);
    return Number.parseInt(field, 16);
  });
}

function stateOf<T>(states: readonly T[], number: number): T {
  const state = states[number];
  if (state === undefined) throw new Error(`a status line holds the unknown state ${String(number)}`);
  return state;
}

function takeMachine(draft: Draft, fields: readonly string[]): void {
  const [indexText = '', name = '', ...rest] = fields;
  const [index = 0] = numbers([indexText], 1);
  const [state = 0, memoryMib = 0] = numbers(rest, 3);
  draft.machines.push({ index, name, state: stateOf(MACHINE_STATES, state), memoryMib, vcpus: [] });
}

function takeVcpu(draft: Draft, fields: readonly string[]): void {
  const [machine, index = 0, cpu = 0, state = 0, ticksRun = 0, exits = 0, wakeUps = 0, ticksStolen = 0] = numbers(fields, 8);
  const owner = draft.machines.find((candidate) => candidate.index === machine);
  if (!owner) throw new Error(`a status line tells of a vCPU of the unknown machine ${String(machine)}`);
  owner.vcpus.push({ index, cpu, state: stateOf(VCPU_STATES, state), ticksRun, exits, wakeUps, ticksStolen });
}

/** Gathers status lines; `push` returns the status with its last line, and null before. */
export class StatusReader {
  private draft: Draft = { board: [], machines: [] };

  push(line: string): HandsetStatus | null {
    if (line === STATUS_END) return this.finish();
    const [mark, ...fields] = line.trimEnd().split(' ');
    if (mark === '~b') this.draft = { board: numbers(fields, 5), machines: [] };
    else if (mark === '~m') takeMachine(this.draft, fields);
    else if (mark === '~v') takeVcpu(this.draft, fields);
    return null;
  }

  private finish(): HandsetStatus {
    const { board, machines } = this.draft;
    this.draft = { board: [], machines: [] };
    const [cpus = 0, memoryKib = 0, hypervisorKib = 0, counterHz = 0, counter = 0] = board;
    return { cpus, memoryKib, hypervisorKib, counterHz, counter, machines };
  }
}

/** The share of one CPU, 0 to 1 a vCPU, that a machine used between two statuses; null if no time passed. */
export function cpuShare(before: HandsetStatus, after: HandsetStatus, machineIndex: number): number | null {
  const elapsed = after.counter - before.counter;
  if (elapsed <= 0) return null;
  const ticks = (status: HandsetStatus): number =>
    status.machines.find(({ index }) => index === machineIndex)?.vcpus.reduce((sum, vcpu) => sum + vcpu.ticksRun, 0) ?? 0;
  return Math.max(0, ticks(after) - ticks(before)) / elapsed;
}
