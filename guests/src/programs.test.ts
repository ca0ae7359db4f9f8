/** Every program in this folder compiles, and is linked for where it will be loaded. What they do, scenarios show. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile, formatDiagnostic } from '@thimble/compiler';

const folder = import.meta.dirname;
const outDir = resolve(folder, '../../build/guest-tests');

/** The start of RAM and the usual distance of a kernel from it. */
const GUEST_ENTRY = 0x4008_0000n;

const ELF_MACHINE_AARCH64 = 183;

const programs = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => file.slice(0, -'.ts'.length));

test('there are programs', () => {
  expect(programs).toContain('hello');
});

describe.each(programs)('%s', (name) => {
  // Programs for EL0 of a Linux guest; the others are machines of their own.
  const isProcess = name.startsWith('linux-');
  const linkerScript = resolve(folder, isProcess ? '../linux-process.ld' : '../guest.ld');

  test('compiles, and starts where it is loaded', async () => {
    const result = await compile({ entry: join(folder, `${name}.ts`), outDir, name, target: 'aarch64', linkerScript });
    expect(result.diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, false))).toEqual([]);
    expect(result.flatBytes).toBeGreaterThan(0);
    const elf = readFileSync(result.elfFile ?? '');
    expect(elf.readUInt16LE(18)).toBe(ELF_MACHINE_AARCH64);
    if (isProcess) return;
    const entry = result.symbols.find((symbol) => symbol.name === `${name.replaceAll('-', '_')}_entry`);
    expect(entry?.address).toBe(GUEST_ENTRY);
  });
});
