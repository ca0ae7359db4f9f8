/**
 * From whatever a configuration file exports to a handset that can be built, or to refusals that name the field.
 */
import { type Board, boards } from '../boards/index.ts';
import { Refusal } from '../refusal.ts';
import { architectureProblem } from './cpu-architectures.ts';
import { budgetProblems } from './cpu-budgets.ts';
import { issueLines } from './field-messages.ts';
import type { Budget, HandsetConfig, ImageConfig, MachineConfig, PanelConfig, VirtioConsoleConfig, VolumeConfig, WindowConfig } from './handset-config.ts';
import { deviceMachineMib, type Devices, hasDevices, MACHINE_DEVICES_MAX, virtioSlotsOf } from '../devices/device-machine.ts';
import { type Lent, lentTo } from '../devices/lending.ts';
import { type ReservedMemory, reservedMemory } from '../devices/reserved-memory.ts';
import { deviceProblems } from './device-problems.ts';
import { lendingProblems } from './lending-problems.ts';
import { handsetSchema, MACHINES_MAX } from './schema.ts';

/** A machine with every default filled in. */
export interface Machine {
  readonly name: string;
  readonly image: ImageConfig;
  readonly memoryMib: number;
  readonly vcpus: number;
  /** Null: the hypervisor deals the CPUs round robin. */
  readonly cpus: readonly number[] | null;
  readonly priority: number;
  /** Null: no limit. */
  readonly budget: Budget | null;
  readonly hideStolenTime: boolean;
  readonly volumes: readonly { readonly name: string; readonly readOnly: boolean }[];
  /** Null: it has no network device. `peers` is null for all. */
  readonly network: { readonly uplink: boolean; readonly peers: readonly string[] | null } | null;
  /** Null: it has none. */
  readonly screen: 'gpu' | 'simple' | null;
  readonly entropy: boolean;
  /** Null: it has none beside its UART. */
  readonly console: VirtioConsoleConfig | null;
  /** Whether it sees the board's clock, as each machine with devices does where there is one. */
  readonly clock: boolean;
  readonly reserved: ReservedMemory;
  /** What it shares with others, and what it has of the board's. */
  readonly lent: Lent;
  readonly ready: RegExp | null;
  /** Whether its root file system is one that somebody brought, of which nothing is known. */
  readonly hasForeignRoot: boolean;
}

export interface Disk {
  readonly file: string;
  readonly volumes: readonly VolumeConfig[];
}

export interface Handset {
  readonly board: Board;
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryMib: number;
  /** Null: no machine has a screen. */
  readonly panel: PanelConfig | null;
  readonly disk: Disk | null;
  readonly windows: readonly WindowConfig[];
  readonly machines: readonly Machine[];
}

const MEMORY_MIB_DEFAULT = 256;
const PANEL_DEFAULT: PanelConfig = { width: 720, height: 1440 };
/** Of all machines together. */
const HANDSET_VCPUS_MAX = 64;

function refuse(place: string, lines: readonly string[]): never {
  throw new Refusal(lines.map((line) => `${place}: ${line}`).join('\n'));
}

function checkShape(config: unknown, place: string): HandsetConfig {
  const checked = handsetSchema.safeParse(config);
  if (checked.success) return checked.data;
  return refuse(
    place,
    checked.error.issues.flatMap((issue) => issueLines(issue, config)),
  );
}

/** What several fields, or a field and the board, get wrong together. */
function boardProblems(handset: Handset): string[] {
  const problems: string[] = [];
  const { board, machines } = handset;
  if (!board.cpuModels.includes(handset.cpu)) {
    problems.push(`cpu: ${board.name} has ${board.cpuModels.join(', ')}, got "${handset.cpu}"`);
  }
  if (handset.cpus < board.cpusMin) {
    problems.push(`cpus: ${board.name} has at least ${String(board.cpusMin)} CPUs, got ${String(handset.cpus)}`);
  }
  if (handset.cpus > board.cpusMax) {
    problems.push(`cpus: ${board.name} has at most ${String(board.cpusMax)} CPUs, got ${String(handset.cpus)}`);
  }
  if (handset.memoryMib < board.memoryMibMin) {
    problems.push(`memoryMib: ${board.name} has at least ${String(board.memoryMibMin)} MiB, got ${String(handset.memoryMib)}`);
  }
  if (handset.memoryMib > board.memoryMibMax) {
    problems.push(`memoryMib: ${board.name} has at most ${String(board.memoryMibMax)} MiB, got ${String(handset.memoryMib)}`);
  }
  machines.forEach((machine, index) => {
    problems.push(...machineProblems(handset, machine).map((problem) => `machines[${String(index)}]${problem}`));
    const twin = machines.findIndex((other) => other.name === machine.name);
    if (twin < index) problems.push(`machines[${String(index)}].name: "${machine.name}" is also the name of machines[${String(twin)}]`);
  });
  problems.push(...budgetProblems(handset), ...deviceProblems(handset), ...lendingProblems(handset));
  return [...problems, ...sumProblems(handset)];
}

