/** EL2's own translation tables: boot-tables.ts builds them, mapping.ts changes them. Nothing is ever writable and executable. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BootFunctions } from '../test/boot-functions.ts';
import { lookUp, mappings, type Mapping } from '../test/el2-space.ts';
import { load, type ProgramUnderTest } from '../test/program-under-test.ts';

const IMAGE_VA = 0x3c00_0000n;
const WORKSPACE_VA = 0x3c01_0000n;
const DEVICES_VA = 0x3c20_0000n;
const BLOB_VA = 0x3c40_0000n;
const WINDOWS_VA = 0x3c80_0000n;
const BLOCK = 0x20_0000n;
const IMAGE_BYTES = 0x6abcn;
const WORKSPACE_BYTES = 0x2_3000n;
/** Physical address of the image: any; the workspace is where the program's memory has its tables. */
const IMAGE = 0x4_8020_0000n;
const NORMAL = 0;
const DEVICE = 1;

let atInvalidation: (page: bigint) => unknown;
let boot: ProgramUnderTest<BootFunctions>;
beforeAll(async () => {
  boot = await load<BootFunctions>('boot-under-test', {
    hooks: {
      asm_tlbi: (page = 0n) => void atInvalidation(BigInt(page)),
      linker_symbol___image_end: () => IMAGE_VA + IMAGE_BYTES,
      linker_symbol_entry_header: () => IMAGE_VA,
      linker_symbol___workspace: () => WORKSPACE_VA,
      linker_symbol___workspace_end: () => WORKSPACE_VA + WORKSPACE_BYTES,
    },
  });
});
beforeEach(() => {
  boot.reset();
  atInvalidation = () => 0;
  boot.program.memory.bytes(WORKSPACE_VA, 0x3000).fill(0xff);
  boot.call.tablesBuild(IMAGE, WORKSPACE_VA);
});

const all = (): Mapping[] => mappings(boot.program.memory, WORKSPACE_VA, (pa) => pa);

function expectWriteXorExecute(): void {
  for (const one of all()) expect(one.writable && one.executable, one.va.toString(16)).toBe(false);
}

describe('the tables after boot', () => {
  it('map the image read-only and executable, page by page to where it is', () => {
    const image = all().filter(({ va }) => va < WORKSPACE_VA);
    expect(image).toHaveLength(7);
    for (const one of image) {
      expect(one).toEqual({ va: one.va, bytes: 0x1000n, pa: IMAGE + (one.va - IMAGE_VA), writable: false, executable: true, attribute: NORMAL });
    }
  });

  it('map the workspace writable and not executable', () => {
    const workspace = all().filter(({ va }) => va >= WORKSPACE_VA);
    expect(workspace).toHaveLength(Number(WORKSPACE_BYTES / 0x1000n));
    for (const one of workspace) {
      expect(one).toEqual({ va: one.va, bytes: 0x1000n, pa: one.va, writable: true, executable: false, attribute: NORMAL });
    }
  });

  it('are switched on with the processor refusing to execute what is writable', () => {
    boot.program.registers.set('CurrentEL', 2n << 2n);
    boot.program.registers.set('ID_AA64MMFR0_EL1', 0x1122n);
    const control = boot.call.tablesActivate(WORKSPACE_VA);
    const { registers } = boot.program;
    expect(registers.get('TTBR0_EL2')).toBe(WORKSPACE_VA);
    expect(registers.get('VBAR_EL2')).toBe(IMAGE_VA);
    // MMU, data cache, instruction cache, WXN.
    for (const bit of [0n, 2n, 12n, 19n]) expect((control >> bit) & 1n, `SCTLR_EL2 bit ${bit}`).toBe(1n);
    // T0SZ = 34; PS as the processor has it.
    expect(registers.get('TCR_EL2')! & 0x3fn).toBe(34n);
    expect((registers.get('TCR_EL2')! >> 16n) & 7n).toBe(2n);
    // Attribute 0: normal, write-back; attribute 1: Device-nGnRE.
    expect(registers.get('MAIR_EL2')! & 0xffffn).toBe(0x04ffn);
  });

  it('say at most 48 bits of physical address, whatever the processor has', () => {
    boot.program.registers.set('CurrentEL', 2n << 2n);
    boot.program.registers.set('ID_AA64MMFR0_EL1', 6n);
    boot.call.tablesActivate(WORKSPACE_VA);
    expect((boot.program.registers.get('TCR_EL2')! >> 16n) & 7n).toBe(5n);
  });
});

