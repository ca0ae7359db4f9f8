/**
 * Stage 2: what a VM's intermediate physical addresses mean. 39 bits of IPA, walked from level 1, RAM in 2 MiB
 * blocks from IPA 0x4000_0000 on. All tables are there before the VM first runs, and filled but for what the controller grants.
 * [DDI0487 D8.3 "Translation table descriptor formats"]
 *
 * **Invariant**: a block of RAM is in the tables of one VM only, and, if that VM has virtio devices, of the controller; `ram.claimBlock` gives
 * each block out once. What the controller sees, and nothing else, may be in others' tables too: it can take that away again.
 */
import { GRANT_READ_ONLY, GRANTED_PAGES_BYTES, GRANTS_BYTES, GRANTS_IPA } from '@thimble/abi/slot-layout.ts';
import { dsbIsh, dsbIshst, isb, tlbiVmAllS12E1Is } from '@thimble/arm64/instructions.ts';
import { VTCR_EL2, VTTBR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { ID_AA64MMFR0_EL1 } from '@thimble/arm64/registers-id.ts';
import { ipa, pa, type Ipa, type Pa } from './address.ts';
import * as frames from './frames.ts';
import { BLOCK_BYTES, BLOCK_SHIFT, PAGE_BYTES, PAGE_SHIFT } from './layout.ts';
import { INVALID_PARAMETERS } from './smccc.ts';

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
const VALID = Descriptor.of({ VALID: 1n });
const PAGE = Descriptor.of({ PAGE_OR_TABLE: 1n });
const WRITABLE = Descriptor.of({ S2AP: 2n });
const NO_INSTRUCTIONS = Descriptor.of({ XN: 1n });
const WITHIN_BLOCK = BLOCK_BYTES - PAGE_BYTES;

const LEVEL1_SHIFT = 30n;
const LEVEL_BITS = 9n;
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

/** Frames that a VM with `blocks` blocks of RAM takes, and one page that it is shown behind them. */
export function frameCount(blocks: u32): u32 {
  return 3 + (blocks + 512) / 512;
}

/** Of the tables that one more page may take, wherever it is. */
export const PAGE_FRAMES = 2;
/** Of the tables by which another VM sees RAM at the same place of another 4 GiB. */
export const VIEW_FRAMES = 3;

/** The physical address behind an IPA of the VM's RAM; the caller has checked that it is RAM. */
export function translate(vttbr: u64, at: Ipa): Pa {
  const block = memory.load64(level2Entry(vttbr, at)) & Descriptor.mask('ADDRESS');
  return pa(block | (unbrand(at) & (BLOCK_BYTES - 1n)));
}

/** The physical address of the page around `at`, in a block that the VM sees; INVALID_PARAMETERS elsewhere. */
export function pageOf(vttbr: u64, at: Ipa): u64 {
  const block = leaf(vttbr, at);
  return (block & TABLE) === VALID ? block & Descriptor.mask('ADDRESS') : INVALID_PARAMETERS;
}
/** The descriptor of the block or page around `at`, with the address of the page; not VALID where nothing is mapped. */
function leaf(vttbr: u64, at: Ipa): u64 {
  let descriptor = vttbr | TABLE;
  let shift: u64 = LEVEL1_SHIFT + LEVEL_BITS;
  while (shift > PAGE_SHIFT && (descriptor & TABLE) === TABLE) {
    shift -= LEVEL_BITS;
    descriptor = memory.load64(entryOf(descriptor, unbrand(at) >> shift));
  }
  const one: u64 = 1n;
  return descriptor | (unbrand(at) & wrappingSub(one << shift, PAGE_BYTES));
}

/** Makes the tables that `grant` fills. */
export function prepareGrants(vttbr: u64): void {
  mapPage(vttbr, ipa(GRANTS_IPA), pa(0n), 0n);
}

/**
 * Lets the VM of `vttbr` see at `at` what that of `own` sees at `from`, or, where that is 0, nothing (abi/src/controller-calls.ts). False, without any
 * change, if it cannot be.
 */
export function grant(vttbr: u64, at: u64, own: u64, from: u64): boolean {
  const offset = wrappingSub(at, GRANTS_IPA);
  // Nobody sees anything at 0.
  let descriptor = leaf(own, ipa(from));
  if (offset >= GRANTS_BYTES || ((descriptor & VALID) === 0n && from !== 0n)) {
    return false;
  }
  let entry = level2Entry(vttbr, ipa(at));
  if (offset < GRANTED_PAGES_BYTES) {
    entry = entryBelow(entry, at >> PAGE_SHIFT);
    descriptor |= PAGE;
  } else if ((descriptor & (PAGE | WITHIN_BLOCK)) !== 0n) {
    return false;
  }
  // Break before make [DDI0487 "TLB maintenance"].
  memory.store64(entry, 0n);
  dsbIshst();
  dropTranslations(vttbr);
  descriptor |= NO_INSTRUCTIONS;
  memory.store64(entry, (at & GRANT_READ_ONLY) === 0n ? descriptor : descriptor & ~WRITABLE);
  // Visible to every processor's walker before the machine hears of it.
  dsbIshst();
  return true;
}

/** Nothing of what the VM of `vttbr` could see before is left in the TLBs. */
export function dropTranslations(vttbr: u64): void {
  const loaded = VTTBR_EL2.read();
  VTTBR_EL2.write(vttbr);
  // The VMID holds before the TLB is told.
  isb();
  tlbiVmAllS12E1Is();
  dsbIsh();
  VTTBR_EL2.write(loaded);
  isb();
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
