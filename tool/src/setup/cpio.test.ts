import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CpioEntry, writeCpio } from './cpio.ts';

const entries: readonly CpioEntry[] = [
  { kind: 'directory', path: '/etc' },
  { kind: 'characterDevice', path: '/dev-console', major: 5, minor: 1 },
  { kind: 'file', path: '/etc/name', content: Buffer.from('personal\n'), mode: 0o644 },
  { kind: 'file', path: '/etc/empty', content: Buffer.alloc(0) },
  { kind: 'link', path: '/etc/alias', target: 'name' },
];

interface Record {
  readonly name: string;
  readonly fields: readonly number[];
  readonly content: string;
}

/** A reader written from the format's description, to hold the writer to it. */
function read(archive: Uint8Array): readonly Record[] {
  const bytes = Buffer.from(archive);
  const records: Record[] = [];
  for (let at = 0; at < bytes.length; ) {
    expect(bytes.toString('ascii', at, at + 6)).toBe('070701');
    const fields = Array.from({ length: 13 }, (_, i) => parseInt(bytes.toString('ascii', at + 6 + i * 8, at + 14 + i * 8), 16));
    const [nameBytes, contentBytes] = [fields[11]!, fields[6]!];
    const name = bytes.toString('utf8', at + 110, at + 110 + nameBytes - 1);
    const contentAt = (at + 110 + nameBytes + 3) & ~3;
    records.push({ name, fields, content: bytes.toString('utf8', contentAt, contentAt + contentBytes) });
    at = (contentAt + contentBytes + 3) & ~3;
  }
  return records;
}

describe('an archive', () => {
  test('holds every entry in order, and ends with the trailer', () => {
    const records = read(writeCpio(entries));
    expect(records.map(({ name }) => name)).toEqual(['etc', 'dev-console', 'etc/name', 'etc/empty', 'etc/alias', 'TRAILER!!!']);
    expect(records.map(({ content }) => content)).toEqual(['', '', 'personal\n', '', 'name', '']);
  });

  test('has the modes, owners and device numbers that were asked for', () => {
    const [folder, console, name, empty, alias] = read(writeCpio(entries)).map(({ fields }) => fields);
    expect([folder, console, name, empty, alias].map((fields) => fields![1]!.toString(8))).toEqual([
      '40755', '20600', '100644', '100755', '120777',
    ]);
    expect(console!.slice(9, 11)).toEqual([5, 1]);
    expect(name!.slice(2, 4)).toEqual([0, 0]);
  });

  test('is the same for the same input', () => {
    expect(Buffer.compare(writeCpio(entries), writeCpio(entries))).toBe(0);
  });

  test('takes no path that leads out of it', () => {
    expect(() => writeCpio([{ kind: 'directory', path: '/etc/../..' }])).toThrow(/not a path inside/);
    expect(() => writeCpio([{ kind: 'directory', path: '/' }])).toThrow(/not a path inside/);
  });
});

describe("unpacked with the system's cpio", () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'thimble-cpio-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const hasCpio = (): boolean => {
    try {
      execFileSync('cpio', ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };

  test.runIf(hasCpio())('gives the files back', () => {
    const plain = entries.filter(({ kind }) => kind !== 'characterDevice');
    execFileSync('cpio', ['-i', '--quiet'], { cwd: folder, input: writeCpio(plain) });
    expect(readFileSync(join(folder, 'etc/alias'), 'utf8')).toBe('personal\n');
    expect(statSync(join(folder, 'etc/name')).mode & 0o777).toBe(0o644);
  });
});
