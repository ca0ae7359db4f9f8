/** The command line: what it prints and how it ends, for programs that are right, wrong, or not there. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(path.join(os.tmpdir(), 'thimble-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = (name: string, text: string): string => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
};
const tsx = path.join(import.meta.dirname, '../../node_modules/tsx/dist/cli.mjs');
const run = (...args: readonly string[]): { status: number | null; output: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsx, path.join(import.meta.dirname, 'cli.ts'), ...args], { encoding: 'utf8', cwd: folder });
  return { status, output: stdout + stderr };
};

test('a program that is refused shows place, line, caret and remedy', () => {
  const file = program('wrong.ts', 'export function wrong(a: u8, b: u32): u32 {\n  return a + b;\n}\n');
  const { status, output } = run('check', file);
  expect(status).toBe(1);
  expect(output.split('\n')).toEqual([
    'wrong.ts:2:10: error TH1201: `+` between u8 and u32.',
    '  2 |   return a + b;',
    '    |          ^^^^^',
    '  instead: Convert one side: `u32(…)` is checked, `u32.wrap(…)` takes the low bits.',
    '',
  ]);
});

test('a program that is accepted is built', () => {
  const file = program('right.ts', 'export function twice(a: u32): u32 {\n  return a * 2;\n}\n');
  const { status, output } = run('build', file, '--target', 'wasm32', '--out', path.join(folder, 'out'), '--name', 'right');
  expect(output).toMatch(/right\.wasm: \d+ bytes/);
  expect(status).toBe(0);
});

test('an output folder that cannot be is named', () => {
  const file = program('fine.ts', 'export function one(): u32 {\n  return 1;\n}\n');
  const { status, output } = run('build', file, '--target', 'wasm32', '--out', path.join(file, 'out'));
  expect(status).toBe(1);
  expect(output).toMatch(/program\.c cannot be written: .*ENOTDIR/);
  expect(output).not.toContain('    at ');
});

test.each([[[]], [['build', 'x.ts', '--target', 'vax']], [['build', 'x.ts', '--bogus']]])('%j shows the usage or the mistake', (args) => {
  const { status, output } = run(...args);
  expect(status).toBe(1);
  expect(output).toMatch(/Usage:|--bogus/);
  expect(output).not.toContain('    at ');
});

test('a missing entry module is named', () => {
  expect(run('check', 'nowhere.ts').output).toContain('error TH1002: The entry module nowhere.ts does not exist.');
});
