/** The handset's disk: one file with a GUID partition table, a partition a volume. One that is there already is kept as it is. */
import { execa } from 'execa';
import { open, rename, rm, stat } from 'node:fs/promises';
import type { Disk } from '../config/check.ts';
import { findProgram } from '../programs.ts';
import { Refusal, refusing } from '../refusal.ts';

const MIB = 2 ** 20;
/** For the two partition tables, with room to spare. */
const TABLES_MIB = 2;

/** Whether there is something that can be a disk. */
async function exists(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => null);
  if (found !== null && !found.isFile() && !found.isBlockDevice()) throw new Refusal(`disk.file: ${file}: is neither a file nor a block device`);
  return found !== null;
}

/** A table with the volumes, one behind the other, in the file `draft`. */
async function partition(draft: string, { volumes }: Disk, file: string): Promise<void> {
  // Not every search path has the folders of programs for root.
  const sfdisk = findProgram('sfdisk', `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`) ?? 'sfdisk';
  const lines = volumes.map(({ name, sizeMib }) => `size=${String(sizeMib)}MiB, type=linux, name="${name}"`);
  const result = await execa(sfdisk, ['--quiet', draft], { input: ['label: gpt', 'first-lba: 2048', ...lines, ''].join('\n'), reject: false });
  if (result.failed) {
    const reason = [result.stderr, result.message].find((text) => text) ?? '';
    throw new Refusal(`disk.file: ${file}: sfdisk could not write its partition table: ${reason.trim().split('\n').at(-1) ?? ''}`);
  }
}

/** Makes `file` unless it is there. */
export async function ensureDisk(file: string, disk: Disk): Promise<void> {
  if (await exists(file)) return;
  await refusing(`disk.file: ${file}`, async () => {
    const draft = `${file}.${String(process.pid)}.draft`;
    try {
      const mebibytes = disk.volumes.reduce((sum, { sizeMib }) => sum + sizeMib, TABLES_MIB);
      const handle = await open(draft, 'wx');
      // Sparse: a volume takes only the space of what is written to it.
      await handle.truncate(mebibytes * MIB).finally(() => handle.close());
      await partition(draft, disk, file);
      await rename(draft, file);
    } finally {
      await rm(draft, { force: true });
    }
  });
}