/** What all machines take together, the one that serves their devices included. */
function sumProblems(handset: Handset): string[] {
  const problems: string[] = [];
  const { machines } = handset;
  const [own, vcpusOwn, mibOwn] = hasDevices(handset) ? [' and the device machine', 1, deviceMachineMib(handset)] : ['', 0, 0];
  if (own !== '' && machines.length >= MACHINES_MAX) {
    problems.push(`machines: there are ${String(machines.length)}${own}; at most ${String(MACHINES_MAX)} can be run`);
  }
  const vcpus = machines.reduce((sum, machine) => sum + machine.vcpus, vcpusOwn);
  if (vcpus > HANDSET_VCPUS_MAX) {
    problems.push(`machines: they${own} have ${String(vcpus)} vCPUs together; at most ${String(HANDSET_VCPUS_MAX)} can be run`);
  }
  const total = machines.reduce((sum, machine) => sum + machine.memoryMib, mibOwn);
  if (total > handset.memoryMib) {
    const has = `the board has ${String(handset.memoryMib)} MiB`;
    problems.push(`machines: they${own} want ${String(total)} MiB together, ${has}; lower machines[n].memoryMib or raise memoryMib`);
  }
  return problems;
}

function machineProblems(handset: Handset, machine: Machine): string[] {
  const problems: string[] = [];
  if (machine.cpus && machine.cpus.length !== machine.vcpus) {
    problems.push(`.cpus: names ${String(machine.cpus.length)} CPUs for ${String(machine.vcpus)} vCPUs; give one for each`);
  }
  if (machine.hideStolenTime && machine.vcpus > 1) {
    problems.push(`.hideStolenTime: ${String(machine.vcpus)} vCPUs have one virtual counter, which cannot stand still for one of them; give it one vCPU`);
  }
  const architecture = 'architecture' in machine.image ? machine.image.architecture : undefined;
  const problem = architectureProblem(architecture ?? 'arm64', handset.board, handset.cpu);
  if (problem !== null) problems.push(`.image.architecture: ${problem}`);
  machine.cpus?.forEach((cpu, index) => {
    if (cpu >= handset.cpus) {
      problems.push(`.cpus[${String(index)}]: CPU ${String(cpu)}, and the board has CPUs 0 to ${String(handset.cpus - 1)}`);
    }
  });
  return problems;
}

function networkOf(network: MachineConfig['network']): Machine['network'] {
  if (network === undefined || network === false) return null;
  return network === true ? { uplink: true, peers: null } : { uplink: network.uplink ?? true, peers: network.peers ?? null };
}

function screenOf(screen: MachineConfig['screen']): Machine['screen'] {
  if (screen === undefined || screen === false) return null;
  return screen === true ? 'gpu' : screen.kind;
}

/** Its devices, of which one for entropy goes without saying where there are others, and room. */
function devicesOf(machine: MachineConfig, board: Board): Devices {
  const devices = {
    volumes: (machine.volumes ?? []).map(({ name, readOnly }) => ({ name, readOnly: readOnly ?? false })),
    network: networkOf(machine.network),
    screen: screenOf(machine.screen),
    entropy: machine.entropy ?? false,
    console: machine.console ?? null,
  };
  const slots = virtioSlotsOf(devices);
  return { ...devices, entropy: machine.entropy ?? (slots > 0 && slots < MACHINE_DEVICES_MAX && board.virtio !== null) };
}

function machineOf(machine: MachineConfig, board: Board, { panel = PANEL_DEFAULT, windows = [], disk }: HandsetConfig): Machine {
  const memoryMib = machine.memoryMib ?? MEMORY_MIB_DEFAULT;
  const devices = devicesOf(machine, board);
  return {
    name: machine.name,
    image: machine.image,
    memoryMib,
    vcpus: machine.vcpus ?? machine.cpus?.length ?? 1,
    cpus: machine.cpus ?? null,
    priority: machine.priority ?? 0,
    budget: machine.budget ?? null,
    hideStolenTime: machine.hideStolenTime ?? false,
    ...devices,
    clock: board.clock !== null && virtioSlotsOf(devices) > 0,
    reserved: reservedMemory({ memoryMib, simpleScreen: devices.screen === 'simple' ? panel : null, poolMib: machine.sharedMib ?? null }),
    lent: lentTo(machine.name, virtioSlotsOf(devices), machine.boardDevices ?? [], windows),
    ready: machine.ready ?? null,
    hasForeignRoot: hasForeignRoot(machine, disk),
  };
}

function hasForeignRoot({ image }: MachineConfig, disk: HandsetConfig['disk']): boolean {
  if (image.kind !== 'linux' || image.root === undefined) return false;
  const content = disk?.volumes.find(({ name }) => name === image.root)?.content;
  return content === undefined || typeof content === 'string';
}

/** The handset that `config` describes; `place` (the configuration file's name) leads every refusal. */
export function checkHandset(config: unknown, place: string): Handset {
  const shape = checkShape(config, place);
  const board: Board = boards[shape.board ?? 'qemu-virt'];
  const handset: Handset = {
    board,
    cpu: shape.cpu ?? board.cpuModels[0],
    cpus: shape.cpus ?? board.cpus,
    memoryMib: shape.memoryMib ?? board.memoryMib,
    panel: shape.machines.some(({ screen }) => screen) ? (shape.panel ?? PANEL_DEFAULT) : null,
    disk: shape.disk ?? null,
    windows: shape.windows ?? [],
    machines: shape.machines.map((machine) => machineOf(machine, board, shape)),
  };
  const problems = boardProblems(handset);
  if (problems.length > 0) refuse(place, problems);
  return handset;
}
