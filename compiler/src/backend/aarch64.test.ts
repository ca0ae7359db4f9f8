/** What the machine executes: the instructions of small programs, and the tables of symbols, sizes and stack. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile, formatDiagnostic, type CompileResult } from '../index.ts';
import { requireTool } from './tools.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'thimble-aarch64-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const linkerScript = `
ENTRY(machine_start)
SECTIONS {
  . = 0x40000000;
  .text : { KEEP(*(.text.start)) *(.text .text.*) }
  .rodata : { *(.rodata .rodata.*) }
  .data : { *(.data .data.*) }
  .bss : { *(.bss .bss.*) }
  __end = .;
  /DISCARD/ : { *(.comment) }
}`;

const source = `
import { product } from './inlined.ts';
const HCR_EL2 = register({ name: 'HCR_EL2', fields: { VM: 0, TGE: 27 } });
const LR = register({ name: 'ICH_LR0_EL2', encoding: 'S3_4_C12_C12_0', fields: {} });
class Frame {
  pad: u8 = 0;
  saved: u64 = 7n;
}
const frame = new Frame();
const words: readonly u32[] = [5, 6, 7];
const big = fixedArray(u64, 100);
const GREETING = 'hello';

export function start(): void {
  naked(asm\`
    mov x0, #\${2 * 8}
    ldr x1, [x0, #\${offsetOf(Frame, 'saved')}]
    bl \${handle}
    bl \${across}
  1: b 1b\`, { section: '.text.start', align: 2048 });
}
export const after = naked<(x: u64) => u64>(asm\`
    add x0, x0, #1
    ret\`);
const firmware = naked<() => void>(asm\`
    hvc #0
    ret\`);
function across(x: u64): u64 {
  const before = mmio.read64(x);
  firmware();
  return before;
}
function handle(x: u32): u32 {
  return deeper(x) + deeper(x + 1);
}
/** @noinline */
function deeper(x: u32): u32 {
  big[x & 63] = u64(x);
  mmio.write32(big[x & 31] + addressOf(frame), words[x % 3]);
  asm\`dc civac, \${u64(x)}\`;
  return u32(after(u64(x)));
}
export function keep(x: u64): u64 {
  return after(x) + x;
}
export function set(on: boolean): void {
  HCR_EL2.write(HCR_EL2.of({ VM: 1n }));
  LR.write(0n);
  if (on) asm\`msr daifset, #2\`;
}
export function read8(at: u64): u8 {
  return mmio.read8(at);
}
export function narrow(x: u8): void {
  asm\`mov w0, \${x}\`;
}
export function end(): u64 {
  return linkerSymbol('__end');
}
export function area(a: u32, b: u32): u32 {
  return product(a, b) + 1;
}
/** @noinline */
function apart(a: u32): u32 {
  return a ^ 5;
}
/** @inline */
function within(a: u32, b: u64): u32 {
  mmio.write32(b, a);
  mmio.write32(b + 4n, a);
  return mmio.read32(b + 8n);
}
export function tags(a: u32, b: u64): u32 {
  return apart(a) | within(a, b) | within(a, b + 64n);
}
export function spell(i: u32): u8 {
  return GREETING.charCodeAt(i);
}
`;

let result: CompileResult;
let listing: Map<string, string[]>;

async function disassemble(file: string): Promise<Map<string, string[]>> {
  const functions = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of (await requireTool('llvm-objdump', ['-d', '--no-show-raw-insn', '--no-leading-addr', file])).split('\n')) {
    const name = /^<(\w+)>:$/.exec(line)?.[1];
    if (name !== undefined) functions.set(name, (lines = []));
    else if (/^\s+\S/.test(line)) lines.push(line.trim().replace(/\s+/g, ' '));
  }
  return functions;
}

beforeAll(async () => {
  const entry = path.join(folder, 'machine.ts');
  const script = path.join(folder, 'machine.ld');
  writeFileSync(entry, source);
  writeFileSync(script, linkerScript);
  writeFileSync(path.join(folder, 'inlined.ts'), 'export function product(a: u32, b: u32): u32 {\n  return a * b;\n}\n');
  result = await compile({ entry, outDir: folder, name: 'machine', target: 'aarch64', linkerScript: script });
  expect(result.diagnostics.map((one) => formatDiagnostic(one, false))).toEqual([]);
  listing = await disassemble(result.elfFile ?? '');
});

const code = (name: string): string => (listing.get(name) ?? []).join('\n');

