/** Files and folders that are made again and again under names of their content: all but the ones used last can go. */
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** Says that `path`, one of those, is used now. */
export async function touch(path: string): Promise<void> {
  const now = new Date();
  // Someone else's cache may be read only.
  await utimes(path, now, now).catch(() => undefined);
}

/** Removes what in `folder` matches `pattern`, but for the `count` that were made or used last. */
export async function keepNewest(folder: string, pattern: RegExp, count: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => pattern.test(name));
  const aged = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), at: (await stat(join(folder, name)).catch(() => null))?.mtimeMs ?? 0 })),
  );
  const old = aged.sort((a, b) => b.at - a.at).slice(count);
  for (const { path } of old) await rm(path, { recursive: true, force: true });
}
