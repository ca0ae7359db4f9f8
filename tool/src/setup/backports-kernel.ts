/**
 * The kernel of Debian's backports: a newer one for the same release.
 *
 * Few machines name backports among their sources, and nothing of theirs is touched for it: a private apt gets the
 * machine's own sources with the suite's name changed from `<release>` to `<release>-backports`.
 */
import { readFile } from 'node:fs/promises';
import { readKernel } from '../image/kernel.ts';
import { Refusal } from '../refusal.ts';
import { type CachedFile, ensureCachedFile } from './cached-file.ts';
import { releaseApt } from './debian-release.ts';
import { kernelPackageOf, releaseOf } from './kernel-package.ts';
import { unpackFile } from './package-file.ts';
import type { Progress } from './progress.ts';
import { runCommand, type RunCommand } from './run-command.ts';

/** A kernel package unpacked by half, the lists, and what is kept. */
const SPACE_MEBIBYTES = 400;

/** An uncompressed arm64 Image in the cache, with what `uname -r` says under it. */
export function ensureBackportsKernel(options: {
  readonly progress: Progress;
  readonly run?: RunCommand;
  readonly folder?: string;
  readonly osReleaseFile?: string;
}): Promise<CachedFile> {
  const run = options.run ?? runCommand;
  const { progress, osReleaseFile } = options;
  return ensureCachedFile({
    folder: options.folder,
    name: 'backports-kernel',
    fileName: 'Image',
    spaceMebibytes: SPACE_MEBIBYTES,
    fetch: async (work) => {
      const apt = await releaseApt({
        suiteOf: (codename) => `${codename}-backports`,
        what: 'the backports kernel',
        instead: "one; give a kernel's file: linux({ kernel: 'Image' })",
        ...{ work, run, osReleaseFile },
      });
      await apt.update(progress);
      const name = await kernelPackageOf(apt);
      if (name === null) throw new Refusal(`the backports kernel cannot be had: ${apt.whyMissing()}`);
      const file = await unpackFile(await apt.download(name, progress), './boot/vmlinuz-*', work, run);
      return { release: releaseOf(file), content: readKernel(await readFile(file), name).bytes };
    },
  });
}
