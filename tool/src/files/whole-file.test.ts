import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeWhole } from './whole-file.ts';

describe('a file that is written whole', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'thimble-test-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('has all pieces, in a folder that need not be there', async () => {
    await writeWhole(join(folder, 'new/file'), [Buffer.from('one '), Buffer.from('two')]);
    expect(readFileSync(join(folder, 'new/file'), 'utf8')).toBe('one two');
    expect(readdirSync(join(folder, 'new'))).toEqual(['file']);
  });

  it('may be written by several at once', async () => {
    const file = join(folder, 'file');
    const one = Buffer.alloc(1 << 20, 'a');
    const other = Buffer.alloc(1 << 20, 'b');
    await Promise.all([one, other, one, other].map((content) => writeWhole(file, [content])));
    expect([one, other].some((content) => content.equals(readFileSync(file)))).toBe(true);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('leaves nothing behind where it cannot be', async () => {
    mkdirSync(join(folder, 'taken/by'), { recursive: true });
    await expect(writeWhole(join(folder, 'taken'), [Buffer.from('x')])).rejects.toThrow('EISDIR');
    expect(readdirSync(folder)).toEqual(['taken']);
  });
});
