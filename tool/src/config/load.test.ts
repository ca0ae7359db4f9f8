import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Refusal } from '../refusal.ts';
import { loadConfig } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'thimble-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const idleListeners = process.listenerCount('beforeExit');

async function refusal(file: string): Promise<string> {
  const error: unknown = await loadConfig(file).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Refusal);
  return (error as Refusal).message;
}

describe('a configuration file', () => {
  it('may lie anywhere, import `thimble` and its neighbours, and be typed', async () => {
    written('names.ts', `export const name: string = 'one';`);
    const file = written(
      'good.ts',
      `import { defineHandset, linux } from 'thimble';
       import { name } from './names.ts';
       export default defineHandset({ machines: [{ name, image: linux(), ready: /login:/ }] });`,
    );
    const loaded = await loadConfig(file);
    expect(loaded.config).toEqual({ machines: [{ name: 'one', image: { kind: 'linux' }, ready: /login:/ }] });
    expect(loaded.folder).toBe(folder);
  });

  it('with a syntax error is refused with its place', async () => {
    expect(await refusal(written('syntax.ts', 'export default {\n  machines: [\n}'))).toMatch(/syntax\.ts:3:1: Unexpected "}"/);
  });

  it('that imports what is not there is refused with its place', async () => {
    expect(await refusal(written('lost.ts', `import './nowhere.ts';\nexport default {};`))).toMatch(
      /lost\.ts:1:8: Could not resolve "\.\/nowhere\.ts"/,
    );
  });

  it('that throws is refused with what it said, its place, and no stack', async () => {
    const thrown = `interface Unused {}\n\nconst luck = (): never => {\n  throw new Error('out of luck');\n};\nexport default luck();`;
    expect(await refusal(written('throws.ts', thrown))).toMatch(/throws\.ts:4:9: out of luck$/);
    // By its neighbour, called from here; by nobody who would be known.
    written('luck.ts', `export const luck = (): never => {\n  throw new Error('out of luck');\n};\n`);
    expect(await refusal(written('calls with spaces.ts', `import { luck } from './luck.ts';\nexport default luck();`))).toMatch(/calls with spaces\.ts:2:16: out of luck$/);
    expect(await refusal(written('text.ts', `throw 'out of luck';\nexport default {};`))).toMatch(/text\.ts: out of luck$/);
  });

  it('that waits for ever is refused, and leaves nothing behind', async () => {
    const before = readdirSync(tmpdir());
    const message = refusal(written('waits.ts', `await new Promise(() => {});\nexport default {};`));
    // Here there is always something left to do; where there is not, Node says so.
    await expect.poll(() => process.listenerCount('beforeExit')).toBeGreaterThan(idleListeners);
    process.emit('beforeExit', 0);
    expect(await message).toMatch(/waits\.ts: it waits for something that never comes$/);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('thimble-config-') && !before.includes(name))).toEqual([]);
  });

  it('without a default export is refused with what to write', async () => {
    expect(await refusal(written('empty.ts', 'export const x = 1;'))).toContain('no default export; write: export default');
  });

  it('that is missing, or a folder, is refused', async () => {
    expect(await refusal(join(folder, 'missing.ts'))).toContain('missing.ts: no such file');
    expect(await refusal(folder)).toContain('is not a file');
  });
});
