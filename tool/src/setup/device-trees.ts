/**
 * The device trees of the boards that Debian's arm64 kernel supports, in the cache folder: `<vendor>/<board>.dtb`. QEMU needs one
 * for a board whose tree it does not make itself, and the tests read all of them.
 */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Refusal } from '../refusal.ts';
import { cacheFolder, placeFolder, requireSpace } from './cache-folder.ts';
import { KERNEL_METAPACKAGES, kernelPackageOf } from './kernel-package.ts';
import { unpackFolder } from './package-file.ts';
import { findPackage } from './package-search.ts';
import type { Progress } from './progress.ts';
import { runCommand, type RunCommand } from './run-command.ts';

export interface DeviceTrees {
  readonly folder: string;
  /** The package that they are from. */
  readonly release: string;
  /** Names relative to `folder`, sorted. */
  readonly names: readonly string[];
}

/** Written last: without it, or with another number of trees, the folder counts as empty. */
interface Contents {
  readonly release: string;
  readonly count: number;
}

const FOLDER = 'device-trees';
const CONTENTS = 'contents.json';
/** Where Debian's kernel packages have them. */
const PATTERN = './usr/lib/linux-image-*';
const SPACE_MEBIBYTES = 600;

async function treeNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter((name) => name.endsWith('.dtb')).sort();
}

/** What the cache has; null if that is nothing. */
export async function findDeviceTrees(cache = cacheFolder()): Promise<DeviceTrees | null> {
  const folder = join(cache, FOLDER);
  try {
    const { release, count } = JSON.parse(await readFile(join(folder, CONTENTS), 'utf8')) as Contents;
    const names = await treeNames(folder);
    return names.length === count ? { folder, release, names } : null;
  } catch {
    return null;
  }
}

async function fetch(folder: string, run: RunCommand, progress: Progress): Promise<void> {
  const work = join(folder, 'work');
  const what = `the boards' device trees (${KERNEL_METAPACKAGES[0]})`;
  const { apt, name: release } = await findPackage((from) => kernelPackageOf(from), what, { work, run, progress });
  const unpacked = await unpackFolder(await apt.download(release, progress), PATTERN, work, run);
  const entries = await readdir(unpacked, { recursive: true, withFileTypes: true });
  const top = entries.find((entry) => entry.isDirectory() && entry.name.startsWith('linux-image-'));
  const trees = top ? join(top.parentPath, top.name) : unpacked;
  const names = await treeNames(trees);
  if (names.length === 0) {
    throw new Refusal(`package ${release}: has no device trees; only Debian's kernel packages have them, in ${PATTERN}`);
  }
  for (const name of names) {
    await mkdir(join(folder, dirname(name)), { recursive: true });
    await cp(join(trees, name), join(folder, relative('.', name)));
  }
  await rm(work, { recursive: true });
  const contents: Contents = { release, count: names.length };
  await writeFile(join(folder, CONTENTS), `${JSON.stringify(contents, null, 2)}\n`);
}

export async function ensureDeviceTrees(options: {
  readonly progress: Progress;
  readonly run?: RunCommand;
  readonly folder?: string;
}): Promise<DeviceTrees> {
  const cache = options.folder ?? cacheFolder();
  const found = await findDeviceTrees(cache);
  if (found) return found;
  await placeFolder(cache, FOLDER, async (incoming) => {
    await requireSpace(cache, SPACE_MEBIBYTES);
    await fetch(incoming, options.run ?? runCommand, options.progress);
  });
  const fetched = await findDeviceTrees(cache);
  if (!fetched) throw new Refusal(`cache folder ${cache}: changed while it was being filled; run the command again`);
  return fetched;
}
