import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DumpReader } from './symbolizer.ts';

const folder = mkdtempSync(join(tmpdir(), 'thimble-test-'));
const elf = join(folder, 'program.elf');

/** A function at 0x3c000000 that is said to come from a line of TypeScript. */
beforeAll(() => {
  const source = join(folder, 'program.c');
  writeFileSync(source, '#line 41 "hypervisor/src/stage2.ts"\nvoid stage2_map(void)\n{\n  __asm__("brk #1; nop");\n}\n');
  execFileSync('clang-19', ['--target=aarch64-none-elf', '-g', '-nostdlib', '-fuse-ld=lld', '-Wl,-Ttext=0x3c000000', '-Wl,-estage2_map', source, '-o', elf]);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('a dump', () => {
  it('gets the function and the TypeScript line of each address', () => {
    const reader = new DumpReader(elf);
    expect(reader.annotate('panic: esr=f2000001')).toBe('panic: esr=f2000001');
    expect(reader.annotate('  at 3c000000')).toMatch(/^ {2}at 3c000000 stage2_map \(hypervisor\/src\/stage2\.ts:4[1-3]\)$/);
  });

  it('gets the call behind a return address', () => {
    const reader = new DumpReader(elf);
    reader.annotate('panic: esr=0');
    reader.annotate('  at 3c000000');
    expect(reader.annotate('  at 3c000004')).toContain('  at 3c000004 stage2_map (');
    expect(reader.annotate('  at 3c000000')).toBe('  at 3c000000');
  });

  it('keeps addresses that nobody knows, and lines that are no dump', () => {
    const reader = new DumpReader(elf);
    expect(reader.annotate('  at 3c000000')).toBe('  at 3c000000');
    reader.annotate('panic: esr=0');
    expect(reader.annotate('  at ffffffff')).toBe('  at ffffffff');
    expect(new DumpReader(null).annotate('  at 3c000000')).toBe('  at 3c000000');
  });
});
