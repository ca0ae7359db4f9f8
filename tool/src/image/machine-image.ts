/**
 * A machine as the image holds it: what is copied where before its first instruction.
 */
import type { Budget } from '../config/handset-config.ts';
import { Refusal } from '../refusal.ts';
import { type GuestTreeOptions, guestTree, seedOffset } from './guest-tree.ts';
import type { Architecture } from './kernel.ts';
import { alignUp, MIB, RAM_BASE } from './virtual-handset.ts';

export interface Segment {
  /** What it is, for people: `kernel`, `initrd`, `program`. */
  readonly kind: string;
  readonly bytes: Buffer;
  readonly ipa: number;
}

export interface PlacedTree {
  readonly ipa: number;
  readonly gicv2: Buffer;
  readonly gicv3: Buffer;
  readonly seedIpa: number;
}

/** What an image's content decides; the rest of a machine comes from its configuration. */
export interface Placement {
  readonly architecture: Architecture;
  readonly segments: readonly Segment[];
  readonly entryIpa: number;
  readonly tree: PlacedTree | null;
}

/** What the manifest gives the machine that serves the others: devices of the board, each with the page of its registers and its INTID. */
export interface ControllerImage {
  readonly devices: readonly { readonly page: number; readonly intid: number }[];
}

export interface MachineImage extends Placement {
  readonly name: string;
  readonly memoryMib: number;
  readonly vcpus: number;
  readonly cpus: readonly number[] | null;
  readonly priority: number;
  readonly budget: Budget | null;
  readonly hideStolenTime: boolean;
  /** How many virtio devices it has; none if absent. */
  readonly virtioSlots?: number;
  /** What of its RAM the one that serves it sees; all if absent or null. */
  readonly shared?: { readonly ipa: number; readonly mib: number } | null;
  /** Of the machine that serves the others. */
  readonly controller?: ControllerImage | null;
}

/** Both variants of a guest's device tree, for the address `ipa`. */
export function placeTree(ipa: number, options: Omit<GuestTreeOptions, 'gic'>): PlacedTree {
  const gicv2 = guestTree({ ...options, gic: 2 });
  const gicv3 = guestTree({ ...options, gic: 3 });
  const seed = seedOffset(gicv3);
  if (seedOffset(gicv2) !== seed) throw new Error('the two variants of a guest tree keep the seed at different offsets');
  return { ipa, gicv2, gicv3, seedIpa: ipa + seed };
}

interface Range {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

function ranges(placement: Placement): Range[] {
  const list = placement.segments.map(({ kind, ipa, bytes }) => ({ kind, from: ipa, to: ipa + bytes.length }));
  const { tree } = placement;
  if (tree) {
    const bytes = Math.max(tree.gicv2.length, tree.gicv3.length);
    list.push({ kind: 'device tree', from: tree.ipa, to: tree.ipa + bytes });
  }
  return list.sort((a, b) => a.from - b.from);
}

function mibOf(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

/** Refuses what does not fit into the machine's RAM or overlaps in it; `place` names the machine's field. */
export function checkPlacement(placement: Placement, memoryMib: number, place: string, reservedBytes = 0): void {
  const list = ranges(placement);
  const ramEnd = RAM_BASE + memoryMib * MIB - reservedBytes;
  const last = list.reduce((end, range) => Math.max(end, range.to), 0);
  if (last > ramEnd) {
    const content = list.map(({ kind, from, to }) => `${kind} ${mibOf(to - from)}`);
    if (reservedBytes > 0) content.push(`screen and shared memory ${mibOf(reservedBytes)}`);
    const wanted = alignUp((last - RAM_BASE + reservedBytes) / MIB, 2);
    throw new Refusal(
      `${place}.memoryMib: ${String(memoryMib)} MiB cannot hold its image (${content.join(', ')}); it takes at least ${String(wanted)}`,
    );
  }
  list.forEach((range, index) => {
    const next = list[index + 1];
    if (next && next.from < range.to) {
      throw new Refusal(`${place}.image: ${range.kind} and ${next.kind} overlap at 0x${next.from.toString(16)}; change loadOffset`);
    }
  });
}
