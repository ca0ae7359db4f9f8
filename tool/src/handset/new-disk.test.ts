import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '../refusal.ts';
import { readyDisk } from './new-disk.ts';

const MIB = 2 ** 20;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-new-disk-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const disk = { file: 'phone.disk', volumes: [{ name: 'root', sizeMib: 1, content: 'root.img' }] };

function first(file: string): string {
  return readFileSync(file).subarray(MIB, MIB + 5).toString();
}

describe('the disk of a handset that boots', () => {
  test('is beside its configuration, with what the configuration names there, and says that it is made', async () => {
    writeFileSync(join(folder, 'root.img'), 'first');
    const said: string[] = [];
    const file = await readyDisk(disk, folder, { progress: (line) => said.push(line) });
    expect(file).toBe(join(folder, 'phone.disk'));
    expect(first(file)).toBe('first');
    expect(said).toEqual([`making the disk ${file}`]);
  });

  test('is kept, whatever its volumes would begin with, until a new one is ordered', async () => {
    writeFileSync(join(folder, 'root.img'), 'first');
    const file = await readyDisk(disk, folder, { progress: () => undefined });
    writeFileSync(join(folder, 'root.img'), 'other');
    const said: string[] = [];
    await readyDisk(disk, folder, { progress: (line) => said.push(line) });
    expect([first(file), said]).toEqual(['first', []]);
    await readyDisk(disk, folder, { newDisk: true, progress: (line) => said.push(line) });
    expect([first(file), said]).toEqual(['other', [`making anew the disk ${file}`]]);
  });

  test('that is kept is said to lack the volumes that the configuration has since', async () => {
    writeFileSync(join(folder, 'root.img'), 'first');
    const file = await readyDisk(disk, folder, { progress: () => undefined });
    const said: string[] = [];
    const more = { ...disk, volumes: [...disk.volumes, { name: 'data', sizeMib: 1 }, { name: 'logs', sizeMib: 1 }] };
    await readyDisk(more, folder, { progress: (line) => said.push(line) });
    expect(said).toEqual([`the disk ${file} is kept as it is, without data, logs; --new-disk makes it anew, and loses what is on it`]);
    // One that is damaged is the device machine's to tell of.
    writeFileSync(file, 'no table');
    await readyDisk(more, folder, { progress: (line) => said.push(line) });
    expect(said).toHaveLength(1);
  });

  test('is not made, nor is one lost, where what a volume begins with is not there', async () => {
    writeFileSync(join(folder, 'phone.disk'), 'kept');
    const attempt = readyDisk(disk, folder, { newDisk: true, progress: () => undefined });
    await expect(attempt).rejects.toThrow(Refusal);
    await expect(attempt).rejects.toThrow(`disk.volumes[0].content: ${join(folder, 'root.img')}: no such file or folder`);
    expect(readFileSync(join(folder, 'phone.disk'), 'utf8')).toBe('kept');
  });
});
