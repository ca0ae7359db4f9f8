/**
 * Debian's kernel and busybox in the cache folder: what the default guests are made of, of 64 bits or of 32.
 *
 * They come from the machine's own package sources (Ubuntu: see ubuntu-ports.ts), once; later runs find them with
 * some file checks. Only the kernel, the modules of some devices and the busybox program are kept, 38 MB of 500.
 */
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Architecture } from '../image/kernel.ts';
import { Refusal } from '../refusal.ts';
import { cacheFolder, placeFolder, requireSpace } from './cache-folder.ts';
import { findKernel, type KernelContents, type KernelFiles, readContents, takeKernel, writeContents } from './kernel-files.ts';
import { KERNEL_METAPACKAGES, KERNEL_METAPACKAGES_ARM, kernelPackageOf } from './kernel-package.ts';
import { unpackFile } from './package-file.ts';
import { findPackage } from './package-search.ts';
import type { PackageArchitecture } from './private-apt.ts';
import type { Progress } from './progress.ts';
import { runCommand, type RunCommand } from './run-command.ts';

/** The parts that the default guests are made of: absolute paths into the cache folder. */
export interface GuestFiles extends KernelFiles {
  /** A statically linked busybox. */
  readonly busybox: string;
}

interface Contents extends KernelContents {
  readonly busyboxBytes: number;
}

/** Where the files of an architecture are, and where they come from. */
interface Origin {
  readonly folder: string;
  readonly kernelFile: string;
  readonly packages: PackageArchitecture;
  readonly metapackages: readonly string[];
}

const ORIGINS: Readonly<Record<Architecture, Origin>> = {
  arm64: { folder: 'guest-files', kernelFile: 'Image', packages: 'arm64', metapackages: KERNEL_METAPACKAGES },
  arm: { folder: 'guest-files-arm', kernelFile: 'zImage', packages: 'armhf', metapackages: KERNEL_METAPACKAGES_ARM },
};
/** A kernel package unpacked by half, the lists, and what is kept. */
const SPACE_MEBIBYTES = 300;

export async function ensureGuestFiles(options: {
  /** `arm64` if absent. */
  readonly architecture?: Architecture;
  readonly progress: Progress;
  readonly run?: RunCommand;
  readonly folder?: string;
}): Promise<GuestFiles> {
  const cache = options.folder ?? cacheFolder();
  const origin = ORIGINS[options.architecture ?? 'arm64'];
  const found = await find(cache, origin);
  if (found) return found;
  await placeFolder(cache, origin.folder, async (incoming) => {
    await requireSpace(cache, SPACE_MEBIBYTES);
    await fetch(incoming, origin, options.run ?? runCommand, options.progress);
  });
  const fetched = await find(cache, origin);
  if (!fetched) throw new Refusal(`cache folder ${cache}: changed while it was being filled; run the command again`);
  return fetched;
}

async function find(cache: string, origin: Origin): Promise<GuestFiles | null> {
  const folder = join(cache, origin.folder);
  const files = await findKernel(folder, origin.kernelFile);
  if (files === null) return null;
  const busybox = join(folder, 'busybox');
  const { busyboxBytes } = await readContents<Contents>(folder);
  return (await stat(busybox).catch(() => null))?.size === busyboxBytes ? { ...files, busybox } : null;
}

async function fetch(folder: string, origin: Origin, run: RunCommand, progress: Progress): Promise<void> {
  const work = join(folder, 'work');
  const { packages: architecture, metapackages, kernelFile } = origin;
  const what = `the ${architecture} kernel (${metapackages.join(', ')})`;
  const { apt, name: kernelPackage } = await findPackage((from) => kernelPackageOf(from, metapackages), what, { architecture, work, run, progress });
  const kernel = await takeKernel(await apt.download(kernelPackage, progress), { folder, fileName: kernelFile, work, run, progress });
  const busyboxFile = await unpackFile(await apt.download('busybox-static', progress), './*bin/busybox', work, run);
  const busybox = await readFile(busyboxFile);
  await writeFile(join(folder, 'busybox'), busybox, { mode: 0o755 });
  await rm(work, { recursive: true });
  const contents: Contents = { ...kernel, busyboxBytes: busybox.length };
  await writeContents(folder, contents);
}
