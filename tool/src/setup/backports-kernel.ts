/**
 * The kernel of Debian's backports: a newer one for the same release.
 *
 * Few machines name backports among their sources, and nothing of theirs is touched for it: a private apt gets the
 * machine's own sources with the suite's name changed from `<release>` to `<release>-backports`.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readKernel } from '../image/kernel.ts';
import { Refusal } from '../refusal.ts';
import { type CachedFile, ensureCachedFile } from './cached-file.ts';
import { kernelPackageOf, releaseOf } from './kernel-package.ts';
import { unpackFile } from './package-file.ts';
import { PrivateApt } from './private-apt.ts';
import type { Progress } from './progress.ts';
import { runCommand, type RunCommand } from './run-command.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** A kernel package unpacked by half, the lists, and what is kept. */
const SPACE_MEBIBYTES = 400;

/** `bookworm` from Debian's /etc/os-release; null for other systems, which have no such suite. */
export function debianCodename(osRelease: string): string | null {
  if (!/^ID="?debian"?$/m.test(osRelease)) return null;
  return /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(osRelease)?.[1] ?? null;
}

/** A sources file for the backports of `codename`, wherever the machine has that release from; null if it has it from nowhere. */
export function backportsSources(targets: string, codename: string): string | null {
  const places = targets
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([address, release]) => address !== undefined && release === codename);
  const blocks = [...new Set(places.map(([address]) => address))].map(
    (address) => `Types: deb\nURIs: ${address ?? ''}\nSuites: ${codename}-backports\nComponents: main\nSigned-By: ${KEYRING}\n`,
  );
  return blocks.length > 0 ? blocks.join('\n') : null;
}

async function backportsApt(work: string, run: RunCommand, osReleaseFile: string): Promise<PrivateApt> {
  const codename = debianCodename(await readFile(osReleaseFile, 'utf8').catch(() => ''));
  if (codename === null) {
    throw new Refusal("the backports kernel cannot be had: only Debian has one; give a kernel's file: linux({ kernel: 'Image' })");
  }
  const own = await PrivateApt.create(join(work, 'apt-own'), run);
  const sources = backportsSources(await own.targets(), codename);
  if (sources === null) {
    throw new Refusal(`the backports kernel cannot be had: this machine's package sources do not name the release ${codename}; mend /etc/apt/sources.list.d`);
  }
  return PrivateApt.create(join(work, 'apt'), run, { sources });
}

/** An uncompressed arm64 Image in the cache, with what `uname -r` says under it. */
export function ensureBackportsKernel(options: {
  readonly progress: Progress;
  readonly run?: RunCommand;
  readonly folder?: string;
  readonly osReleaseFile?: string;
}): Promise<CachedFile> {
  const run = options.run ?? runCommand;
  const { progress, osReleaseFile = '/etc/os-release' } = options;
  return ensureCachedFile({
    folder: options.folder,
    name: 'backports-kernel',
    fileName: 'Image',
    spaceMebibytes: SPACE_MEBIBYTES,
    fetch: async (work) => {
      const apt = await backportsApt(work, run, osReleaseFile);
      await apt.update(progress);
      const name = await kernelPackageOf(apt);
      if (name === null) throw new Refusal(`the backports kernel cannot be had: ${apt.whyMissing()}`);
      const file = await unpackFile(await apt.download(name, progress), './boot/vmlinuz-*', work, run);
      return { release: releaseOf(file), content: readKernel(await readFile(file), name).bytes };
    },
  });
}
