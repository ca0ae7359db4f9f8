/**
 * Whether a handset runs on a disk. QEMU locks the file of a disk that it writes to, by what belongs to the open file and not to a process
 * (F_OFD_SETLK of fcntl(2)); Linux lists such locks in /proc/locks [proc(5)].
 */
import { readFile, stat } from 'node:fs/promises';

const LOCKS = '/proc/locks';

/** A file's device and number as the list has them. */
function listedName({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
  const hex = (value: bigint): string => value.toString(16).padStart(2, '0');
  return `${hex(major)}:${hex(minor)}:${String(ino)}`;
}

/** False too where it cannot be known: QEMU itself will say so then. */
export async function isDiskLocked(file: string, list = LOCKS): Promise<boolean> {
  const [locks, found] = await Promise.all([readFile(list, 'utf8'), stat(file, { bigint: true })]).catch(() => ['', null] as const);
  if (found === null) return false;
  const name = listedName(found);
  return locks.split('\n').some((line) => {
    const words = line.split(/\s+/);
    return words.includes('OFDLCK') && words.includes(name);
  });
}
