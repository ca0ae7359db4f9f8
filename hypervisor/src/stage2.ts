/**
 * Stage 2: what a VM's intermediate physical addresses mean. 39 bits of IPA, walked from level 1, RAM in 2 MiB
 * blocks from IPA 0x4000_0000 on. All tables are filled before the VM first runs, and nothing is ever unmapped.
 * [DDI0487 D8.3 "Translation table descriptor formats"]
 *
 * **Invariant**: a block of RAM is in the tables of one VM only, and, if that VM has virtio devices, of the controller; `ram.claimBlock` gives
 * each block out once.
 */
import { VTCR_EL2, VTTBR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { ID_AA64MMFR0_EL1 } from '@thimble/arm64/registers-id.ts';
import { pa, type Ipa, type Pa } from './address.ts';
import * as frames from './frames.ts';
import { BLOCK_BYTES, BLOCK_SHIFT, PAGE_SHIFT } from './layout.ts';

const Descriptor = bits({
  name: 'stage 2 descriptor',
  fields: { VALID: 0, PAGE_OR_TABLE: 1, MEMATTR: [5, 2], S2AP: [7, 6], SH: [9, 8], AF: 10, ADDRESS: [47, 12], XN: 54 },
});
/** Normal memory, write-back, readable, writable and executable: the guest's own stage 1 restricts it. */
const RAM_BLOCK = Descriptor.of({ VALID: 1n, MEMATTR: 0xfn, S2AP: 3n, SH: 3n, AF: 1n });
/** The same, read-only and not executable. */
export const SHOWN_PAGE = Descriptor.of({ VALID: 1n, PAGE_OR_TABLE: 1n, MEMATTR: 0xfn, S2AP: 1n, SH: 3n, AF: 1n, XN: 1n });
/** As RAM, but not executable. */
export const SHARED_PAGE = Descriptor.of({ VALID: 1n, PAGE_OR_TABLE: 1n, MEMATTR: 0xfn, S2AP: 3n, SH: 3n, AF: 1n, XN: 1n });
/** Device-nGnRE, readable and writable. */
export const DEVICE_PAGE = Descriptor.of({ VALID: 1n, PAGE_OR_TABLE: 1n, MEMATTR: 1n, S2AP: 3n, AF: 1n, XN: 1n });
const TABLE = Descriptor.of({ VALID: 1n, PAGE_OR_TABLE: 1n });

const LEVEL1_SHIFT = 30n;
const INDEX_MASK = 0x1ffn;
const ENTRY_BYTES = 8n;

/** The value of VTCR_EL2 for every VM: T0SZ = 25 (39 bits), SL0 = 1 (start at level 1), cached walks. */
export function control(): u64 {
  const paRange = ID_AA64MMFR0_EL1.get(ID_AA64MMFR0_EL1.read(), 'PARANGE');
  return VTCR_EL2.of({ T0SZ: 25n, SL0: 1n, IRGN0: 1n, ORGN0: 1n, SH0: 3n, RES1_31: 1n }) | ((paRange > 5n ? 5n : paRange) << 16n);
}

/** An address space with nothing in it; the value for VTTBR_EL2. VMID 0 is nobody's. */
export function create(vmid: u64): u64 {
  return unbrand(frames.take()) | VTTBR_EL2.of({ VMID: vmid });
}

/** Maps the 2 MiB block `block` at `at`, both 2 MiB aligned. */
export function mapBlock(vttbr: u64, at: Ipa, block: Pa): void {
  memory.store64(level2Entry(vttbr, at), unbrand(block) | RAM_BLOCK);
}

/** Maps the page `page` at `at`, as `attributes` say: SHOWN_PAGE, SHARED_PAGE or DEVICE_PAGE. */
export function mapPage(vttbr: u64, at: Ipa, page: Pa, attributes: u64): void {
  memory.store64(entryBelow(level2Entry(vttbr, at), unbrand(at) >> PAGE_SHIFT), unbrand(page) | attributes);
}

/** Shows the guest a page of zeros at `at` that only EL2 can write: at the address that this returns. */
export function show(vttbr: u64, at: Ipa): u64 {
  const page = frames.take();
  mapPage(vttbr, at, page, SHOWN_PAGE);
  return frames.at(page);
}

/** Lets the guest see, from `at` on, a multiple of 4 GiB, the RAM of the guest of `other`, at that guest's own addresses. */
export function openWindow(vttbr: u64, at: Ipa, other: u64): void {
  for (let gib: u64 = RAM_FIRST; gib <= RAM_LAST; gib += 1n) {
    memory.store64(entryOf(vttbr, (unbrand(at) >> LEVEL1_SHIFT) | gib), memory.load64(entryOf(other, gib)));
  }
}
/** The entries of level 1 that a VM's RAM can have. */
const RAM_FIRST = 1n;
const RAM_LAST = 3n;

/** Frames that a VM with `blocks` blocks of RAM takes, and one page that it is shown behind them. */
export function frameCount(blocks: u32): u32 {
  return 3 + (blocks + 512) / 512;
}

/** Of the tables that one more page may take, wherever it is. */
export const PAGE_FRAMES = 2;

/** The physical address behind an IPA of the VM's RAM; the caller has checked that it is RAM. */
export function translate(vttbr: u64, at: Ipa): Pa {
  const block = memory.load64(level2Entry(vttbr, at)) & Descriptor.mask('ADDRESS');
  return pa(block | (unbrand(at) & (BLOCK_BYTES - 1n)));
}

function level2Entry(vttbr: u64, at: Ipa): u64 {
  return entryBelow(entryOf(vttbr, unbrand(at) >> LEVEL1_SHIFT), unbrand(at) >> BLOCK_SHIFT);
}

/** As `entryOf`, of the table that the entry at `parent` points to; an empty one gets a table, before the VM first runs. */
function entryBelow(parent: u64, index: u64): u64 {
  if (memory.load64(parent) === 0n) {
    memory.store64(parent, unbrand(frames.take()) | TABLE);
  }
  return entryOf(memory.load64(parent), index);
}

/** The address of entry `index`, as far as it counts, of the table that `table` points to: a descriptor, or VTTBR_EL2's value. */
function entryOf(table: u64, index: u64): u64 {
  return wrappingAdd(frames.at(pa(table & Descriptor.mask('ADDRESS'))), (index & INDEX_MASK) * ENTRY_BYTES);
}
