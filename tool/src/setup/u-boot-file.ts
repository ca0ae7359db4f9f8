/** U-Boot as Debian builds it for QEMU's `virt`, which the virtual handset resembles: an unmodified boot loader as a guest. */
import { readFile } from 'node:fs/promises';
import { type CachedFile, ensureCachedFile } from './cached-file.ts';
import { unpackFile } from './package-file.ts';
import { findPackage } from './package-search.ts';
import type { Progress } from './progress.ts';
import { runCommand, type RunCommand } from './run-command.ts';

const PACKAGE = 'u-boot-qemu';
const FILE = './usr/lib/u-boot/qemu_arm64/u-boot.bin';
const SPACE_MEBIBYTES = 150;

/** The file in the cache; its `release` is the package's version. */
export function ensureUBoot(options: {
  readonly progress: Progress;
  readonly run?: RunCommand;
  readonly folder?: string;
}): Promise<CachedFile> {
  const run = options.run ?? runCommand;
  const { progress } = options;
  return ensureCachedFile({
    folder: options.folder,
    name: 'u-boot',
    fileName: 'u-boot.bin',
    spaceMebibytes: SPACE_MEBIBYTES,
    fetch: async (work) => {
      let release = '';
      const found = await findPackage(
        async (apt) => {
          const record = await apt.show(PACKAGE);
          release = /^Version: (\S+)$/m.exec(record ?? '')?.[1] ?? '';
          return record === null ? null : PACKAGE;
        },
        `U-Boot (${PACKAGE})`,
        { work, run, progress },
      );
      const file = await unpackFile(await found.apt.download(PACKAGE, progress), FILE, work, run);
      return { release, content: await readFile(file) };
    },
  });
}
