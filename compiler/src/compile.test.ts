/**
 * Every program of test/accepted, compiled for wasm32 and run. A comment above an exported function says what it
 * must do: `// = 42` give 42, `// traps` stop, `// calls f(1) g()` call the host like this.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compile, formatDiagnostic } from './index.ts';
import { importedFunctions } from './host-run/wasm-imports.ts';
import { moduleName } from './model/c-names.ts';

interface Expected {
  readonly name: string;
  readonly expectation: string;
  readonly result: string;
}

const folder = path.join(import.meta.dirname, '../test/accepted');
const outDir = mkdtempSync(path.join(os.tmpdir(), 'thimble-accepted-'));
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

function expectationsIn(source: string): Expected[] {
  const found = source.matchAll(/^\/\/ (= \S+|traps|calls .+)\nexport function (\w+)\(\): (\w+)/gm);
  return [...found].map(([, expectation = '', name = '', result = '']) => ({ name, expectation, result }));
}

/** Host functions that log their arguments, unsigned, and give 0. */
async function load(file: string): Promise<{ call: (name: string) => unknown; log: string[] }> {
  const bytes = new Uint8Array(readFileSync(file));
  const module = await WebAssembly.compile(bytes);
  const log: string[] = [];
  const env: Record<string, (...values: (number | bigint)[]) => number | bigint> = {};
  for (const { name, returnsBigint } of importedFunctions(bytes))
    env[name] = (...values) => {
      log.push(`${name}(${values.map((one) => (typeof one === 'bigint' ? BigInt.asUintN(64, one) : one >>> 0)).join(', ')})`);
      return returnsBigint ? 0n : 0;
    };
  const instance = new WebAssembly.Instance(module, { env });
  return { log, call: (name) => (instance.exports[name] as () => unknown)() };
}

function shown(value: unknown, type: string): string {
  if (typeof value === 'bigint') return String(type === 'i64' ? value : BigInt.asUintN(64, value));
  return String(type === 'i32' ? Number(value) : Number(value) >>> 0);
}

describe.each(readdirSync(folder).filter((one) => one.endsWith('.ts')))('%s', (fileName) => {
  const file = path.join(folder, fileName);
  const expectations = expectationsIn(readFileSync(file, 'utf8'));
  const compiled = compile({ entry: file, outDir, name: moduleName(file), target: 'wasm32' });

  test('is accepted', async () => {
    const { diagnostics } = await compiled;
    expect(diagnostics.map((one) => formatDiagnostic(one, false))).toEqual([]);
    expect(expectations.length).toBe(readFileSync(file, 'utf8').match(/^export function/gm)?.length);
  });

  test.each(expectations)('$name $expectation', async ({ name, expectation, result }) => {
    const { imageFile = '' } = await compiled;
    const program = await load(imageFile);
    const call = (): unknown => program.call(`${moduleName(file)}_${name}`);
    if (expectation === 'traps') return expect(call).toThrow(WebAssembly.RuntimeError);
    const value = call();
    if (expectation.startsWith('calls')) return expect(`calls ${program.log.join(' ')}`).toBe(expectation);
    return expect(`= ${shown(value, result)}`).toBe(expectation);
  });
});
