/**
 * Root file systems made of Debian's packages, in the cache folder: an ext4 file each, named by the digest of what decides its content.
 *
 * No program of the guest's architecture runs on the host: packages are unpacked, and files of our own (tool/src/userland) stand for what maintainer
 * scripts would have done. To have newer packages in a volume, remove its folder and make the disk anew.
 */
import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DebianRoot } from '../config/handset-config.ts';
import { keepNewest, touch } from '../files/keep-newest.ts';
import { Refusal } from '../refusal.ts';
import { desktopParts } from '../userland/desktops.ts';
import { LEFT_OUT, LEFT_OUT_FILES, type Release, SYSTEM_PACKAGES } from '../userland/packages.ts';
import type { RootFile } from '../userland/root-file.ts';
import { systemFiles, USER } from '../userland/system-files.ts';
import { cacheFolder, placeFolder, requireSpace } from './cache-folder.ts';
import { releaseApt } from './debian-release.ts';
import { makeExt4 } from './ext4-file.ts';
import { ensureGuestFiles } from './guest-files.ts';
import { percentSteps, type Progress } from './progress.ts';
import { runCommand, type RunCommand } from './run-command.ts';

/** How this file makes a volume of the rest: another number makes all of them anew. */
const RECIPE = 2;
/** The two of phone.config.ts, as they were and as they are, and as many of other configurations. */
const KEPT = 8;
const FILE = 'root.ext4';
const MIB = 2 ** 20;
/** Packages, what is in them, and the file system. */
const SPACE_MEBIBYTES = 400;
/** As Debian has them: what is in one is in the other. */
const MERGED = ['bin', 'sbin', 'lib'] as const;
const FOLDERS = ['dev', 'etc', 'proc', 'sys', 'run', 'tmp', 'root', 'var/lib', 'var/log', 'var/tmp', USER.home] as const;
const LINKS: readonly (readonly [string, string])[] = [
  ['usr/bin/sh', 'busybox'],
  ['usr/sbin/init', '../bin/busybox'],
  ['etc/mtab', '../proc/self/mounts'],
];

interface Making {
  readonly run: RunCommand;
  readonly progress: Progress;
  readonly osReleaseFile: string | undefined;
}

interface Ingredients {
  readonly release: Release;
  readonly packages: readonly string[];
  readonly files: readonly RootFile[];
  readonly busybox: string;
  readonly sizeMib: number;
}

function digestOf({ release, packages, files, sizeMib }: Ingredients, busybox: Buffer): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ RECIPE, release, LEFT_OUT, LEFT_OUT_FILES, MERGED, FOLDERS, LINKS, packages, sizeMib }));
  for (const { path, content, mode } of files) hash.update(`${path} ${String(mode)} ${String(content.length)}\n`).update(content);
  return hash.update(busybox).digest('hex').slice(0, 16);
}

async function unpackAll(packages: readonly string[], folder: string, run: RunCommand, progress: Progress): Promise<void> {
  const step = percentSteps('unpacking packages', progress);
  for (const [index, file] of packages.entries()) {
    step((index / packages.length) * 100);
    const excluded = LEFT_OUT_FILES.map((pattern) => `--exclude=${pattern}`);
    const unpacked = await run([
      ...(['sh', '-c', 'file=$1; folder=$2; shift 2; dpkg-deb --fsys-tarfile "$file" | tar -x -C "$folder" --keep-directory-symlink --no-same-owner "$@"', 'sh'] as const),
      ...[file, folder, ...excluded],
    ]);
    if (unpacked.exitCode !== 0) throw new Refusal(`package ${file}: cannot be unpacked: ${unpacked.stderr.trim()}`);
  }
}

async function fill(folder: string, { files, busybox }: Ingredients): Promise<void> {
  await copyFile(busybox, join(folder, 'usr/bin/busybox'));
  await chmod(join(folder, 'usr/bin/busybox'), 0o755);
  for (const [path, target] of LINKS) await symlink(target, join(folder, path));
  for (const { path, content, mode } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await rm(join(folder, path), { force: true });
    await writeFile(join(folder, path), content);
    await chmod(join(folder, path), mode ?? 0o644);
  }
}

async function make(file: string, work: string, ingredients: Ingredients, { run, progress, osReleaseFile }: Making): Promise<void> {
  const root = join(work, 'root');
  for (const name of MERGED) await mkdir(join(root, 'usr', name), { recursive: true });
  for (const name of MERGED) await symlink(`usr/${name}`, join(root, name));
  for (const name of FOLDERS) await mkdir(join(root, name), { recursive: true });
  const instead = `its packages; give a file system's file instead of debian(): content: 'root.ext4'`;
  const apt = await releaseApt({ suiteOf: () => ingredients.release, what: 'a root volume', instead, work, run, osReleaseFile });
  await apt.update(progress);
  await unpackAll(await apt.downloadAll(ingredients.packages, LEFT_OUT, progress), root, run, progress);
  await fill(root, ingredients);
  progress('making its file system');
  await makeExt4({ file, folder: root, sizeMib: ingredients.sizeMib, owned: USER.home, ownerId: USER.id, run });
}

/** The file of an ext4 file system of `sizeMib`. */
export async function ensureRootVolume(
  root: DebianRoot,
  sizeMib: number,
  options: { readonly progress: Progress; readonly run?: RunCommand; readonly folder?: string; readonly osReleaseFile?: string },
): Promise<string> {
  const { progress, run = runCommand, folder: cache = cacheFolder(), osReleaseFile } = options;
  const { release, packages, files } = desktopParts(root.desktop);
  const { busybox } = await ensureGuestFiles({ progress, run, folder: cache });
  const ingredients: Ingredients = {
    release,
    packages: [...new Set([...SYSTEM_PACKAGES, ...packages, ...(root.packages ?? [])])].sort(),
    files: [...systemFiles, ...files],
    ...{ busybox, sizeMib },
  };
  const name = `root-${root.desktop}-${digestOf(ingredients, await readFile(busybox))}`;
  const file = join(cache, name, FILE);
  if (await isComplete(file, sizeMib)) {
    await touch(join(cache, name));
    return file;
  }
  progress(`making a root volume of Debian's packages with the desktop ${root.desktop}`);
  await placeFolder(cache, name, async (incoming) => {
    await requireSpace(cache, SPACE_MEBIBYTES);
    const work = join(incoming, 'work');
    await mkdir(work);
    await make(join(work, FILE), work, ingredients, { run, progress, osReleaseFile });
    await rename(join(work, FILE), join(incoming, FILE));
    await rm(work, { recursive: true });
  });
  if (!(await isComplete(file, sizeMib))) throw new Refusal(`cache folder ${cache}: changed while it was being filled; run the command again`);
  await keepNewest(cache, /^root-[a-z]+-[0-9a-f]{16}$/, KEPT);
  return file;
}

async function isComplete(file: string, sizeMib: number): Promise<boolean> {
  return (await stat(file).catch(() => null))?.size === sizeMib * MIB;
}
