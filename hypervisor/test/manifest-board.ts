/** A board with four processors and RAM, a bootable file in it, and the serial line: what the manifest is read on. */
import type { BootFunctions } from './boot-functions.ts';
import { lookUp, mappings } from './el2-space.ts';
import { load, type ProgramUnderTest } from './program-under-test.ts';
import { SerialLine } from './serial-line.ts';
import type { TreeNode, Value } from './tree-writer.ts';

export const RAM_IPA = 0x4000_0000;
export const MIB = 1n << 20n;
export const FILE_BYTES = 0x40_0000;
/** Physical. */
export const IMAGE = 0x4020_0000n;
const IMAGE_AND_WORKSPACE_BYTES = BigInt(FILE_BYTES) + 0x10_0000n;
const RAM = 0x4000_0000n;
const WORKSPACE_VA = 0x3c01_0000n;
const FRAMES_VA = 0x3c08_0000n;
const UART = 0x3c20_0000n;
const LINE_BYTES = 64n;
/** The first row of src/uart-kinds.ts, as it is. */
const PL011 = 0;
const SPACING_USUAL = 8;

export interface Copy { readonly source: bigint; readonly target: bigint; readonly bytes: bigint }
export type Machine = Readonly<Record<string, Value>>;

export class ManifestBoard {
  readonly line = new SerialLine(UART);
  /** What the loader copied, by physical address. */
  readonly copies: Copy[] = [];
  /** Physical addresses of the cache lines that were written back. */
  readonly cleaned: bigint[] = [];
  /** Whether its processors have AArch32 at EL1. */
  hasAarch32 = false;
  boot!: ProgramUnderTest<BootFunctions>;

  async start(): Promise<void> {
    this.boot = await load<BootFunctions>('boot-under-test', {
      mmio: this.line,
      registers: { CNTFRQ_EL0: 62_500_000n },
      hooks: {
        linker_symbol___workspace_end: () => FRAMES_VA,
        bytes_copyLines: (target = 0n, source = 0n, lines = 0n) => this.#copy(BigInt(target), BigInt(source), BigInt(lines)),
        asm_dc: (va = 0n) => void this.cleaned.push(this.#physical(BigInt(va), 1n, true)),
      },
    });
    this.boot.reset();
  }

  #physical(va: bigint, bytes: bigint, toWrite: boolean): bigint {
    const found = lookUp(mappings(this.boot.program.memory, WORKSPACE_VA, (pa) => pa), va);
    if (found === undefined || (toWrite && !found.writable)) throw new Error(`the loader touches 0x${va.toString(16)}, which is not mapped so`);
    if (va + bytes > found.va + found.bytes) throw new Error(`the loader runs past the end of its window at 0x${va.toString(16)}`);
    return found.pa + (va - found.va);
  }

  #copy(target: bigint, source: bigint, lines: bigint): undefined {
    if (lines === 0n) throw new Error('copyLines of no lines never ends');
    if (((target | source) & (LINE_BYTES - 1n)) !== 0n) throw new Error('copyLines of unaligned addresses');
    const bytes = lines * LINE_BYTES;
    this.copies.push({ source: this.#physical(source, bytes, false), target: this.#physical(target, bytes, true), bytes });
  }

  /** A fresh board of `ramMib` MiB, and the manifest read on it. */
  read(manifest: Uint8Array, ramMib = 4096, fileBytes = FILE_BYTES): boolean {
    const { boot } = this;
    boot.reset();
    boot.program.memory.bytes(WORKSPACE_VA, 0x3000).fill(0);
    this.line.take();
    this.copies.length = 0;
    this.cleaned.length = 0;
    boot.call.uartUse(UART, PL011, SPACING_USUAL);
    for (let cpu = 0; cpu < 4; cpu += 1) boot.call.cpuAdd(BigInt(cpu));
    boot.program.registers.set('TPIDR_EL2', boot.call.cpuAddress(0));
    boot.program.registers.set('ID_AA64PFR0_EL1', this.hasAarch32 ? 0x22n : 0x12n);
    boot.call.ramAddBank(RAM, BigInt(ramMib) * MIB);
    boot.call.boardReserve(IMAGE, IMAGE_AND_WORKSPACE_BYTES);
    if (!boot.call.fdtOpen(boot.placeAtEnd(manifest), manifest.length)) throw new Error('the manifest is no device tree at all');
    return boot.call.manifestRead(BigInt(fileBytes));
  }
}

/** A machine that is as it should be. */
export const GOOD: Machine = {
  'memory-mib': [64], vcpus: [1], priority: [1], entry: [RAM_IPA + 0x20_0000],
  segments: [0x1000, 0x3000, RAM_IPA + 0x20_0000, 0x4000, 100, RAM_IPA + 0x100_0000],
  'device-tree-gicv2': [0x5000, 0x400], 'device-tree-gicv3': [0x6000, 0x480], 'device-tree': [RAM_IPA + 0x180_0000], seed: [RAM_IPA + 0x180_1000],
};

/** `GOOD` with properties changed, or left out where they are null. */
export function machine(changes: Readonly<Record<string, Value | null>> = {}): Machine {
  const all: Record<string, Value | null> = { ...GOOD, ...changes };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, Value] => entry[1] !== null));
}

export function manifestTree(machines: Readonly<Record<string, Machine>>, root: Readonly<Record<string, Value>> = {}): TreeNode {
  return {
    name: '',
    properties: { compatible: 'thimble,manifest-1', 'file-bytes': [FILE_BYTES], ...root },
    children: Object.entries(machines).map(([name, properties]) => ({ name, properties })),
  };
}
