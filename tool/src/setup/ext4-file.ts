/** A folder as an ext4 file system in a file, whoever makes it: all that is in it belongs to root, but for one folder. */
import { readdir, truncate, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { findProgram } from '../programs.ts';
import { Refusal } from '../refusal.ts';
import type { RunCommand } from './run-command.ts';

const MIB = 2 ** 20;

/** Not every search path has the folders of programs for root. */
function programOf(name: string): string {
  return findProgram(name, `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`) ?? name;
}

async function run(command: readonly [string, ...string[]], file: string, runCommand: RunCommand): Promise<void> {
  const result = await runCommand(command);
  // debugfs says what it could not do, and ends with 0 all the same.
  const complaint = result.stderr.split('\n').filter((line) => line.trim() !== '' && !/^(debugfs|mke2fs) \d/.test(line)).at(-1);
  if (result.notFound) throw new Refusal(`${command[0]} is missing: install the package e2fsprogs`);
  if (result.exitCode !== 0 || complaint !== undefined) throw new Refusal(`file system ${file}: ${complaint ?? `${command[0]} failed`}`);
}

async function pathsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

/** Makes `file`, sparse, of `sizeMib`, with what is in `folder`; `owned` is a folder in it, and belongs to user and group `ownerId`. */
export async function makeExt4(options: {
  readonly file: string;
  readonly folder: string;
  readonly sizeMib: number;
  readonly owned: string;
  readonly ownerId: number;
  readonly run: RunCommand;
}): Promise<void> {
  const { file, folder, owned, ownerId } = options;
  await writeFile(file, '');
  await truncate(file, options.sizeMib * MIB);
  await run([programOf('mke2fs'), '-q', '-F', '-t', 'ext4', '-b', '4096', '-d', folder, '-E', 'root_owner=0:0', file], file, options.run);
  const owners = (await pathsIn(folder)).map((path) => {
    const id = String(path === owned || path.startsWith(`${owned}/`) ? ownerId : 0);
    return `sif "/${path}" uid ${id}\nsif "/${path}" gid ${id}\n`;
  });
  const commands = `${file}.commands`;
  await writeFile(commands, owners.join(''));
  await run([programOf('debugfs'), '-w', '-f', commands, file], file, options.run);
}
