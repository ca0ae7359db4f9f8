/**
 * Where a flat binary (another system, or a program of ours) and its device tree go.
 *
 * The binary's own variables and stack follow it in memory, to an extent that nobody states. Initial RAM disk and
 * device tree therefore lie at the far end of RAM.
 */
import type { Lent } from '../devices/lending.ts';
import { Refusal } from '../refusal.ts';
import { describeElf } from './foreign-file.ts';
import type { ReservedMemory } from '../devices/reserved-memory.ts';
import type { Architecture } from './kernel.ts';
import { type Placement, placeTree, type Segment } from './machine-image.ts';
import { alignUp, MIB, PAGE_BYTES, RAM_BASE } from './virtual-handset.ts';

export const LOAD_OFFSET_DEFAULT = 0x8_0000;
/** Room for either variant of the device tree. */
const TREE_BYTES = 0x1_0000;

export interface FlatParts {
  readonly kind: 'flat' | 'program' | 'u-boot';
  readonly architecture: Architecture;
  readonly bytes: Buffer;
  readonly loadOffset: number;
  readonly initrd: Buffer | null;
  readonly commandLine: string;
  readonly deviceTree: boolean;
  /** From the start of RAM; null: at its end. */
  readonly deviceTreeOffset: number | null;
  readonly memoryMib: number;
  readonly vcpus: number;
  readonly virtioSlots?: number | undefined;
  readonly reserved?: ReservedMemory | undefined;
  readonly hasClock?: boolean | undefined;
  readonly lent?: Lent | undefined;
}

/** Refuses what is certainly no flat binary; `place` leads the refusal. */
export function checkFlatFile(bytes: Buffer, place: string): void {
  if (bytes.length === 0) throw new Refusal(`${place}: the file is empty; give a flat binary`);
  const elf = describeElf(bytes);
  if (elf !== null) throw new Refusal(`${place}: ${elf}`);
}

export function placeFlat(parts: FlatParts): Placement {
  const { initrd, memoryMib, vcpus, commandLine, virtioSlots, reserved, hasClock, lent } = parts;
  const entryIpa = RAM_BASE + parts.loadOffset;
  const segments: Segment[] = [{ kind: parts.kind, bytes: parts.bytes, ipa: entryIpa }];
  const farEnd = RAM_BASE + memoryMib * MIB - (reserved?.all.bytes ?? 0) - TREE_BYTES;
  const treeIpa = parts.deviceTreeOffset === null ? farEnd : RAM_BASE + parts.deviceTreeOffset;
  const initrdIpa = farEnd - alignUp(initrd?.length ?? 0, PAGE_BYTES);
  if (initrd) segments.push({ kind: 'initrd', bytes: initrd, ipa: initrdIpa });
  const tree = placeTree(treeIpa, {
    vcpus,
    memoryMib,
    commandLine,
    virtioSlots,
    reserved,
    hasClock,
    lent,
    initrd: initrd && { ipa: initrdIpa, bytes: initrd.length },
  });
  return { architecture: parts.architecture, segments, entryIpa, tree: parts.deviceTree || initrd ? tree : null };
}
