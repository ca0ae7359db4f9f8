/**
 * The kernel of Debian's backports: a newer one for the same release.
 *
 * Few machines name backports among their sources, and nothing of theirs is touched for it: a private apt gets the
 * machine's own sources with the suite's name changed from `<release>` to `<release>-backports`.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../refusal.ts';
import { cacheFolder, placeFolder, requireSpace } from './cache-folder.ts';
import { releaseApt } from './debian-release.ts';
import { findKernel, type KernelFiles, takeKernel, writeContents } from './kernel-files.ts';
import { kernelPackageOf } from './kernel-package.ts';
import type { Progress } from './progress.ts';
import { runCommand, type RunCommand } from './run-command.ts';

/** A kernel package unpacked by half, the lists, and what is kept. */
const SPACE_MEBIBYTES = 400;
const FOLDER = 'backports-kernel';
const FILE = 'Image';

export async function ensureBackportsKernel(options: {
  readonly progress: Progress;
  readonly run?: RunCommand;
  readonly folder?: string;
  readonly osReleaseFile?: string;
}): Promise<KernelFiles> {
  const { progress, osReleaseFile, run = runCommand, folder: cache = cacheFolder() } = options;
  const found = await findKernel(join(cache, FOLDER), FILE);
  if (found) return found;
  await placeFolder(cache, FOLDER, async (incoming) => {
    await requireSpace(cache, SPACE_MEBIBYTES);
    const work = join(incoming, 'work');
    await mkdir(work);
    const apt = await releaseApt({
      suiteOf: (codename) => `${codename}-backports`,
      what: 'the backports kernel',
      instead: "one; give a kernel's file: linux({ kernel: 'Image' })",
      ...{ work, run, osReleaseFile },
    });
    await apt.update(progress);
    const name = await kernelPackageOf(apt);
    if (name === null) throw new Refusal(`the backports kernel cannot be had: ${apt.whyMissing()}`);
    const contents = await takeKernel(await apt.download(name, progress), { folder: incoming, fileName: FILE, work, run, progress });
    await rm(work, { recursive: true });
    await writeContents(incoming, contents);
  });
  const fetched = await findKernel(join(cache, FOLDER), FILE);
  if (!fetched) throw new Refusal(`cache folder ${cache}: changed while it was being filled; run the command again`);
  return fetched;
}
