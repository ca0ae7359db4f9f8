/** A handset's disk before it boots: kept if it is there, else made, with what its volumes begin with. */
import { resolve } from 'node:path';
import type { Disk } from '../config/check.ts';
import { diskExists, ensureDisk, missingVolumes } from '../devices/disk-image.ts';
import { isDiskLocked } from '../devices/disk-lock.ts';
import { Refusal } from '../refusal.ts';
import { ensureRootVolume } from '../setup/index.ts';

export interface DiskOptions {
  /** Makes the disk anew, and loses what was on it. */
  readonly newDisk?: boolean | undefined;
  readonly progress: (line: string) => void;
}

async function contentOf({ content, sizeMib }: Disk['volumes'][number], folder: string, progress: DiskOptions['progress']): Promise<string | null> {
  if (content === undefined) return null;
  return typeof content === 'string' ? resolve(folder, content) : ensureRootVolume(content, sizeMib, { progress });
}

/** Gives the disk's path. File names in `disk` are relative to `folder`. */
export async function readyDisk(disk: Disk, folder: string, { newDisk = false, progress }: DiskOptions): Promise<string> {
  const file = resolve(folder, disk.file);
  const exists = await diskExists(file);
  // A new one in its place would take it from the handset that runs, which would write on into nothing.
  if (exists && (await isDiskLocked(file))) throw new Refusal(`disk.file: ${file}: a handset that runs has it; end that one first`);
  if (exists && !newDisk) {
    const missing = await missingVolumes(file, disk);
    if (missing.length > 0) progress(`the disk ${file} is kept as it is, without ${missing.join(', ')}; --new-disk makes it anew, and loses what is on it`);
    return file;
  }
  const contents = new Map<string, string>();
  for (const [index, volume] of disk.volumes.entries()) {
    try {
      const content = await contentOf(volume, folder, progress);
      if (content !== null) contents.set(volume.name, content);
    } catch (error) {
      if (error instanceof Refusal) throw new Refusal(`disk.volumes[${String(index)}].content: ${error.message}`, { cause: error });
      throw error;
    }
  }
  if (disk.volumes.some(({ content }) => content !== undefined)) progress(`${exists ? 'making anew' : 'making'} the disk ${file}`);
  await ensureDisk(file, disk, contents, { anew: newDisk });
  return file;
}
