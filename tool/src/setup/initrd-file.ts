/** The default userland as a file in the cache, named by its content: built once, and again when either part changes. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { keepNewest, touch } from '../files/keep-newest.ts';
import { writeWhole } from '../files/whole-file.ts';
import { refusing } from '../refusal.ts';
import { buildInitrd, type InitrdFile } from './initrd.ts';
import type { KernelFiles } from './kernel-files.ts';

/** For machines with and without devices, of the releases that are used, twice over. */
const KEPT = 8;

/** With the modules of `kernel`, if there is one, for a machine with devices. */
export async function ensureInitrd(busybox: string, kernel: KernelFiles | null = null): Promise<string> {
  const files = kernel === null ? [] : await Promise.all(kernel.modules.map((file, index) => moduleFile(file, `${kernel.kernelRelease}/${String(index).padStart(2, '0')}`)));
  const bytes = buildInitrd({ busybox: await readFile(busybox), files });
  const folder = dirname(busybox);
  const file = join(folder, `initrd-${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.cpio`);
  const present = await stat(file).catch(() => null);
  if (present?.size === bytes.length) {
    await touch(file);
    return file;
  }
  await refusing(`initrd ${file}`, () => writeWhole(file, [bytes]));
  await keepNewest(folder, /^initrd-[0-9a-f]{16}\.cpio/, KEPT);
  return file;
}

/** Only a kernel of that release loads them. Numbered, so that it does so in their order. */
async function moduleFile(file: string, place: string): Promise<InitrdFile> {
  return { path: `/lib/modules/${place}-${basename(file)}`, content: await readFile(file), mode: 0o644 };
}
