/** What goes into the gaps of a linker script, and that a whole program still links and is laid out as the script says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../index.ts';
import type { ElfSymbol, Section } from './elf.ts';
import { fillGaps, hasGaps } from './fill-gaps.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'thimble-gaps-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const symbol = (name: string, address: number, bytes: number, isFunction = true): ElfSymbol => ({
  name, address: BigInt(address), bytes, section: '.text', isFunction, kind: isFunction ? 'text' : 'rodata',
});
const section = (name: string, size: number, alignment = 4): Section => ({ name, type: 1, flags: 6n, address: 0n, offset: 0, size, link: 0, alignment });

const script = 'KEEP(*(.text.one)) /* fill */ . = 0x100;\nKEEP(*(.text.two)) /* fill */ . = 0x200;\n*(.text.*)';
const fixed = [symbol('one', 0, 0xe0), symbol('two', 0x100, 0xf0)];
const sectionsOf = (symbols: readonly ElfSymbol[]): Section[] => symbols.map(({ name, bytes }) => section(`.text.${name}`, bytes));

describe('a gap', () => {
  test('takes the functions that fill it best, each function once', () => {
    const free = [symbol('a', 0x200, 24), symbol('b', 0x218, 20), symbol('c', 0x22c, 16), symbol('d', 0x23c, 12)];
    expect(fillGaps(script, [...fixed, ...free], sectionsOf([...fixed, ...free]))).toBe(
      'KEEP(*(.text.one)) *(.text.b) *(.text.d)  . = 0x100;\nKEEP(*(.text.two)) *(.text.c)  . = 0x200;\n*(.text.*)',
    );
  });
  test('takes nothing that is too large, aligned wider, no function or in no section of its own', () => {
    const free = [symbol('a', 0x200, 36), symbol('wide', 0x240, 16), symbol('words', 0x250, 16, false), symbol('inner', 0x260, 16)];
    const inputs = [section('.text.a', 36), section('.text.wide', 16, 64), section('.rodata.words', 16)];
    expect(fillGaps(script, [...fixed, ...free], inputs)).toBe('KEEP(*(.text.one))  . = 0x100;\nKEEP(*(.text.two))  . = 0x200;\n*(.text.*)');
  });
  test('takes a section whole, with the functions that its first one falls into', () => {
    const free = [symbol('a', 0x200, 12), symbol('b', 0x20c, 20), symbol('c', 0x220, 16)];
    const inputs = [section('.text.a', 32), section('.text.hot.c', 16)];
    expect(fillGaps(script, [...fixed, ...free], inputs)).toBe('KEEP(*(.text.one)) *(.text.a)  . = 0x100;\nKEEP(*(.text.two)) *(.text.hot.c)  . = 0x200;\n*(.text.*)');
  });
  test('that its own contents fill gets nothing', () => {
    const free = [symbol('d', 0x200, 4)];
    expect(fillGaps(script, [symbol('one', 0, 0x100), symbol('two', 0x100, 0x100), ...free], sectionsOf(free))).not.toContain('.text.d');
  });
  test('is only where the script says so', () => {
    expect(hasGaps(script)).toBe(true);
    expect(hasGaps('.text : { *(.text) . = ALIGN(8); /* filled */ }')).toBe(false);
  });
});

const program = `
export function start(): void {
  naked(asm\`b .\`, { section: '.text.start' });
}
export function first(a: u64): u64 { return a + 1n; }
export function second(a: u64, b: u64): u64 { return a * b; }
`;
const linkerScript = (slotBytes: number): string => `
ENTRY(slots_start)
SECTIONS {
  . = 0x40000000;
  .text : { KEEP(*(.text.start)) /* fill */ . = 0x${(0x4000_0000 + slotBytes).toString(16)}; *(.text .text.*) }
  /DISCARD/ : { *(.comment) }
}`;

async function build(name: string, slotBytes: number): Promise<Map<string, bigint>> {
  const [entry, file] = [path.join(folder, 'slots.ts'), path.join(folder, `${name}.lds`)];
  writeFileSync(entry, program);
  writeFileSync(file, linkerScript(slotBytes));
  const result = await compile({ entry, outDir: folder, name, target: 'aarch64', linkerScript: file });
  return new Map(result.symbols.map((one) => [one.name, one.address]));
}

test('in a program, functions move into the gap and the rest follows it', async () => {
  const found = await build('filled', 64);
  expect(found.get('slots_start')).toBe(0x4000_0000n);
  for (const name of ['slots_first', 'slots_second']) {
    expect(found.get(name), name).toBeGreaterThan(0x4000_0000n);
    expect(found.get(name), name).toBeLessThan(0x4000_0040n);
  }
  expect((await build('narrow', 8)).get('slots_first')).toBeGreaterThanOrEqual(0x4000_0008n);
});

test('what outgrows its place is refused', async () => {
  await expect(build('outgrown', 0)).rejects.toThrow(/unable to move location counter .* backward/);
});
