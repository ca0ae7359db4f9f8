/**
 * The hypervisor's own stage 1: how the tables look, and how they come to be while the MMU is still off.
 * Everything here up to `activate` runs at its physical address, so it reaches code and tables relative to the
 * program counter only, and touches no variable.
 *
 *     level 2 table   512 x 2 MiB      [0x000 of the workspace]
 *     level 3 table   image, workspace [0x1000]
 *     level 3 table   devices          [0x2000]
 *
 * **Invariant**: nothing is both writable and executable; SCTLR_EL2.WXN holds even if a descriptor is wrong.
 */
import { CurrentEL, MAIR_EL1, SCTLR_EL1, TCR_EL1, TTBR0_EL1, VBAR_EL1 } from '@thimble/arm64/registers-el1.ts';
import { HCR_EL2, MAIR_EL2, SCTLR_EL2, TCR_EL2, TTBR0_EL2, VBAR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { ID_AA64MMFR0_EL1 } from '@thimble/arm64/registers-id.ts';
import { dcIvac, dsbIsh, dsbSy, isb, tlbiAllE2 } from '@thimble/arm64/instructions.ts';
import { alignUp } from './address.ts';
import { zero } from './bytes.ts';
import { BLOCK_SHIFT, DEVICES_VA, IMAGE_VA, PAGE_BYTES, PAGE_SHIFT, WORKSPACE_VA } from './layout.ts';

/** [DDI0487 D8.3 "Translation table descriptor formats"], stage 1 with one VA range: AP[1] is RES1, XN is bit 54. */
export const Descriptor = bits({
  name: 'stage 1 descriptor',
  fields: { VALID: 0, PAGE_OR_TABLE: 1, ATTRINDX: [4, 2], AP1: 6, READ_ONLY: 7, SH: [9, 8], AF: 10, XN: 54 },
});
/** MAIR_EL2 attribute 0: normal memory, write-back; attribute 1: Device-nGnRE. */
const ATTR_NORMAL = 0n;
const ATTR_DEVICE = 1n;

export const PAGE_CODE = Descriptor.of({ VALID: 1n, PAGE_OR_TABLE: 1n, ATTRINDX: ATTR_NORMAL, AP1: 1n, READ_ONLY: 1n, SH: 3n, AF: 1n });
export const PAGE_DATA = Descriptor.of({ VALID: 1n, PAGE_OR_TABLE: 1n, ATTRINDX: ATTR_NORMAL, AP1: 1n, SH: 3n, AF: 1n, XN: 1n });
export const PAGE_DEVICE = Descriptor.of({ VALID: 1n, PAGE_OR_TABLE: 1n, ATTRINDX: ATTR_DEVICE, AP1: 1n, AF: 1n, XN: 1n });
export const BLOCK_DEVICE = Descriptor.of({ VALID: 1n, ATTRINDX: ATTR_DEVICE, AP1: 1n, READ_ONLY: 1n, AF: 1n, XN: 1n });
export const BLOCK_DATA = Descriptor.of({ VALID: 1n, ATTRINDX: ATTR_NORMAL, AP1: 1n, SH: 3n, AF: 1n, XN: 1n });
const TABLE = Descriptor.of({ VALID: 1n, PAGE_OR_TABLE: 1n });

const TABLES_BYTES = 0x3000n;
const IMAGE_TABLE = 0x1000n;
const DEVICE_TABLE = 0x2000n;
/** The shortest data cache line of any ARMv8-A processor that we know is 64 bytes. */
const CACHE_LINE_BYTES = 64n;

/** Fills the tables for the image and the workspace, both physical addresses and page aligned. MMU off. */
export function build(image: u64, workspace: u64): void {
  // A line that a boot loader left dirty must not be written back over a descriptor.
  dropCachedTables(workspace);
  zero(workspace, wrappingAdd(workspace, TABLES_BYTES));
  const level2 = workspace + (IMAGE_VA >> BLOCK_SHIFT) * 8n;
  memory.store64(level2, (workspace + IMAGE_TABLE) | TABLE);
  memory.store64(level2 + ((DEVICES_VA - IMAGE_VA) >> BLOCK_SHIFT) * 8n, (workspace + DEVICE_TABLE) | TABLE);

  const entries = workspace + IMAGE_TABLE;
  const imageBytes = wrappingSub(linkerSymbol('__image_end'), linkerSymbol('entry_header'));
  mapPages(entries, image, alignUp(imageBytes, PAGE_BYTES) >> PAGE_SHIFT, PAGE_CODE);
  const workspaceBytes = wrappingSub(linkerSymbol('__workspace_end'), linkerSymbol('__workspace'));
  mapPages(entries + ((WORKSPACE_VA - IMAGE_VA) >> PAGE_SHIFT) * 8n, workspace, workspaceBytes >> PAGE_SHIFT, PAGE_DATA);

  // The stores went past the caches; what the caches still hold of these lines must not hide them from the table walks.
  dropCachedTables(workspace);
}

/** Fills the level 3 entries from `entry` on with the `pages` pages at `base`; `attributes` are the rest of their descriptors. @noinline */
export function mapPages(entry: u64, base: u64, pages: u64, attributes: u64): void {
  for (let i: u64 = 0n; i < pages; i += 1n) {
    memory.store64(wrappingAdd(entry, i << 3n), wrappingAdd(base, i << PAGE_SHIFT) | attributes);
  }
}

/** The caches hold nothing of the tables at `tables`; earlier stores have reached memory. */
function dropCachedTables(tables: u64): void {
  dsbSy();
  for (let at: u64 = 0n; at < TABLES_BYTES; at += CACHE_LINE_BYTES) {
    dcIvac(wrappingAdd(tables, at));
  }
  dsbSy();
}

/** Loads the translation registers of the exception level that we are at. Returns what SCTLR_ELx must become. */
export function activate(tables: u64): u64 {
  const paRange = ID_AA64MMFR0_EL1.get(ID_AA64MMFR0_EL1.read(), 'PARANGE');
  // Encoding 6 means 52 bits, which takes a larger granule; 48 is all that these tables can say.
  const outputSize = paRange > 5n ? 5n : paRange;
  if (CurrentEL.get(CurrentEL.read(), 'EL') === 1n) {
    return activateEl1(tables, outputSize);
  }
  HCR_EL2.write(HCR_EL2.of({ RW: 1n }));
  isb();
  MAIR_EL2.write(MAIR_EL2.of({ ATTR0: 0xffn, ATTR1: 0x04n }));
  // T0SZ = 34: 30 bits of virtual address. Walks are cached and inner shareable.
  TCR_EL2.write(TCR_EL2.of({ T0SZ: 34n, IRGN0: 1n, ORGN0: 1n, SH0: 3n, RES1_23: 1n, RES1_31: 1n }) | (outputSize << 16n));
  TTBR0_EL2.write(tables);
  VBAR_EL2.write(IMAGE_VA);
  tlbiAllE2();
  // The TLB is empty before the MMU goes on.
  dsbIsh();
  isb();
  return SCTLR_EL2.of({
    M: 1n, C: 1n, I: 1n, SA: 1n, WXN: 1n,
    RES1_5_4: 3n, RES1_11: 1n, RES1_16: 1n, RES1_18: 1n, RES1_23_22: 3n, RES1_29_28: 3n,
  });
}

/** Entered below EL2, the same tables serve at EL1 for as long as it takes to say so on the console. */
function activateEl1(tables: u64, outputSize: u64): u64 {
  MAIR_EL1.write(MAIR_EL2.of({ ATTR0: 0xffn, ATTR1: 0x04n }));
  TCR_EL1.write(TCR_EL1.of({ T0SZ: 34n, IRGN0: 1n, ORGN0: 1n, SH0: 3n, EPD1: 1n }) | (outputSize << 32n));
  TTBR0_EL1.write(tables);
  VBAR_EL1.write(IMAGE_VA);
  asm`tlbi vmalle1`;
  dsbIsh();
  isb();
  return SCTLR_EL1.of({ M: 1n, C: 1n, I: 1n, RES1: 3n }) | SCTLR_EL2.of({ RES1_11: 1n, RES1_23_22: 3n });
}
