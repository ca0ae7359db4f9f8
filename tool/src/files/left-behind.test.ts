import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { removeLeftBehind } from './left-behind.ts';

it('removes what a process that has ended left, and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-test-'));
  const { pid: ended } = spawnSync('true');
  for (const name of [`${String(ended)}-1.img`, `${String(process.pid)}-1.img`, 'handset.img']) writeFileSync(join(folder, name), '');
  await removeLeftBehind(folder, /^(\d+)-/);
  expect(readdirSync(folder).sort()).toEqual([`${String(process.pid)}-1.img`, 'handset.img']);
  await removeLeftBehind(join(folder, 'missing'), /(\d+)/);
  rmSync(folder, { recursive: true });
});
