/** A file that is there complete or not at all, whoever else writes it at the same time. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

let drafts = 0;

/** Writes the pieces beside `file` first, so that a failure leaves what was there. */
export async function writeWhole(file: string, pieces: readonly Uint8Array[]): Promise<void> {
  drafts += 1;
  const draft = `${file}.${String(process.pid)}-${String(drafts)}.draft`;
  await mkdir(dirname(file), { recursive: true });
  try {
    const handle = await open(draft, 'w');
    try {
      for (const piece of pieces) await handle.writeFile(piece);
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
