/**
 * Programs written for these tests, compiled and run.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cached, contentKey, sourcesOf } from './build-cache.ts';
import { loadProgram, Trap, type Program } from './index.ts';

const mainText = `import { square } from './square.ts';

type Pa = Brand<'Pa'>;
enum Level { Low = 3, High = 0xffffffff }
class Counter {
  total: u64 = 0n;
  readonly slots = fixedArray(u32, 4);
}
const counter = new Counter();
const SCTLR_EL2 = register({ name: 'SCTLR_EL2', fields: { M: 0, C: 2 } });

export function add(a: u8, b: u8): u8 { return a + b; }
export function largest(): u32 { return 0xffffffff; }
export function negate(a: i32): i32 { return -a; }
export function wide(a: u64): u64 { return wrappingAdd(a, 1n); }
export function narrow(a: i64): i64 { return a / 2n; }
export function product(a: u64, b: u64): u64 { return a * b; }
export function isLow(level: Level): boolean { return level === Level.Low; }
export function invert(flag: boolean): boolean { return !flag; }
export function page(address: Pa): Pa { return brand<Pa>(unbrand(address) & ~0xfffn); }
export function squared(a: u32): u32 { return square(a); }
export function count(): u64 { counter.total += 1n; return counter.total; }
export function store(at: u32, value: u32): void { counter.slots[at] = value; }
export function counterAddress(): u64 { return addressOf(counter); }
export function sumAt(address: u64): u32 { return memory.load32(address) + memory.load32(address + 4n); }
export function enable(): void { SCTLR_EL2.write(SCTLR_EL2.with(SCTLR_EL2.read(), { M: 1n })); }
export function poke(address: u64, value: u32): u32 { mmio.write32(address, value); return mmio.read32(address + 4n); }
export function reverse(value: u64): u64 { return byteSwap(value); }
`;
const squareText = 'export function square(a: u32): u32 { return a * a; }\n';

interface Exports {
  add(a: number, b: number): number;
  largest(): number;
  negate(a: number): number;
  wide(a: bigint): bigint;
  narrow(a: bigint): bigint;
  product(a: bigint, b: bigint): bigint;
  isLow(level: number): boolean;
  invert(flag: boolean): boolean;
  page(address: bigint): bigint;
  squared(a: number): number;
  count(): bigint;
  store(at: number, value: number): void;
  counterAddress(): bigint;
  sumAt(address: bigint): number;
  enable(): void;
  poke(address: bigint, value: number): number;
}

let directory: string;
let entry: string;
let program: Program<Exports>;
const accesses: string[] = [];
const mmio = {
  read(address: bigint, width: number): number {
    accesses.push(`read${width} ${address.toString(16)}`);
    return 0xffff_fff0;
  },
  write(address: bigint, value: bigint, width: number): void {
    accesses.push(`write${width} ${address.toString(16)} ${value.toString(16)}`);
  },
};

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'thimble-host-run-'));
  entry = path.join(directory, 'sample.ts');
  writeFileSync(entry, mainText);
  writeFileSync(path.join(directory, 'square.ts'), squareText);
  program = await loadProgram<Exports>(entry, { mmio, registers: { SCTLR_EL2: 0x30c5_0830n } });
});

afterAll(() => rmSync(directory, { recursive: true }));

describe('values', () => {
  it('cross with their own signs and widths', () => {
    const { functions } = program;
    expect(functions.largest()).toBe(0xffff_ffff);
    expect(functions.negate(5)).toBe(-5);
    expect(functions.wide(0xffff_ffff_ffff_fffen)).toBe(0xffff_ffff_ffff_ffffn);
    expect(functions.narrow(-7n)).toBe(-3n);
    expect(functions.page(0x8000_0000_1234_5678n)).toBe(0x8000_0000_1234_5000n);
  });

  it('may be booleans and enum members', () => {
    expect(program.functions.invert(false)).toBe(true);
    expect(program.functions.isLow(3)).toBe(true);
    expect(program.functions.isLow(0xffff_ffff)).toBe(false);
  });

  it('are refused where the declared type has no room for them', () => {
    expect(() => program.functions.add(256, 0)).toThrow('argument 1 of add is a u8; 256 does not fit');
    expect(() => program.functions.wide(-1n)).toThrow('argument 1 of wide is a u64; -1 does not fit');
    expect(() => program.functions.wide(1 as unknown as bigint)).toThrow('write 1 as a bigint');
    expect(() => (program.functions.add as (a: number) => number)(1)).toThrow('add takes 2 arguments, not 1');
  });

  it('of 64 bits multiply with all their bits', () => {
    expect(program.functions.product(0xffff_ffffn, 0x1_0000_0001n)).toBe(0xffff_ffff_ffff_ffffn);
    expect(() => program.functions.product(1n << 32n, 1n << 32n)).toThrow(Trap);
  });
});

describe('a program', () => {
  it('calls what it imports', () => expect(program.functions.squared(12)).toBe(144));

  it('traps as an error that names the function', () => {
    expect(() => program.functions.add(200, 100)).toThrow(Trap);
    expect(() => program.functions.squared(0x1_0000)).toThrow('squared trapped');
    expect(program.functions.add(200, 55)).toBe(255);
  });

  it('keeps its variables until it is restarted', () => {
    program.restart();
    expect([program.functions.count(), program.functions.count()]).toEqual([1n, 2n]);
    program.restart();
    expect(program.functions.count()).toBe(1n);
  });

  it('shares its memory', () => {
    program.functions.store(2, 77);
    expect(program.memory.load32(program.functions.counterAddress() + 8n + 8n)).toBe(77);
    const address = program.memory.allocate(8);
    program.memory.store32(address, 30);
    program.memory.store32(address + 4, 12);
    expect(program.functions.sumAt(BigInt(address))).toBe(42);
  });

  it('reads and writes system registers of the test', () => {
    program.functions.enable();
    expect(program.registers.get('SCTLR_EL2')).toBe(0x30c5_0831n);
  });

  it('reaches devices through the handlers of the test', () => {
    expect(program.functions.poke(0x900_0000n, 0x8000_0000)).toBe(0xffff_fff0);
    expect(accesses).toEqual(['write32 9000000 80000000', 'read32 9000004']);
  });

  it('meets an error where it reaches for a device that the test does not supply', async () => {
    const bare = await loadProgram<Exports>(entry);
    expect(() => bare.functions.poke(0x900_0000n, 1)).toThrow('device at 0x9000000: give loadProgram an mmio handler');
  });

  it('that does not compile is refused with its diagnostics', async () => {
    const broken = path.join(directory, 'broken.ts');
    writeFileSync(broken, 'export function f(a: u32, b: u8): u32 { return a + b; }\n');
    await expect(loadProgram(broken)).rejects.toThrow(/broken\.ts does not compile:\n.*TH1201/);
  });
});

describe('the build cache', () => {
  it('tells programs apart by all of their sources', () => {
    expect(sourcesOf(entry)).toEqual([entry, path.join(directory, 'square.ts')]);
    const before = contentKey(entry, 'wasm32');
    expect(contentKey(entry, 'wasm32')).toBe(before);
    expect(contentKey(entry, 'native')).not.toBe(before);
    writeFileSync(path.join(directory, 'square.ts'), `${squareText}\n`);
    expect(contentKey(entry, 'wasm32')).not.toBe(before);
    writeFileSync(path.join(directory, 'square.ts'), squareText);
    expect(contentKey(entry, 'wasm32')).toBe(before);
  });

  it('loads a program again without building it', async () => {
    const directoryOfBuild = await cached(contentKey(entry, 'wasm32'), () => Promise.reject(new Error('built again')));
    expect(readdirSync(directoryOfBuild)).toContain('program.json');
    await expect(cached(contentKey(entry, 'never built'), () => Promise.reject(new Error('built')))).rejects.toThrow('built');
  });
});
