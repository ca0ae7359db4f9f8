/**
 * Files that are there for a while only. They go also when the tool is told to stop meanwhile: `process.exit` runs exit hooks and no `finally`.
 */
import { rmSync } from 'node:fs';

/** Runs `action`; what is at `path` is gone afterwards, however that ends. */
export async function removedAfterwards<T>(path: string, action: () => Promise<T>): Promise<T> {
  const remove = (): void => {
    rmSync(path, { recursive: true, force: true });
  };
  process.once('exit', remove);
  try {
    return await action();
  } finally {
    process.off('exit', remove);
    remove();
  }
}