describe('instructions', () => {
  test('a naked function is its assembly, with constants and symbols in place', () => {
    expect(listing.get('machine_start')?.slice(0, 5)).toEqual([
      'mov x0, #0x10 // =16', 'ldr x1, [x0, #0x8]', expect.stringMatching(/^bl .*<machine_handle>$/), expect.stringMatching(/^bl .*<machine_across>$/), expect.stringMatching(/^b /),
    ]);
    expect(code('machine_after')).toBe('add x0, x0, #0x1\nret');
  });
  test('a value stays in a register that assembly leaves alone, and in none that it changes', () => {
    expect(code('machine_keep')).toMatch(/^str x30, .*\nmov (x(?!0\b|30\b)\d+), x0\nbl .*<machine_after>\nadds x0, x0, \1\n/);
    expect(code('machine_keep')).not.toContain('x19');
  });
  test('what assembly calls keeps the registers that any function keeps', () => {
    expect(code('machine_across')).toMatch(/^stp x30, x19, .*\nldr x19, \[x0\]\nbl .*<machine_firmware>\nmov x0, x19\nldp x30, x19, .*\nret$/);
  });
  test('a register is written by name or encoding, zero without a register of its own', () => {
    expect(code('machine_set')).toMatch(/msr HCR_EL2, x\d+\n/);
    expect(code('machine_set')).toMatch(/msr (ICH_LR0_EL2|S3_4_C12_C12_0), xzr/);
    expect(code('machine_set')).toContain('msr DAIFSet, #0x2');
  });
  test('a device access is one plain load', () => {
    expect(code('machine_read8')).toBe('ldrb w0, [x0]\nret');
  });
  test('a comment decides about inlining', () => {
    expect(code('machine_tags')).toMatch(/bl .*<machine_apart>/);
    expect(listing.has('machine_within')).toBe(false);
  });
  test('a narrow operand of assembly is extended to its register', () => {
    expect(code('machine_narrow')).toMatch(/^and (w\d+), w0, #0xff\nmov w0, \1\nret$/);
  });
  test('a linker symbol is computed from the program counter', () => {
    expect(code('machine_end')).toMatch(/^adr x0, .*<__end>\nret$/);
  });
});

describe('tables', () => {
  test('every symbol has its module and section', () => {
    const found = new Map(result.symbols.map((one) => [one.name, one]));
    expect(found.get('machine_start')).toMatchObject({ address: 0x4000_0000n, module: 'machine', section: '.text' });
    expect(found.get('machine_big')).toMatchObject({ bytes: 800, section: '.bss' });
    expect(found.get('machine_frame')).toMatchObject({ bytes: 16, section: '.data' });
    expect(found.get('machine_words')).toMatchObject({ bytes: 12, section: '.rodata' });
  });
  test('modules add up their symbols', () => {
    const [module] = result.modules.filter((one) => one.module === 'machine');
    expect(module).toMatchObject({ bssBytes: 800, dataBytes: 16, rodataBytes: 12 });
    expect(module?.textBytes).toBeGreaterThan(100);
  });
  test('inlined code counts for the module it comes from', () => {
    const [inlined] = result.modules.filter((one) => one.module === 'inlined');
    expect(listing.has('inlined_product')).toBe(false);
    expect(inlined?.textBytes).toBeGreaterThanOrEqual(8);
    expect(inlined?.textBytes).toBeLessThan(32);
  });
  test('the flat image starts at the first section and ends before what is zero', () => {
    expect(result.flatBytes).toBeGreaterThan(100);
    expect(result.flatBytes).toBeLessThan(800);
  });
  test('the stack bound follows the calls of assembly too', () => {
    expect(result.stackBytesMax).toBeGreaterThanOrEqual(32);
    expect(result.stackBytesMax).toBeLessThan(128);
  });
});

test('what functions have in common stands once, and in the hot one whole', async () => {
  const entry = path.join(folder, 'alike.ts');
  const fields = Array.from({ length: 8 }, (_, index) => `f${index}`);
  const values = fields.map((name, index) => `  box.${name} = ${(index * 5 + 3) * 0x1_0013};`).join('\n');
  const body = (last: number): string => `(box: Box): void {\n  box.last = ${last};\n${values}\n}`;
  const functions = [1, 2, 3].map((index) => `export function cold${index}${body(index)}`);
  writeFileSync(entry, `class Box {\n${[...fields, 'last'].map((name) => `  ${name}: u32 = 0;`).join('\n')}\n}\n${functions.join('\n')}\n/** @hot */\nexport function hot${body(4)}`);
  const { elfFile = '' } = await compile({ entry, outDir: folder, name: 'alike', target: 'aarch64' });
  const found = await disassemble(elfFile);
  for (const name of ['alike_cold1', 'alike_cold2', 'alike_cold3']) expect(found.get(name)?.length, name).toBeLessThan(fields.length);
  expect(found.get('alike_hot')?.filter((line) => line.startsWith('st')).length).toBeGreaterThanOrEqual(fields.length / 2);
  expect(found.get('alike_hot')?.join('\n')).not.toMatch(/\b(bl|b) /);
});

test.each([['checked by an instruction', '', 1], ['left to the MMU where the linker script says that nothing is mapped at 0', '__null_faults = 1;', 0]])(
  'null is %s', async (_, statement, checks) => {
    const [entry, script] = [path.join(folder, 'nothing.ts'), path.join(folder, 'nothing.ld')];
    writeFileSync(entry, 'class Box {\n  value: u64 = 0n;\n}\nexport function run(box: Box | null): u64 {\n  return nonNull(box).value;\n}\n');
    writeFileSync(script, `${statement}\n${linkerScript.replace('machine_start', 'nothing_run')}`);
    const { elfFile = '' } = await compile({ entry, outDir: folder, name: 'nothing', target: 'aarch64', linkerScript: script });
    const run = (await disassemble(elfFile)).get('nothing_run') ?? [];
    expect(run.filter((line) => /^(cbn?z|brk)/.test(line))).toHaveLength(2 * checks);
    expect(run.some((line) => /^ldr x0, \[x\d+\]$/.test(line))).toBe(true);
  },
);

test('what the assembler refuses is shown at its line', async () => {
  const entry = path.join(folder, 'typo.ts');
  writeFileSync(entry, 'export function run(): void {\n  asm`movv x0, x1`;\n}\n');
  const { ok, diagnostics } = await compile({ entry, outDir: folder, name: 'typo', target: 'aarch64' });
  expect(ok).toBe(false);
  expect(diagnostics).toMatchObject([{ code: 'TH1712', file: entry, line: 2, message: expect.stringContaining('unrecognized instruction') as string }]);
});

test('what the linker refuses is said in its words', async () => {
  const entry = path.join(folder, 'missing.ts');
  writeFileSync(entry, "export function run(): u64 { return linkerSymbol('__nowhere'); }");
  await expect(compile({ entry, outDir: folder, name: 'missing', target: 'aarch64' })).rejects.toThrow(/__nowhere/);
});
