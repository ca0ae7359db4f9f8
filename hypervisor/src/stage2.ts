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
/** As RAM, but not executable. */
const SHARED_PAGE = Descriptor.of({ VALID: 1n, PAGE_OR_TABLE: 1n, MEMATTR: 0xfn, S2AP: 3n, SH: 3n, AF: 1n, XN: 1n });
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

/** An address space without RAM; the value for VTTBR_EL2. VMID 0 is nobody's. */
export function create(vmid: u64): u64 {
  return unbrand(frames.take()) | VTTBR_EL2.of({ VMID: vmid });
}

/** Maps the 2 MiB block `block` at `at`, both 2 MiB aligned. */
export function mapBlock(vttbr: u64, at: Ipa, block: Pa): void {
  setLevel2(vttbr, at, unbrand(block) | RAM_BLOCK);
}

/** Shows the guest a page of zeros at `at`, 2 MiB aligned, that only EL2 can write: at the address that this returns. */
export function show(vttbr: u64, at: Ipa): u64 {
  const page = frames.take();
  mapPage(vttbr, at, unbrand(page) | SHOWN_PAGE);
  return frames.at(page);
}

/** Lets the guest write to a page that `show` made for another, at EL2 address `page`. */
export function share(vttbr: u64, at: Ipa, page: u64): void {
  mapPage(vttbr, at, unbrand(frames.paOf(page)) | SHARED_PAGE);
}

/** Gives the guest the device registers in the page `page`. */
export function mapDevice(vttbr: u64, at: Ipa, page: Pa): void {
  mapPage(vttbr, at, unbrand(page) | DEVICE_PAGE);
}

/** Shows the guest from `at` on, a multiple of 4 GiB, the RAM of the guest of `other`, at that guest's own addresses. */
export function openWindow(vttbr: u64, at: Ipa, other: u64): void {
  for (let i: u64 = RAM_FIRST; i <= RAM_LAST; i += 1n) {
    memory.store64(level1Entry(vttbr, at) + i * ENTRY_BYTES, memory.load64(frames.at(tableOf(other)) + i * ENTRY_BYTES));
  }
}
/** The level 1 entries of RAM. */
const RAM_FIRST = 1n;
const RAM_LAST = 3n;

/** An entry for one page, in tables that are made where there are none. */
function mapPage(vttbr: u64, at: Ipa, descriptor: u64): void {
  const level2 = tableEntry(level1Entry(vttbr, at), (unbrand(at) >> BLOCK_SHIFT) & INDEX_MASK);
  memory.store64(tableEntry(level2, (unbrand(at) >> PAGE_SHIFT) & INDEX_MASK), descriptor);
}

function setLevel2(vttbr: u64, at: Ipa, descriptor: u64): void {
  memory.store64(tableEntry(level1Entry(vttbr, at), (unbrand(at) >> BLOCK_SHIFT) & INDEX_MASK), descriptor);
}

/** Where the level 1 entry for `at` is. */
function level1Entry(vttbr: u64, at: Ipa): u64 {
  return frames.at(tableOf(vttbr)) + ((unbrand(at) >> LEVEL1_SHIFT) & INDEX_MASK) * ENTRY_BYTES;
}

/** Where entry `index` is of the table that the entry at `parent` names; an empty one gets a table. */
function tableEntry(parent: u64, index: u64): u64 {
  if (memory.load64(parent) === 0n) {
    memory.store64(parent, unbrand(frames.take()) | TABLE);
  }
  return frames.at(tableOf(memory.load64(parent))) + index * ENTRY_BYTES;
}

/** Frames that a VM with `blocks` blocks of RAM takes, and one page that it is shown behind them. */
export function frameCount(blocks: u32): u32 {
  return 3 + (blocks + 512) / 512;
}
/** Frames of tables that the first page elsewhere takes, and at most one more for each further page. */
export const PAGE_FRAMES = 2;

/** The physical address behind an IPA of the VM's RAM, which the caller has checked. */
export function translate(vttbr: u64, at: Ipa): Pa {
  return pa(find(vttbr, unbrand(at)));
}

/** The physical address behind `at`, whatever that is; NOT_RAM unless a 2 MiB block of RAM is there. */
export function find(vttbr: u64, at: u64): u64 {
  const level1 = memory.load64(frames.at(tableOf(vttbr)) + ((at >> LEVEL1_SHIFT) & INDEX_MASK) * ENTRY_BYTES);
  if (at >> IPA_BITS !== 0n || level1 === 0n) {
    return NOT_RAM;
  }
  const block = memory.load64(frames.at(tableOf(level1)) + ((at >> BLOCK_SHIFT) & INDEX_MASK) * ENTRY_BYTES);
  return (block & Descriptor.mask('PAGE_OR_TABLE')) !== 0n || block === 0n ? NOT_RAM : (block & Descriptor.mask('ADDRESS')) + (at & (BLOCK_BYTES - 1n));
}
export const NOT_RAM = 0xffff_ffff_ffff_ffffn;
const IPA_BITS = 39n;

function tableOf(vttbr: u64): Pa {
  return pa(vttbr & Descriptor.mask('ADDRESS'));
}
