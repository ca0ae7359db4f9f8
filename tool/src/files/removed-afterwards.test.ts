import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { tsxLoader } from '../qemu/fake-program.ts';
import { removedAfterwards } from './removed-afterwards.ts';

const folder = mkdtempSync(join(tmpdir(), 'thimble-test-'));
const file = join(folder, 'draft');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('a file is gone after what it was made for, also if that fails', async () => {
  const seen = await removedAfterwards(file, async () => {
    writeFileSync(file, '');
    return Promise.resolve(existsSync(file));
  });
  expect([seen, existsSync(file)]).toEqual([true, false]);
  const failing = removedAfterwards(file, () => {
    writeFileSync(file, '');
    return Promise.reject(new Error('no space'));
  });
  await expect(failing).rejects.toThrow('no space');
  expect(existsSync(file)).toBe(false);
});

test('a file is gone when the program ends meanwhile', () => {
  const program = join(folder, 'program.mts');
  const text = `import { writeFileSync } from 'node:fs';
import { removedAfterwards } from '${join(import.meta.dirname, 'removed-afterwards.ts')}';
await removedAfterwards('${file}', async () => {
  writeFileSync('${file}', '');
  process.exit(130);
});`;
  writeFileSync(program, text);
  expect(spawnSync(process.execPath, ['--import', tsxLoader, program]).status).toBe(130);
  expect(existsSync(file)).toBe(false);
});
