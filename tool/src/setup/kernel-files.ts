/** A kernel of a distribution's package in a folder of the cache, and the modules of the same package. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readKernel } from '../image/kernel.ts';
import { Refusal } from '../refusal.ts';
import { keepModules, keptModules, MODULES, moduleAt, type ModuleFile } from './kernel-modules.ts';
import { releaseOf } from './kernel-package.ts';
import { unpackChosen } from './package-file.ts';
import type { Progress } from './progress.ts';
import type { RunCommand } from './run-command.ts';

export interface KernelFiles {
  /** An uncompressed arm64 Image, or an arm zImage; an absolute path. */
  readonly kernel: string;
  /** What `uname -r` says in a guest that runs it. */
  readonly kernelRelease: string;
  /** Absolute paths, in the order in which they are to be loaded. */
  readonly modules: readonly string[];
}

/** What the cache holds, written last: without it, or with other sizes, the folder counts as empty. */
export interface KernelContents {
  readonly kernelRelease: string;
  readonly kernelBytes: number;
  /** The modules that were looked for, whether there or not. */
  readonly wanted: readonly string[];
  readonly modules: readonly ModuleFile[];
}

const CONTENTS = 'contents.json';
const KERNEL = /^(?:\.\/)?boot\/vmlinuz-[^/]+$/;

export async function readContents<Contents extends KernelContents>(folder: string): Promise<Contents> {
  return JSON.parse(await readFile(join(folder, CONTENTS), 'utf8')) as Contents;
}

export async function writeContents(folder: string, contents: KernelContents): Promise<void> {
  await writeFile(join(folder, CONTENTS), `${JSON.stringify(contents, null, 2)}\n`);
}

/** What is in `folder`, with the kernel as `fileName`; null if that is not all there. */
export async function findKernel(folder: string, fileName: string): Promise<KernelFiles | null> {
  try {
    const { kernelRelease, kernelBytes, wanted, modules: kept } = await readContents(folder);
    if (!MODULES.every((module) => wanted.includes(module))) return null;
    const kernel = join(folder, fileName);
    const modules = await keptModules(folder, kept);
    return modules !== null && (await stat(kernel)).size === kernelBytes ? { kernel, kernelRelease, modules } : null;
  } catch {
    return null;
  }
}

/** Refuses a kernel that a machine with devices can do nothing with: without this one, the other drivers find no device. */
export function requireDrivers({ kernelRelease, modules }: KernelFiles): void {
  if (!modules.some((file) => /\/virtio_mmio\.ko/.test(file))) {
    throw new Refusal(`kernel ${kernelRelease}: its package has no module virtio_mmio.ko, which machines with devices need; give a kernel's file that has it built in: linux({ kernel: 'Image' })`);
  }
}

/** Takes the kernel, as `fileName`, and its modules out of `packageFile` into `folder`; the package is removed. */
export async function takeKernel(
  packageFile: string,
  { folder, fileName, work, run, progress }: { readonly folder: string; readonly fileName: string; readonly work: string; readonly run: RunCommand; readonly progress: Progress },
): Promise<KernelContents> {
  let kernelName: string | undefined;
  const unpacked = await unpackChosen(packageFile, (names) => {
    kernelName = names.find((name) => KERNEL.test(name));
    return names.filter((name) => name === kernelName || moduleAt(name) !== null);
  }, work, run);
  if (kernelName === undefined) throw new Refusal(`package ${packageFile}: has no file ./boot/vmlinuz-*`);
  progress('unpacking the kernel');
  const { bytes } = readKernel(await readFile(join(unpacked, kernelName)), packageFile);
  await writeFile(join(folder, fileName), bytes);
  return { kernelRelease: releaseOf(`/${kernelName}`), kernelBytes: bytes.length, wanted: MODULES, modules: await keepModules(unpacked, folder) };
}
