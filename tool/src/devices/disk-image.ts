/** The handset's disk: one file with a GUID partition table, a partition a volume. One that is there already is kept as it is, unless a new one is ordered. */
import { execa } from 'execa';
import { open, rename, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Disk } from '../config/check.ts';
import { removeLeftBehind } from '../files/left-behind.ts';
import { removedAfterwards } from '../files/removed-afterwards.ts';
import { findProgram } from '../programs.ts';
import { Refusal, refusing } from '../refusal.ts';

const MIB = 2 ** 20;
/** Before the first volume, and behind the last: the two partition tables, with room to spare. */
const TABLE_MIB = 1;
const SECTORS_MIB = MIB / 512;

/** Whether there is something that can be a disk. */
export async function diskExists(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => null);
  if (found !== null && !found.isFile() && !found.isBlockDevice()) throw new Refusal(`disk.file: ${file}: is neither a file nor a block device`);
  return found !== null;
}

/** Where each volume begins, in MiB; at the end, where the last one ends. */
function places({ volumes }: Disk): number[] {
  return volumes.reduce((starts, { sizeMib }) => [...starts, (starts.at(-1) ?? 0) + sizeMib], [TABLE_MIB]);
}

/** Not every search path has the folders of programs for root. */
function sfdiskProgram(): string {
  return findProgram('sfdisk', `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`) ?? 'sfdisk';
}

/** The volumes that a disk which is there has no partition for; none if its table cannot be read, which the device machine tells of. */
export async function missingVolumes(file: string, { volumes }: Disk): Promise<string[]> {
  const result = await execa(sfdiskProgram(), ['--json', file], { reject: false });
  if (result.failed) return [];
  const { partitiontable } = JSON.parse(result.stdout) as { readonly partitiontable: { readonly partitions?: readonly { readonly name?: string }[] } };
  const present = new Set(partitiontable.partitions?.map(({ name }) => name));
  return volumes.map(({ name }) => name).filter((name) => !present.has(name));
}

/** A table with the volumes, one behind the other, in the file `draft`. */
async function partition(draft: string, disk: Disk, file: string): Promise<void> {
  const starts = places(disk);
  const lines = disk.volumes.map(
    ({ name, sizeMib }, index) => `start=${String((starts[index] ?? 0) * SECTORS_MIB)}, size=${String(sizeMib * SECTORS_MIB)}, type=linux, name="${name}"`,
  );
  const result = await execa(sfdiskProgram(), ['--quiet', draft], { input: ['label: gpt', ...lines, ''].join('\n'), reject: false });
  if (result.failed) {
    const reason = [result.stderr, result.message].find((text) => text) ?? '';
    throw new Refusal(`disk.file: ${file}: sfdisk could not write its partition table: ${reason.trim().split('\n').at(-1) ?? ''}`);
  }
}

/** Copies `from` into `draft`, `startMib` from its beginning; what is zero takes no space. */
async function copyInto(draft: string, from: string, startMib: number): Promise<void> {
  const source = await open(from, 'r');
  const target = await open(draft, 'r+').catch(async (error: unknown) => {
    await source.close();
    throw error;
  });
  try {
    const piece = Buffer.alloc(MIB);
    const zeros = Buffer.alloc(MIB);
    for (let at = 0; ; ) {
      const { bytesRead } = await source.read(piece, 0, MIB, at);
      if (bytesRead === 0) return;
      if (piece.compare(zeros, 0, bytesRead, 0, bytesRead) !== 0) await target.write(piece, 0, bytesRead, startMib * MIB + at);
      at += bytesRead;
    }
  } finally {
    await source.close();
    await target.close();
  }
}

/** What is on new volumes, by their names: files that fit. */
export type VolumeFiles = ReadonlyMap<string, string>;

/** Refuses a file that its volume has no room for. */
async function checkRoom({ volumes }: Disk, contents: VolumeFiles): Promise<void> {
  for (const [index, { name, sizeMib }] of volumes.entries()) {
    const from = contents.get(name);
    if (from === undefined) continue;
    const field = `disk.volumes[${String(index)}]`;
    const mib = Math.ceil((await refusing(`${field}.content: ${from}`, () => stat(from))).size / MIB);
    if (mib > sizeMib) throw new Refusal(`${field}.content: ${from} has ${String(mib)} MiB, and sizeMib is ${String(sizeMib)}; raise that`);
  }
}

/** Makes `file`, with `contents` on its volumes, unless it is there; with `anew` in any case, and what was on it is lost. */
export async function ensureDisk(file: string, disk: Disk, contents: VolumeFiles = new Map(), { anew = false } = {}): Promise<void> {
  if ((await diskExists(file)) && !anew) return;
  await checkRoom(disk, contents);
  await refusing(`disk.file: ${file}`, async () => {
    await removeLeftBehind(dirname(file), new RegExp(`^${basename(file).replace(/[^\w-]/g, '\\$&')}\\.(\\d+)\\.draft$`));
    const draft = `${file}.${String(process.pid)}.draft`;
    await removedAfterwards(draft, async () => {
      const starts = places(disk);
      const handle = await open(draft, 'wx');
      // Sparse: a volume takes only the space of what is written to it.
      await handle.truncate(((starts.at(-1) ?? 0) + TABLE_MIB) * MIB).finally(() => handle.close());
      await partition(draft, disk, file);
      for (const [index, { name }] of disk.volumes.entries()) {
        const from = contents.get(name);
        if (from !== undefined) await copyInto(draft, from, starts[index] ?? 0);
      }
      await rename(draft, file);
    });
  });
}
