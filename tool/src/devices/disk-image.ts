/** The handset's disk: one file with a GUID partition table, a partition a volume. One that is there already is kept as it is. */
import { execa } from 'execa';
import { open, rename, rm, stat } from 'node:fs/promises';
import { findProgram } from '../programs.ts';
import type { Disk } from '../config/check.ts';
import { refusing } from '../refusal.ts';

const MIB = 2 ** 20;
/** For the two partition tables, with room to spare. */
const TABLES_MIB = 2;

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
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
      await handle.truncate(mebibytes * MIB);
      await handle.close();
      const partitions = disk.volumes.map(({ name, sizeMib }) => `size=${String(sizeMib)}MiB, type=linux, name="${name}"`);
      await execa(findProgram('sfdisk', `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`) ?? 'sfdisk', ['--quiet', draft], { input: ['label: gpt', 'first-lba: 2048', ...partitions, ''].join('\n') });
      await rename(draft, file);
    } finally {
      await rm(draft, { force: true });
    }
  });
}
