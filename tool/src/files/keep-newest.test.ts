import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { keepNewest, touch } from './keep-newest.ts';

it('keeps those that were used last, and whatever has another name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-test-'));
  for (const [index, name] of ['root-1', 'root-2', 'root-3', 'root-4', 'kernel'].entries()) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'file'), '');
    utimesSync(join(folder, name), 1000 + index, 1000 + index);
  }
  await touch(join(folder, 'root-1'));
  await touch(join(folder, 'missing'));
  await keepNewest(folder, /^root-/, 2);
  expect(readdirSync(folder).sort()).toEqual(['kernel', 'root-1', 'root-4']);
  rmSync(folder, { recursive: true });
});
