import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeExt4 } from './ext4-file.ts';
import { runCommand } from './run-command.ts';

const MIB = 2 ** 20;
const environment = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-ext4-'));
  mkdirSync(join(folder, 'root/home/user'), { recursive: true });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function ask(question: string): string {
  return execFileSync('debugfs', ['-R', question, join(folder, 'x.ext4')], { env: environment, stdio: 'pipe' }).toString();
}

function make(sizeMib: number): Promise<void> {
  return makeExt4({ file: join(folder, 'x.ext4'), folder: join(folder, 'root'), sizeMib, owned: 'home/user', ownerId: 1234, run: runCommand });
}

describe('a folder as an ext4 file system', () => {
  test('is root’s, but for one folder, with all that is in it, and clean', async () => {
    writeFileSync(join(folder, 'root/a file'), 'hello');
    writeFileSync(join(folder, 'root/home/user/mine'), '');
    symlinkSync('a file', join(folder, 'root/link'));
    await make(16);
    const owner = (path: string): string => /User: +(\d+) +Group: +(\d+)/.exec(ask(`stat "${path}"`))?.slice(1).join(':') ?? '';
    expect(['/', '/a file', '/link', '/home', '/home/user', '/home/user/mine'].map(owner)).toEqual(['0:0', '0:0', '0:0', '0:0', '1234:1234', '1234:1234']);
    expect(ask('cat "/a file"')).toBe('hello');
    execFileSync('e2fsck', ['-fn', join(folder, 'x.ext4')], { env: environment, stdio: 'pipe' });
    const { size, blocks } = statSync(join(folder, 'x.ext4'));
    expect(size).toBe(16 * MIB);
    expect(blocks * 512).toBeLessThan(8 * MIB);
  });

  test('that does not hold the folder is refused', async () => {
    writeFileSync(join(folder, 'root/large'), Buffer.alloc(12 * MIB, 1));
    await expect(make(8)).rejects.toThrow(/^file system .*x\.ext4: .*/);
  });
});