describe('what is mapped later', () => {
  it('are devices, at any page and offset, without execution', () => {
    const uart = boot.call.mapDevice(0x900_0018n, 0x1000n);
    const next = boot.call.mapDevice(0x800_0000n, 0x1_0000n);
    expect([uart, next]).toEqual([DEVICES_VA + 0x18n, DEVICES_VA + 0x2000n]);
    expect(lookUp(all(), uart)).toMatchObject({ pa: 0x900_0000n, writable: true, executable: false, attribute: DEVICE });
    expect(lookUp(all(), uart + 0xfffn)).toMatchObject({ pa: 0x900_1000n });
    expect(lookUp(all(), next + 0xffffn)).toMatchObject({ pa: 0x800_f000n });
    expect(lookUp(all(), next + 0x1_0000n)).toBeUndefined();
  });

  it('ends where the table for devices ends', () => {
    expect(boot.call.mapDevice(0x1000_0000n, 0x20_0000n)).toBe(DEVICES_VA);
    expect(boot.call.mapDevice(0x1000_0000n, 1n)).toBe(0n);
    expect(boot.call.mapDevice(0x1000_0000n, 0xffff_ffffn)).toBe(0n);
    expect(all().filter(({ va }) => va >= DEVICES_VA + BLOCK)).toEqual([]);
    expectWriteXorExecute();
  });

  it('is a device tree, 2 MiB of it at least, until it is unmapped', () => {
    const before = all();
    const tree = boot.call.mapBlob(0x481f_fff8n);
    expect(tree).toBe(BLOB_VA + 0x1f_fff8n);
    expect(lookUp(all(), tree)).toMatchObject({ pa: 0x4800_0000n, executable: false, attribute: NORMAL });
    expect(lookUp(all(), tree + BLOCK - 1n)).toMatchObject({ pa: 0x4820_0000n, executable: false });
    boot.call.unmapBlob();
    expect(all()).toEqual(before);
  });

  it('are windows into guest memory, two a processor: one to read, one to write', () => {
    const before = all();
    const windows = [0, 1, 7].flatMap((cpu) => [boot.call.mapWindow(cpu, false, 0x8012_3456n), boot.call.mapWindow(cpu, true, 0x9012_3456n)]);
    expect(new Set(windows.map((va) => va / BLOCK)).size).toBe(6);
    for (const [index, va] of windows.entries()) {
      const writable = index % 2 === 1;
      expect(va).toBeGreaterThanOrEqual(WINDOWS_VA);
      expect(lookUp(all(), va)).toMatchObject({ pa: writable ? 0x9000_0000n : 0x8000_0000n, writable, executable: false, bytes: BLOCK });
      expect(va % BLOCK).toBe(0x12_3456n);
    }
    expectWriteXorExecute();
    for (const cpu of [0, 1, 7]) boot.call.closeWindows(cpu);
    expect(all()).toEqual(before);
  });

  it('drops the old translation before it makes another one', () => {
    const va = boot.call.mapWindow(0, true, 0x8000_0000n);
    const entry = WORKSPACE_VA + (va / BLOCK) * 8n;
    const dropped: [page: bigint, entry: bigint][] = [];
    atInvalidation = (page) => dropped.push([page, boot.program.memory.load64(entry)]);
    boot.call.mapWindow(0, true, 0xa000_0000n);
    expect(dropped).toEqual([[(va / BLOCK) * (BLOCK >> 12n), 0n]]);
    // The same block again changes nothing.
    boot.call.mapWindow(0, true, 0xa000_1000n);
    expect(dropped).toHaveLength(1);
  });
});
