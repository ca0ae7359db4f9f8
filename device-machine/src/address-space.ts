/**
 * The device machine's own translation: every address means itself.
 *
 *     0x0000_0000  devices, but for the pages of the others' virtio registers, which are memory
 *     0x4000_0000  its RAM
 *     0x1_0000_0000 and on: windows, 4 GiB a machine (abi/src/slot-layout.ts), of which stage 2 has what there is
 *
 * The tables are constants of the image, so that nothing is ever written with the MMU off, past the caches.
 * [DDI0487 D8.3 "Translation table descriptor formats"]
 */
import { PAGES_IPA, WINDOW_SHIFT } from '@thimble/abi/slot-layout.ts';
import { SCTLR_EL1, TCR_EL1 } from '@thimble/arm64/registers-el1.ts';

const Descriptor = bits({
  name: 'stage 1 descriptor',
  fields: { VALID: 0, TABLE: 1, ATTRINDX: [4, 2], AP: [7, 6], SH: [9, 8], AF: 10, PXN: 53, UXN: 54 },
});
const DEVICE = Descriptor.of({ VALID: 1n, AF: 1n, PXN: 1n, UXN: 1n });
const CODE = Descriptor.of({ VALID: 1n, ATTRINDX: 1n, SH: 3n, AF: 1n, UXN: 1n });
const DATA = Descriptor.of({ VALID: 1n, ATTRINDX: 1n, SH: 3n, AF: 1n, PXN: 1n, UXN: 1n });
const TABLE = Descriptor.of({ VALID: 1n, TABLE: 1n });
/** Attribute 0: Device-nGnRE; 1: Normal, write-back. */
export const ATTRIBUTES = 0xff04n;

const GIB_SHIFT = 30n;
const BLOCK_SHIFT = 21n;
const ENTRIES = 512n;
const RAM_GIB_END = 4n;
const MACHINES_MAX = 32n;

/** The linker script puts the tables at the start of the second page. Entry 0 of level 1 is the table of level 2, behind it. */
export const TABLES_ADDRESS = 0x4008_1000n;
const ENTRIES_TEXT = comptime(() => {
  const windowsEnd = (MACHINES_MAX + 1n) << (WINDOW_SHIFT - GIB_SHIFT);
  let text = `.quad ${(TABLES_ADDRESS + 0x1000n) | TABLE}\n`;
  for (let i = 1n; i < ENTRIES; i += 1n) text += `.quad ${i < windowsEnd ? (i << GIB_SHIFT) | (i < RAM_GIB_END ? CODE : DATA) : 0n}\n`;
  for (let i = 0n; i < ENTRIES; i += 1n) text += `.quad ${(i << BLOCK_SHIFT) | (i === PAGES_IPA >> BLOCK_SHIFT ? DATA : DEVICE)}\n`;
  return text;
});
/** Not code: two tables, a page each. */
export const tables = naked<() => void>(asm`${ENTRIES_TEXT}`, { section: '.text.tables', align: 4096 });

/** 39 bits of address from TTBR0_EL1, none from TTBR1_EL1; physical addresses of 40 bits. */
export const TCR = TCR_EL1.of({ T0SZ: 25n, IRGN0: 1n, ORGN0: 1n, SH0: 3n, EPD1: 1n, IPS: 2n });
/** With the bits that are one in ARMv8.0. */
export const SCTLR = SCTLR_EL1.of({ M: 1n, C: 1n, I: 1n }) | 0x30d0_0800n;
