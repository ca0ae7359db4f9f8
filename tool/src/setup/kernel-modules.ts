/**
 * The modules of Debian's arm64 kernel that a machine with devices needs, in the cache folder: drivers of virtio devices and a file system, from the
 * same package as the kernel of guest-files.ts.
 */
import { copyFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Refusal } from '../refusal.ts';
import { cacheFolder, placeFolder, requireSpace } from './cache-folder.ts';
import { KERNEL_METAPACKAGES, kernelPackageOf } from './kernel-package.ts';
import { unpackFolder } from './package-file.ts';
import { findPackage } from './package-search.ts';
import type { Progress } from './progress.ts';
import { runCommand, type RunCommand } from './run-command.ts';

/** In an order in which each finds what it needs. A kernel that has one built in has no file of it. */
const MODULES = [
  'virtio_mmio', 'virtio_blk', 'failover', 'net_failover', 'virtio_net', 'virtio_dma_buf', 'drm', 'drm_kms_helper', 'drm_shmem_helper', 'virtio-gpu',
  'virtio_input', 'evdev', 'virtio-rng', 'virtio_console', 'crc16', 'crc32c_generic', 'mbcache', 'jbd2', 'ext4',
] as const;

interface Contents {
  /** The package that they are from. */
  readonly release: string;
  /** The modules that were looked for, whether there or not. */
  readonly wanted: readonly string[];
  /** In their order. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

export interface KernelModules {
  /** Absolute paths, in the order in which they are to be loaded. */
  readonly files: readonly string[];
}

const FOLDER = 'kernel-modules';
const CONTENTS = 'contents.json';
const PATTERN = './lib/modules/*';
const SPACE_MEBIBYTES = 900;

async function find(cache: string): Promise<KernelModules | null> {
  const folder = join(cache, FOLDER);
  try {
    const { wanted, files: all } = JSON.parse(await readFile(join(folder, CONTENTS), 'utf8')) as Contents;
    if (!MODULES.every((module) => wanted.includes(module))) return null;
    const files = MODULES.flatMap((module) => all.filter(({ name }) => name === `${module}.ko`));
    for (const { name, bytes } of files) if ((await stat(join(folder, name))).size !== bytes) return null;
    return { files: files.map(({ name }) => join(folder, name)) };
  } catch {
    return null;
  }
}

async function fetch(folder: string, run: RunCommand, progress: Progress): Promise<void> {
  const work = join(folder, 'work');
  const what = `the arm64 kernel's modules (${KERNEL_METAPACKAGES[0]})`;
  const { apt, name: release } = await findPackage(kernelPackageOf, what, { work, run, progress });
  const unpacked = await unpackFolder(await apt.download(release, progress), PATTERN, work, run);
  const entries = await readdir(unpacked, { recursive: true, withFileTypes: true });
  const found = new Map(entries.filter((entry) => entry.isFile()).map((entry) => [entry.name, join(entry.parentPath, entry.name)]));
  const files: { name: string; bytes: number }[] = [];
  for (const module of MODULES) {
    const from = found.get(`${module}.ko`);
    if (from === undefined) continue;
    await copyFile(from, join(folder, basename(from)));
    files.push({ name: basename(from), bytes: (await stat(from)).size });
  }
  if (!files.some(({ name }) => name === 'virtio_mmio.ko')) {
    throw new Refusal(`package ${release}: has no module virtio_mmio.ko in ${PATTERN}; machines with devices need it`);
  }
  await rm(work, { recursive: true });
  const contents: Contents = { release, wanted: MODULES, files };
  await writeFile(join(folder, CONTENTS), `${JSON.stringify(contents, null, 2)}\n`);
}

export async function ensureKernelModules(options: {
  readonly progress: Progress;
  readonly run?: RunCommand;
  readonly folder?: string;
}): Promise<KernelModules> {
  const cache = options.folder ?? cacheFolder();
  const found = await find(cache);
  if (found) return found;
  await placeFolder(cache, FOLDER, async (incoming) => {
    await requireSpace(cache, SPACE_MEBIBYTES);
    await fetch(incoming, options.run ?? runCommand, options.progress);
  });
  const fetched = await find(cache);
  if (!fetched) throw new Refusal(`cache folder ${cache}: changed while it was being filled; run the command again`);
  return fetched;
}
