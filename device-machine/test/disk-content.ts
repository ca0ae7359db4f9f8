/** The content of disks, made by the host tool. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDisk } from '../../tool/src/devices/disk-image.ts';

export const SECTOR = 512;
export const MIB = 2 ** 20;

/** A disk with these volumes of 1 MiB, one behind the other from the second MiB on. */
export async function diskContent(...names: readonly string[]): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'thimble-disk-'));
  try {
    const file = join(folder, 'disk.img');
    await ensureDisk(file, { file, volumes: names.map((name) => ({ name, sizeMib: 1 })) });
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Where volume `index` begins. */
export function volumeOffset(index: number): number {
  return (1 + index) * MIB;
}
