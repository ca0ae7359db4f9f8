/**
 * Stage 2: what a VM's intermediate physical addresses mean. 39 bits of IPA, walked from level 1, RAM in 2 MiB
 * blocks from IPA 0x4000_0000 on. All tables are filled before the VM first runs, and nothing is ever unmapped.
 * [DDI0487 D8.3 "Translation table descriptor formats"]
 *
 * **Invariant**: a block of RAM is in the tables of one VM only; `ram.claimBlock` gives each block out once.
 */
import { VTCR_EL2, VTTBR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { ID_AA64MMFR0_EL1 } from '@thimble/arm64/registers-id.ts';
import { pa, type Ipa, type Pa } from './address.ts';
import * as frames from './frames.ts';
import { BLOCK_BYTES, BLOCK_SHIFT, PAGE_BYTES, PAGE_SHIFT } from './layout.ts';

const Descriptor = bits({
  name: 'stage 2 descriptor',
  fields: { VALID: 0, PAGE_OR_TABLE: 1, MEMATTR: [5, 2], S2AP: [7, 6], SH: [9, 8], AF: 10, ADDRESS: [47, 12], XN: 54 },
});
/** Normal memory, write-back, readable, writable and executable: the guest's own stage 1 restricts it. */
const RAM_BLOCK = Descriptor.of({ VALID: 1n, MEMATTR: 0xfn, S2AP: 3n, SH: 3n, AF: 1n });
/** The same, read-only and not executable. */
const SHOWN_PAGE = Descriptor.of({ VALID: 1n, PAGE_OR_TABLE: 1n, MEMATTR: 0xfn, S2AP: 1n, SH: 3n, AF: 1n, XN: 1n });
/** Device-nGnRE, readable and writable. */
const DEVICE_PAGE = Descriptor.of({ VALID: 1n, PAGE_OR_TABLE: 1n, MEMATTR: 1n, S2AP: 3n, AF: 1n, XN: 1n });
const TABLE = Descriptor.of({ VALID: 1n, PAGE_OR_TABLE: 1n });

const LEVEL1_SHIFT = 30n;
const INDEX_MASK = 0x1ffn;
const ENTRY_BYTES = 8n;

/** The value of VTCR_EL2 for every VM: T0SZ = 25 (39 bits), SL0 = 1 (start at level 1), cached walks. */
export function control(): u64 {
  const paRange = ID_AA64MMFR0_EL1.get(ID_AA64MMFR0_EL1.read(), 'PARANGE');
  return VTCR_EL2.of({ T0SZ: 25n, SL0: 1n, IRGN0: 1n, ORGN0: 1n, SH0: 3n, RES1_31: 1n }) | ((paRange > 5n ? 5n : paRange) << 16n);
}

/** A GICv2's CPU interface as guests see it: two pages at IPA 0x0801_0000. */
const INTERFACE_LEVEL2 = (0x0801_0000n >> BLOCK_SHIFT) * ENTRY_BYTES;
const INTERFACE_LEVEL3 = ((0x0801_0000n >> PAGE_SHIFT) & INDEX_MASK) * ENTRY_BYTES;
/** The frames of the tables that say so. */
export const INTERFACE_FRAMES = 2;
/** The first entry of every VM's level 1 table; 0 while nothing but RAM is mapped. */
let interfaceEntry: u64 = 0n;

/** Every VM gets the virtual CPU interface at `base` at the place of its own: each processor shows the guest that it runs there. */
export function mapInterface(base: Pa): void {
  const level2 = frames.take();
  const level3 = frames.take();
  const pages = wrappingAdd(frames.at(level3), INTERFACE_LEVEL3);
  memory.store64(pages, unbrand(base) | DEVICE_PAGE);
  memory.store64(wrappingAdd(pages, ENTRY_BYTES), wrappingAdd(unbrand(base), PAGE_BYTES) | DEVICE_PAGE);
  memory.store64(wrappingAdd(frames.at(level2), INTERFACE_LEVEL2), unbrand(level3) | TABLE);
  interfaceEntry = unbrand(level2) | TABLE;
}

/** An address space without RAM; the value for VTTBR_EL2. VMID 0 is nobody's. */
export function create(vmid: u64): u64 {
  const level1 = frames.take();
  memory.store64(frames.at(level1), interfaceEntry);
  return unbrand(level1) | VTTBR_EL2.of({ VMID: vmid });
}

/** Maps the 2 MiB block `block` at `at`, both 2 MiB aligned. */
export function mapBlock(vttbr: u64, at: Ipa, block: Pa): void {
  setLevel2(vttbr, at, unbrand(block) | RAM_BLOCK);
}

/** Shows the guest a page of zeros at `at`, 2 MiB aligned, that only EL2 can write: at the address that this returns. */
export function show(vttbr: u64, at: Ipa): u64 {
  const page = frames.take();
  const table = frames.take();
  memory.store64(frames.at(table), unbrand(page) | SHOWN_PAGE);
  setLevel2(vttbr, at, unbrand(table) | TABLE);
  return frames.at(page);
}

function setLevel2(vttbr: u64, at: Ipa, descriptor: u64): void {
  const level1 = level1Entry(vttbr, at);
  if (memory.load64(level1) === 0n) {
    memory.store64(level1, unbrand(frames.take()) | TABLE);
  }
  memory.store64(level2Entry(memory.load64(level1), at), descriptor);
}

/** Frames that a VM with `blocks` blocks of RAM takes, and one page that it is shown behind them. */
export function frameCount(blocks: u32): u32 {
  return 3 + (blocks + 512) / 512;
}

/** The physical address behind an IPA of the VM's RAM; the caller has checked that it is RAM. */
export function translate(vttbr: u64, at: Ipa): Pa {
  const level1 = memory.load64(level1Entry(vttbr, at));
  const block = memory.load64(level2Entry(level1, at)) & Descriptor.mask('ADDRESS');
  return pa(block | (unbrand(at) & (BLOCK_BYTES - 1n)));
}

function level1Entry(vttbr: u64, at: Ipa): u64 {
  return entryOf(vttbr, unbrand(at) >> LEVEL1_SHIFT);
}

function level2Entry(level1: u64, at: Ipa): u64 {
  return entryOf(level1, unbrand(at) >> BLOCK_SHIFT);
}

/** The address of entry `index`, as far as it counts, of the table that `table` points to: a descriptor, or VTTBR_EL2's value. */
function entryOf(table: u64, index: u64): u64 {
  return wrappingAdd(frames.at(pa(table & Descriptor.mask('ADDRESS'))), (index & INDEX_MASK) * ENTRY_BYTES);
}
