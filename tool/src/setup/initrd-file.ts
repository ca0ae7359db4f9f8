/** The default userland as a file in the cache, named by its content: built once, and again when either part changes. */
import { createHash } from 'node:crypto';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { refusing } from '../refusal.ts';
import type { GuestFiles } from './guest-files.ts';
import { buildInitrd } from './initrd.ts';

export async function ensureInitrd(guestFiles: GuestFiles): Promise<string> {
  const bytes = buildInitrd({ busybox: await readFile(guestFiles.busybox) });
  const folder = dirname(guestFiles.busybox);
  const file = join(folder, `initrd-${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.cpio`);
  const present = await stat(file).catch(() => null);
  if (present?.size === bytes.length) return file;
  return refusing(`initrd ${file}`, async () => {
    const incoming = `${file}.${String(process.pid)}`;
    await writeFile(incoming, bytes);
    await rename(incoming, file);
    return file;
  });
}
