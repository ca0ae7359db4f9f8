import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Refusal } from '../refusal.ts';
import { ensureDisk } from './disk-image.ts';

const MIB = 2 ** 20;
let folder = '';
let file = '';
const path = process.env['PATH'];

function disk(...volumes: readonly (readonly [string, number])[]): Parameters<typeof ensureDisk>[1] {
  return { file, volumes: volumes.map(([name, sizeMib]) => ({ name, sizeMib })) };
}

async function refusal(attempt: Promise<void>): Promise<string> {
  const error = await attempt.then(() => null, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(Refusal);
  return (error as Refusal).message;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-disk-'));
  file = join(folder, 'disk.img');
});
afterEach(() => {
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true });
});

describe("the handset's disk", () => {
  it('has a partition a volume, by its name, and takes no space until it is written to', async () => {
    await ensureDisk(file, disk(['personal', 3], ['work', 200]));
    const bytes = readFileSync(file);
    expect(bytes.length).toBe(205 * MIB);
    expect(bytes.subarray(512, 520).toString()).toBe('EFI PART');
    const entries = [0, 1, 2].map((index) => bytes.subarray(1024 + index * 128, 1024 + (index + 1) * 128));
    expect(entries.map((entry) => entry.subarray(56).toString('utf16le').replace(/\0.*/s, ''))).toEqual(['personal', 'work', '']);
    const sectors = entries.map((entry) => [Number(entry.readBigUInt64LE(32)), Number(entry.readBigUInt64LE(40))]);
    expect(sectors.slice(0, 2)).toEqual([[2048, 2048 + 3 * 2048 - 1], [4 * 2048, 4 * 2048 + 200 * 2048 - 1]]);
    expect(statSync(file).blocks * 512).toBeLessThan(2 * MIB);
    expect(readdirSync(folder)).toEqual(['disk.img']);
  });

  it('is kept as it is once it is there', async () => {
    writeFileSync(file, 'whatever');
    await ensureDisk(file, disk(['personal', 3]));
    expect(readFileSync(file, 'utf8')).toBe('whatever');
    expect(readdirSync(folder)).toEqual(['disk.img']);
  });

  it('begins with what its volumes are to hold, each in its own place, and takes no space for zeros', async () => {
    const content = join(folder, 'content');
    writeFileSync(content, 'the beginning');
    truncateSync(content, 20 * MIB);
    await ensureDisk(file, disk(['empty', 3], ['full', 20], ['behind', 1]), new Map([['full', content]]));
    const bytes = readFileSync(file);
    expect(bytes.subarray(4 * MIB, 4 * MIB + 14).toString()).toBe('the beginning\0');
    expect([bytes.subarray(MIB, 4 * MIB), bytes.subarray(5 * MIB, 25 * MIB)].every((part) => part.every((byte) => byte === 0))).toBe(true);
    expect(statSync(file).blocks * 512).toBeLessThan(4 * MIB);
  });

  it('is not made where a volume has no room for what it is to hold', async () => {
    const content = join(folder, 'content');
    writeFileSync(content, '');
    truncateSync(content, 2 * MIB + 1);
    const message = await refusal(ensureDisk(file, disk(['a', 1], ['b', 2]), new Map([['b', content]])));
    expect(message).toBe(`disk.volumes[1].content: ${content} has 3 MiB, and sizeMib is 2; raise that`);
    const missing = await refusal(ensureDisk(file, disk(['a', 1]), new Map([['a', join(folder, 'nowhere')]])));
    expect(missing).toBe(`disk.volumes[0].content: ${join(folder, 'nowhere')}: no such file or folder`);
    expect(readdirSync(folder)).toEqual(['content']);
  });

  it('is made anew when that is ordered, and only if it can be', async () => {
    writeFileSync(file, 'whatever');
    const content = join(folder, 'content');
    await refusal(ensureDisk(file, disk(['a', 1]), new Map([['a', content]]), { anew: true }));
    expect(readFileSync(file, 'utf8')).toBe('whatever');
    writeFileSync(content, 'new');
    await ensureDisk(file, disk(['a', 1]), new Map([['a', content]]), { anew: true });
    expect(readFileSync(file).subarray(MIB, MIB + 3).toString()).toBe('new');
  });

  it('is refused where it cannot be, by its name', async () => {
    const missing = join(folder, 'nowhere/disk.img');
    expect(await refusal(ensureDisk(missing, disk(['a', 1])))).toBe(`disk.file: ${missing}: no such file or folder`);
    mkdirSync(file);
    expect(await refusal(ensureDisk(file, disk(['a', 1])))).toBe(`disk.file: ${file}: is neither a file nor a block device`);
  });

  it('leaves nothing behind where there is no space for its table, which is said', async () => {
    const program = join(folder, 'bin/sfdisk');
    mkdirSync(join(folder, 'bin'));
    writeFileSync(program, '#!/bin/sh\necho "sfdisk: write failed: No space left on device" >&2\nexit 1\n');
    chmodSync(program, 0o755);
    process.env['PATH'] = `${join(folder, 'bin')}:${path ?? ''}`;
    const message = await refusal(ensureDisk(file, disk(['a', 1])));
    expect(message).toBe(`disk.file: ${file}: sfdisk could not write its partition table: sfdisk: write failed: No space left on device`);
    expect(readdirSync(folder)).toEqual(['bin']);
  });

  it('is made where an earlier run was killed, whose draft goes', async () => {
    const { pid } = spawnSync('true');
    for (const name of [`disk.img.${String(pid)}.draft`, `disk_img.${String(pid)}.draft`]) writeFileSync(join(folder, name), '');
    await ensureDisk(file, disk(['a', 1]));
    expect(readdirSync(folder).sort()).toEqual(['disk.img', `disk_img.${String(pid)}.draft`]);
  });

  it('is not made by a second run at the same time over the draft of the first', async () => {
    writeFileSync(`${file}.${String(process.pid)}.draft`, '');
    await expect(ensureDisk(file, disk(['a', 1]))).rejects.toThrow();
    expect(readdirSync(folder)).not.toContain('disk.img');
  });
});
