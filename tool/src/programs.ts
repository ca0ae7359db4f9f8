/**
 * The programs of the system that the tool runs, found by their names.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Refusal } from './refusal.ts';

/** What installs a program on Debian and Ubuntu. */
const PACKAGES: Readonly<Record<string, string>> = {
  'qemu-system-aarch64': 'qemu-system-arm',
  'gdb-multiarch': 'gdb-multiarch',
};

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The program's full name, or null where the search path has none. */
export function findProgram(name: string, searchPath = process.env['PATH'] ?? ''): string | null {
  if (name.includes('/')) return isProgram(name) ? name : null;
  for (const folder of searchPath.split(delimiter)) {
    const file = join(folder, name);
    if (folder !== '' && isProgram(file)) return file;
  }
  return null;
}

/** The program's full name, or a refusal that says how to get it. */
export function needProgram(name: string): string {
  const file = findProgram(name);
  if (file !== null) return file;
  const remedy = PACKAGES[name] ? `install it: apt-get install ${PACKAGES[name]}` : 'install it, or put it on PATH';
  throw new Refusal(`${name}: not found on PATH; ${remedy}`);
}
