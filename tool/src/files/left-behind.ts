/**
 * Files and folders, of the build folder and of the cache, that carry a process's number in their name, and outlived that process: a
 * tool that was killed could not remove them.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, for someone else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Removes what in `folder` matches `pattern`, whose first group is the number of a process that has ended. */
export async function removeLeftBehind(folder: string, pattern: RegExp): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const pid = pattern.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(folder, name), { recursive: true, force: true });
  }
}
