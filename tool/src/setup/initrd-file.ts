/** The default userland as a file in the cache, named by its content: built once, and again when either part changes. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { keepNewest, touch } from '../files/keep-newest.ts';
import { writeWhole } from '../files/whole-file.ts';
import { refusing } from '../refusal.ts';
import type { GuestFiles } from './guest-files.ts';
import { buildInitrd, type InitrdFile } from './initrd.ts';

/** For machines with and without devices, of the releases that are used, twice over. */
const KEPT = 8;

/** With the modules in `modules`, for a machine with devices. */
export async function ensureInitrd(guestFiles: GuestFiles, modules: readonly string[] = []): Promise<string> {
  const files = await Promise.all(modules.map(moduleFile));
  const bytes = buildInitrd({ busybox: await readFile(guestFiles.busybox), files });
  const folder = dirname(guestFiles.busybox);
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

/** Numbered, so that the userland loads them in their order. */
async function moduleFile(file: string, index: number): Promise<InitrdFile> {
  const number = String(index).padStart(2, '0');
  return { path: `/lib/modules/${number}-${basename(file)}`, content: await readFile(file), mode: 0o644 };
}
