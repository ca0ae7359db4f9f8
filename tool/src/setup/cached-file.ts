/**
 * One file in a folder of its own in the cache, with what is known of it: fetched once, found afterwards with two
 * file checks.
 */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../refusal.ts';
import { cacheFolder, placeFolder, requireSpace } from './cache-folder.ts';

export interface CachedFile {
  readonly file: string;
  readonly release: string;
}

/** What is known of the file, written last: without it, or with another size, the folder counts as empty. */
interface Contents {
  readonly release: string;
  readonly bytes: number;
}

export interface Fetched {
  readonly release: string;
  readonly content: Buffer;
}

const CONTENTS = 'contents.json';

export async function ensureCachedFile(options: {
  /** The cache; the user's own if absent. */
  readonly folder?: string | undefined;
  /** The folder's name in the cache, and the file's in it. */
  readonly name: string;
  readonly fileName: string;
  readonly spaceMebibytes: number;
  /** Gets the file, with `work` as a folder for what it needs meanwhile. */
  readonly fetch: (work: string) => Promise<Fetched>;
}): Promise<CachedFile> {
  const cache = options.folder ?? cacheFolder();
  const folder = join(cache, options.name);
  const found = await find(folder, options.fileName);
  if (found) return found;
  await placeFolder(cache, options.name, async (incoming) => {
    await requireSpace(cache, options.spaceMebibytes);
    const work = join(incoming, 'work');
    await mkdir(work);
    const { release, content } = await options.fetch(work);
    await rm(work, { recursive: true });
    await writeFile(join(incoming, options.fileName), content);
    const contents: Contents = { release, bytes: content.length };
    await writeFile(join(incoming, CONTENTS), `${JSON.stringify(contents, null, 2)}\n`);
  });
  const fetched = await find(folder, options.fileName);
  if (!fetched) throw new Refusal(`cache folder ${cache}: changed while it was being filled; run the command again`);
  return fetched;
}

async function find(folder: string, fileName: string): Promise<CachedFile | null> {
  try {
    const { release, bytes } = JSON.parse(await readFile(join(folder, CONTENTS), 'utf8')) as Contents;
    const file = join(folder, fileName);
    return (await stat(file)).size === bytes ? { file, release } : null;
  } catch {
    return null;
  }
}
