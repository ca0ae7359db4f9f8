import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isDiskLocked } from './disk-lock.ts';

let folder = '';
let [disk, list] = ['', ''];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-lock-'));
  [disk, list] = [join(folder, 'disk'), join(folder, 'locks')];
  writeFileSync(disk, '');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A line as Linux writes it, of the disk's file. */
function lock(kind: string, inode = statSync(disk).ino): string {
  const { dev } = statSync(disk);
  const [major, minor] = [(dev >> 8) & 0xfff, (dev & 0xff) | ((dev >>> 12) & 0xfff00)].map((part) => part.toString(16).padStart(2, '0'));
  return `1: ${kind} ADVISORY  READ -1 ${String(major)}:${String(minor)}:${String(inode)} 100 101\n`;
}

test('a disk is locked that the list has, by a lock of QEMU’s kind', async () => {
  writeFileSync(list, `${lock('OFDLCK', 1)}${lock('OFDLCK')}`);
  expect(await isDiskLocked(disk, list)).toBe(true);
});

test('a disk is not locked that the list does not have, nor by a program’s own lock', async () => {
  writeFileSync(list, `${lock('OFDLCK', statSync(disk).ino + 1)}${lock('FLOCK ')}${lock('POSIX ')}`);
  expect(await isDiskLocked(disk, list)).toBe(false);
});

test('a disk is not locked where there is no list, or no disk', async () => {
  expect(await isDiskLocked(disk, join(folder, 'gone'))).toBe(false);
  writeFileSync(list, lock('OFDLCK'));
  expect(await isDiskLocked(join(folder, 'gone'), list)).toBe(false);
});
