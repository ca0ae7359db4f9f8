/**
 * What the hypervisor finds in a board's device tree: its own discovery, compiled for the host and run on the tree. Nothing
 * here reads the tree a second time but for the board's name and the processor that it would boot on.
 */
import { resolve } from 'node:path';
import { loadProgram, type Program } from '@thimble/compiler/host-run';
import { cellsOf, childAt, type FlatNode, readTree, textOf } from '../image/device-tree.ts';
import { projectRoot } from '../project.ts';

/** Those functions of the program that are called here. */
interface Functions {
  fdtOpen(at: bigint, bytes: number): boolean;
  fdtNext(): boolean;
  fdtMeaning(): number;
  fdtAt(property: number): number;
  boardDiscover(): boolean;
  boardRegionBase(which: number): bigint;
  boardRegionBytes(which: number): bigint;
  boardControllerKind(): number;
  boardUartKind(): number;
  boardUartSpacing(): number;
  boardUartInterrupt(): number;
  boardPrivate(which: number): number;
  boardHasTimer(): boolean;
  boardHasPsci(): boolean;
  boardCpusOff(): number;
  boardPowerOff(): void;
  cpuCount(): number;
  cpuAffinity(index: number): bigint;
  cpuReleaseAddress(index: number): bigint;
  ramBoardBytes(): bigint;
}

const PROGRAM = resolve(projectRoot, 'hypervisor/test/programs/boot-under-test.ts');
const PAGE_BYTES = 65_536;
const REGIONS = ['distributor', 'redistributors', 'uart', 'cpuInterface', 'hypervisorInterface', 'guestInterface', 'localController', 'gpuController'] as const;

export interface Region {
  readonly base: bigint;
  readonly bytes: bigint;
}

export interface DiscoveredBoard {
  readonly model: string;
  readonly regions: Readonly<Record<(typeof REGIONS)[number], Region>>;
  readonly controller: 'GICv3' | 'GICv2' | 'bcm2836';
  /** Index in uart-kinds.ts; null if there is no UART. */
  readonly uartKind: number | null;
  readonly uartSpacing: number;
  readonly uartInterrupt: number;
  /** Maintenance, physical timer, virtual timer, hypervisor timer. */
  readonly privates: readonly number[];
  readonly hasTimer: boolean;
  readonly conduit: 'smc' | 'hvc' | null;
  readonly affinities: readonly bigint[];
  readonly releaseAddresses: readonly bigint[];
  /** Processors that nothing starts. */
  readonly cpusOff: number;
  readonly ramBytes: bigint;
}

/** The affinity of the processor that a tree lists first. */
export function firstAffinity(root: FlatNode): bigint {
  const cpus = childAt(root, ['cpus']);
  const cpu = cpus?.children.find((child) => textOf(child, 'device_type') === 'cpu');
  return cpu === undefined ? 0n : cellsOf(cpu, 'reg').reduce((value, cell) => (value << 32n) | BigInt(cell), 0n);
}

export class Discovery {
  private constructor(
    private readonly program: Program<Functions>,
    private readonly calls: string[],
  ) {}

  static async load(): Promise<Discovery> {
    const calls: string[] = [];
    const conduit = (name: string) => () => {
      calls.push(name);
      return 0n;
    };
    const zero = (start: number | bigint = 0n, end: number | bigint = 0n): undefined => {
      discovery.program.memory.bytes(BigInt(start), Number(BigInt(end) - BigInt(start))).fill(0);
    };
    const hooks = { instructions_smc: conduit('smc'), instructions_hvc: conduit('hvc'), bytes_zero: zero };
    const discovery = new Discovery(await loadProgram<Functions>(PROGRAM, { hooks }), calls);
    return discovery;
  }

  /** The tree, at the end of fresh memory; up to three zero bytes follow. */
  private open(tree: Uint8Array): void {
    this.program.restart();
    const { memory } = this.program;
    memory.allocate(Math.ceil(tree.length / PAGE_BYTES) * PAGE_BYTES);
    const at = memory.view.byteLength - Math.ceil(tree.length / 4) * 4;
    memory.bytes(at, tree.length).set(tree);
    if (!this.program.functions.fdtOpen(BigInt(at), tree.length)) throw new Error('the hypervisor does not take it for a device tree');
  }

  /** What the hypervisor takes each node of `tree` for by its `compatible`. */
  meanings(tree: Uint8Array): number[] {
    this.open(tree);
    const { functions: call } = this.program;
    const meanings: number[] = [];
    while (call.fdtNext()) meanings.push(call.fdtMeaning());
    return meanings;
  }

  /** The same for the only property of each node, by its name: a number up to `last`, or 0 if it is none that the hypervisor knows. */
  properties(tree: Uint8Array, last: number): number[] {
    this.open(tree);
    const { functions: call } = this.program;
    const properties: number[] = [];
    while (call.fdtNext()) {
      let property = last;
      while (property > 0 && call.fdtAt(property) === 0) property -= 1;
      properties.push(property);
    }
    return properties;
  }

  board(tree: Buffer): DiscoveredBoard {
    const root = readTree(tree);
    this.program.registers.set('MPIDR_EL1', firstAffinity(root));
    this.open(tree);
    const { functions: call } = this.program;
    if (!call.boardDiscover()) throw new Error('the hypervisor takes the device tree for a damaged one');
    const regions = REGIONS.map((name, which) => [name, { base: call.boardRegionBase(which), bytes: call.boardRegionBytes(which) }]);
    const cpus = Array.from({ length: call.cpuCount() }, (_, index) => index);
    this.calls.length = 0;
    call.boardPowerOff();
    return {
      model: textOf(root, 'model'),
      regions: Object.fromEntries(regions) as DiscoveredBoard['regions'],
      controller: (['GICv3', 'GICv2', 'bcm2836'] as const)[call.boardControllerKind()] ?? 'GICv3',
      uartKind: call.boardRegionBytes(REGIONS.indexOf('uart')) === 0n ? null : call.boardUartKind(),
      uartSpacing: call.boardUartSpacing(),
      uartInterrupt: call.boardUartInterrupt(),
      privates: [0, 1, 2, 3].map((which) => call.boardPrivate(which)),
      hasTimer: call.boardHasTimer(),
      conduit: call.boardHasPsci() ? (this.calls.includes('hvc') ? 'hvc' : 'smc') : null,
      affinities: cpus.map((cpu) => call.cpuAffinity(cpu)),
      releaseAddresses: cpus.map((cpu) => call.cpuReleaseAddress(cpu)),
      cpusOff: call.boardCpusOff(),
      ramBytes: call.ramBoardBytes(),
    };
  }
}

/** fdt.ts, `Token`. */
