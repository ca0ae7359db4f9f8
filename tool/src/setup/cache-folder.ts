/**
 * The cache folder, and how files get into it: whole or not at all.
 *
 * A folder is filled under another name, `incoming-<process>-…`, and moved into place with one rename; an
 * interrupted run leaves only such a folder, which the next one removes.
 */
import { chmod, mkdir, mkdtemp, rename, rm, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { removeLeftBehind } from '../files/left-behind.ts';
import { Refusal, systemReason } from '../refusal.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** THIMBLE_CACHE, else `thimble` in the user's cache folder. */
export function cacheFolder(environment: Environment = process.env): string {
  if (environment['THIMBLE_CACHE']) return environment['THIMBLE_CACHE'];
  const base = environment['XDG_CACHE_HOME'] || join(environment['HOME'] ?? homedir(), '.cache');
  return join(base, 'thimble');
}

/**
 * Fills `folder/name` by letting `fill` write into an empty folder. If someone else was faster, theirs stays.
 */
export async function placeFolder(
  folder: string,
  name: string,
  fill: (incoming: string) => Promise<void>,
): Promise<void> {
  const incoming = await makeIncoming(folder);
  try {
    await fill(incoming);
    // mkdtemp keeps others out; what is in here is no secret.
    await chmod(incoming, 0o755);
    await rm(join(folder, name), { recursive: true, force: true });
    await rename(incoming, join(folder, name)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    });
  } catch (error) {
    const reason = systemReason(error);
    throw reason === null ? error : new Refusal(`cache folder ${folder}: ${reason}`, { cause: error });
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
}

async function makeIncoming(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    await removeLeftBehind(folder, /^incoming-(\d+)-/);
    return await mkdtemp(join(folder, `incoming-${String(process.pid)}-`));
  } catch (error) {
    const reason = systemReason(error);
    if (reason === null) throw error;
    throw new Refusal(`cache folder ${folder}: ${reason}; set THIMBLE_CACHE to a folder that you may write to`, { cause: error });
  }
}

/** Refuses to begin what could not end for lack of space. */
export async function requireSpace(folder: string, mebibytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = Math.floor((bavail * bsize) / 2 ** 20);
  if (free < mebibytes) {
    throw new Refusal(
      `cache folder ${folder}: ${String(free)} MiB free, ${String(mebibytes)} MiB needed for a while; free some, or set THIMBLE_CACHE to another disk`,
    );
  }
}
