/** Files out of a package, without installing it. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../refusal.ts';
import type { RunCommand } from './run-command.ts';

/** Unpacks the one file that `pattern` matches, in the folder `work`; the package is removed. Gives the file's path. */
export async function unpackFile(packageFile: string, pattern: string, work: string, run: RunCommand): Promise<string> {
  const folder = await unpackFolder(packageFile, pattern, work, run);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const file = entries.find((entry) => entry.isFile());
  if (file === undefined) throw new Refusal(`package ${packageFile}: has no file ${pattern}`);
  return join(file.parentPath, file.name);
}

/** Unpacks all that `pattern` matches, in the folder `work`; the package is removed. Gives the folder that it is in. */
export async function unpackFolder(packageFile: string, pattern: string, work: string, run: RunCommand): Promise<string> {
  const tarFile = join(work, 'package.tar');
  const folder = join(work, 'unpacked', pattern.replace(/\W+/g, '-'));
  await mkdir(folder, { recursive: true });
  const shell = await run([
    'sh', '-c', 'dpkg-deb --fsys-tarfile "$1" > "$2" && tar -x -f "$2" -C "$3" --no-same-owner --wildcards "$4"',
    'sh', packageFile, tarFile, folder, pattern,
  ]);
  if (shell.exitCode !== 0) throw new Refusal(`package ${packageFile}: cannot be unpacked: ${shell.stderr.trim()}`);
  await rm(tarFile);
  await rm(packageFile);
  return folder;
}

/** Unpacks those files whose names `choose` picks from all in the package, in the folder `work`; the package is removed. Gives the folder that they are in. */
export async function unpackChosen(packageFile: string, choose: (names: readonly string[]) => readonly string[], work: string, run: RunCommand): Promise<string> {
  const tarFile = join(work, 'package.tar');
  const folder = join(work, 'unpacked/chosen');
  await mkdir(folder, { recursive: true });
  const refuse = (reason: string): never => {
    throw new Refusal(`package ${packageFile}: cannot be unpacked: ${reason.trim()}`);
  };
  const listing = await run(['sh', '-c', 'dpkg-deb --fsys-tarfile "$1" > "$2" && tar -t -f "$2"', 'sh', packageFile, tarFile]);
  if (listing.exitCode !== 0) refuse(listing.stderr);
  const unpacking = await run(['tar', '-x', '-f', tarFile, '-C', folder, '--no-same-owner', '--', ...choose(listing.stdout.split('\n'))]);
  if (unpacking.exitCode !== 0) refuse(unpacking.stderr);
  await rm(tarFile);
  await rm(packageFile);
  return folder;
}
