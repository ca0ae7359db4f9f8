/**
 * Reading a built image back: what `inspect` prints and what `run FILE` must know of a file it did not build.
 */
import type { Budget } from '../config/handset-config.ts';
import { Refusal } from '../refusal.ts';
import { hasArm64Magic, readHeader } from './arm64-header.ts';
import { cellsOf, DamagedTree, type FlatNode, readTree, textOf, childAt } from './device-tree.ts';
import type { Architecture } from './kernel.ts';
import { MANIFEST_COMPATIBLE } from './manifest.ts';
import { PAGE_BYTES } from './virtual-handset.ts';

export interface SegmentContents {
  /** `entry` holds the first instruction, `initrd` is what the device tree calls so. */
  readonly kind: 'entry' | 'initrd' | 'device tree' | 'other';
  readonly offset: number;
  readonly bytes: number;
  readonly ipa: number;
}

export interface MachineContents {
  readonly name: string;
  readonly memoryMib: number;
  readonly vcpus: number;
  readonly architecture: Architecture;
  readonly cpus: readonly number[] | null;
  readonly priority: number;
  /** Null: no limit. */
  readonly budget: Budget | null;
  readonly hideStolenTime: boolean;
  readonly entryIpa: number;
  readonly segments: readonly SegmentContents[];
  readonly deviceTrees: readonly ({ readonly gic: 2 | 3 } & SegmentContents)[];
  readonly commandLine: string | null;
}

export interface ImageContents {
  readonly fileBytes: number;
  readonly hypervisorBytes: number;
  readonly workspaceBytes: number;
  readonly manifestOffset: number;
  /** RAM that no machine can have: the file, the workspace, and the tables of the machines' addresses. */
  readonly heldBytes: number;
  /** The machine that serves the others' devices; null where they have none. */
  readonly controller: string | null;
  readonly machines: readonly MachineContents[];
}

const REBUILD = 'build the image again: npm run thimble -- build';

function segmentsOf(node: FlatNode, entryIpa: number, initrdIpa: number): SegmentContents[] {
  const cells = cellsOf(node, 'segments');
  return Array.from({ length: Math.floor(cells.length / 3) }, (_, index) => {
    const [offset = 0, bytes = 0, ipa = 0] = cells.slice(index * 3, index * 3 + 3);
    const kind = entryIpa >= ipa && entryIpa < ipa + bytes ? 'entry' : ipa === initrdIpa ? 'initrd' : 'other';
    return { kind, offset, bytes, ipa };
  });
}

function deviceTreesOf(node: FlatNode): MachineContents['deviceTrees'] {
  const [ipa = 0] = cellsOf(node, 'device-tree');
  return ([2, 3] as const).flatMap((gic) => {
    const [offset, bytes] = cellsOf(node, `device-tree-gicv${String(gic)}`);
    return offset === undefined || bytes === undefined ? [] : [{ kind: 'device tree' as const, gic, offset, bytes, ipa }];
  });
}

/** What the guest will read under /chosen. */
function chosenOf(file: Buffer, tree: SegmentContents | undefined): { commandLine: string | null; initrdIpa: number } {
  const chosen = tree ? childAt(readTree(file.subarray(tree.offset)), ['chosen']) : null;
  if (!chosen) return { commandLine: null, initrdIpa: 0 };
  const [high = 0, low = 0] = cellsOf(chosen, 'linux,initrd-start');
  return { commandLine: textOf(chosen, 'bootargs'), initrdIpa: high * 2 ** 32 + low };
}

function checkInside(file: Buffer, node: FlatNode, parts: readonly SegmentContents[]): void {
  for (const { offset, bytes } of parts) {
    if (offset + bytes > file.length) throw new DamagedTree(`machine ${node.name} has content past the end of the file`);
  }
}

/**
 * One table for the whole, and one for each GiB, in blocks of 2 MiB, of which one behind the RAM shows a page by a table of its own
 * (hypervisor/src/stage2.ts).
 */
function tableBytes(memoryMib: number): number {
  return PAGE_BYTES * (3 + Math.ceil((memoryMib + 2) / 1024));
}

function machineOf(file: Buffer, node: FlatNode): MachineContents {
  const cell = (name: string): number => cellsOf(node, name)[0] ?? 0;
  const deviceTrees = deviceTreesOf(node);
  checkInside(file, node, deviceTrees);
  const { commandLine, initrdIpa } = chosenOf(file, deviceTrees[0]);
  const entryIpa = cell('entry');
  const segments = segmentsOf(node, entryIpa, initrdIpa);
  checkInside(file, node, segments);
  return {
    name: node.name,
    memoryMib: cell('memory-mib'),
    vcpus: cell('vcpus'),
    architecture: node.properties.has('aarch32') ? 'arm' : 'arm64',
    cpus: node.properties.has('cpus') ? cellsOf(node, 'cpus') : null,
    priority: cell('priority'),
    budget: cell('budget-us') === 0 ? null : { us: cell('budget-us'), periodUs: cell('period-us') },
    hideStolenTime: node.properties.has('hide-stolen-time'),
    entryIpa,
    segments,
    deviceTrees,
    commandLine,
  };
}

/** What the image `file` holds; `place` (its name) leads every refusal. */
export function readImage(file: Buffer, place: string): ImageContents {
  if (!hasArm64Magic(file)) throw new Refusal(`${place}: no arm64 Image (no "ARM\\x64" at offset 0x38); ${REBUILD}`);
  const { manifestOffset, workspaceBytes } = readHeader(file);
  if (manifestOffset === 0) throw new Refusal(`${place}: an arm64 Image without a Thimble manifest; ${REBUILD}`);
  try {
    const root = readTree(file.subarray(manifestOffset));
    if (textOf(root, 'compatible') !== MANIFEST_COMPATIBLE) throw new DamagedTree(`it is not ${MANIFEST_COMPATIBLE}`);
    const [fileBytes = 0] = cellsOf(root, 'file-bytes');
    if (fileBytes !== file.length) {
      throw new DamagedTree(`the file should have ${String(fileBytes)} bytes and has ${String(file.length)}`);
    }
    const machines = root.children.map((child) => machineOf(file, child));
    return {
      fileBytes,
      hypervisorBytes: manifestOffset,
      workspaceBytes,
      manifestOffset,
      heldBytes: fileBytes + workspaceBytes + machines.reduce((sum, { memoryMib }) => sum + tableBytes(memoryMib), 0),
      controller: machines[cellsOf(root, 'controller')[0] ?? -1]?.name ?? null,
      machines,
    };
  } catch (error) {
    if (error instanceof DamagedTree) throw new Refusal(`${place}: damaged manifest: ${error.message}; ${REBUILD}`);
    throw error;
  }
}
