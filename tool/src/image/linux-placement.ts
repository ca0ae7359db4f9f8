/**
 * Where a Linux kernel, its initial RAM disk and its device tree go.
 *
 * The same places that QEMU's own boot loader chooses, so that a guest and the same kernel without a hypervisor
 * differ in nothing but the hypervisor:
 *
 *     RAM + 2 MiB + text_offset     kernel, with its zeroed variables behind it
 *     RAM + 64 KiB                  a zImage instead, which unpacks itself to the start of RAM
 *     RAM + half, at most 128 MiB   initial RAM disk, or later if the kernel reaches that far
 *     next 2 MiB boundary           device tree
 */
import type { ReservedMemory } from '../devices/reserved-memory.ts';
import type { Lent } from '../devices/lending.ts';
import type { Kernel } from './kernel.ts';
import { type Placement, placeTree, type Segment } from './machine-image.ts';
import { alignUp, MIB, PAGE_BYTES, RAM_BASE } from './virtual-handset.ts';

const INITRD_OFFSET_MAX = 128 * MIB;
const TREE_ALIGNMENT = 2 * MIB;
/** QEMU keeps its own few instructions below a kernel whose text offset would put it there. */
const BOOT_LOADER_BYTES = 4096;

export interface LinuxParts {
  readonly kernel: Kernel;
  readonly initrd: Buffer | null;
  readonly commandLine: string;
  readonly memoryMib: number;
  readonly vcpus: number;
  readonly virtioSlots?: number | undefined;
  readonly reserved?: ReservedMemory | undefined;
  readonly hasClock?: boolean | undefined;
  readonly lent?: Lent | undefined;
}

export function placeLinux(parts: LinuxParts): Placement {
  const { kernel, initrd, memoryMib, vcpus, commandLine, virtioSlots, reserved, hasClock, lent } = parts;
  const { architecture, textOffset, memoryBytes } = kernel;
  const kernelIpa = RAM_BASE + textOffset + (textOffset < BOOT_LOADER_BYTES ? 2 * MIB : 0);
  const kernelEnd = kernelIpa + memoryBytes;
  const middle = RAM_BASE + Math.min((memoryMib * MIB) / 2, INITRD_OFFSET_MAX);
  const initrdIpa = alignUp(Math.max(middle, kernelEnd), PAGE_BYTES);
  const treeIpa = alignUp(initrdIpa + (initrd?.length ?? 0), TREE_ALIGNMENT);
  const segments: Segment[] = [{ kind: 'kernel', bytes: kernel.bytes, ipa: kernelIpa }];
  if (initrd) segments.push({ kind: 'initrd', bytes: initrd, ipa: initrdIpa });
  return {
    architecture,
    segments,
    entryIpa: kernelIpa,
    tree: placeTree(treeIpa, {
      vcpus,
      memoryMib,
      commandLine,
      virtioSlots,
      reserved,
      hasClock,
      lent,
      initrd: initrd && { ipa: initrdIpa, bytes: initrd.length },
    }),
  };
}
