/**
 * A stage 1 translation that maps everything as ordinary memory, devices included: only then can an access to a device be unaligned,
 * or a translation table lie where nothing is.
 *
 *     entry   what 1 GiB from entry << 30 on is
 *     0       itself: the devices
 *     1       itself: RAM
 *     2       a further table, at an address without anything behind it
 *     3       a further table, at the interrupt controller's address
 */
import { CPACR_EL1, MAIR_EL1, SCTLR_EL1, TCR_EL1, TTBR0_EL1 } from '@thimble/arm64/registers-el1.ts';
import { dsbSy, isb } from '@thimble/arm64/instructions.ts';
import * as exceptionNotes from './exception-notes.ts';
import { notes } from './exception-notes.ts';

/** Where the table lies: RAM that the program does not use, at an address that is a multiple of 4 KiB. */
const TABLE = 0x4020_0000n;
const ENTRY_BYTES = 8n;
const ENTRIES = 512n;

const Descriptor = bits({ name: 'stage 1 descriptor', fields: { VALID: 0, TABLE: 1, SH: [9, 8], AF: 10, ADDRESS: [47, 12] } });
const BLOCK = Descriptor.of({ VALID: 1n, SH: 3n, AF: 1n });
const FURTHER_TABLE = Descriptor.of({ VALID: 1n, TABLE: 1n });
const UNBACKED = 0x3000_0000n;
const DISTRIBUTOR = 0x0800_0000n;
const UART = 0x0900_0000n;
/** Attribute 0: normal memory, write-back. */
const NORMAL = 0xffn;

const loadUnaligned32 = naked<(address: u64) => void>(asm`
    ldr   w1, [x0]
    ret`);
const storeUnaligned32 = naked<(address: u64) => void>(asm`
    str   w0, [x0]
    ret`);
const loadUnaligned64 = naked<(address: u64) => void>(asm`
    ldr   x1, [x0]
    ret`);
const storeUnaligned16 = naked<(address: u64) => void>(asm`
    strh  w0, [x0]
    ret`);
const loadVector = naked<(address: u64) => void>(asm`
    .arch_extension fp; ldr q0, [x0]
    ret`);
const zeroLine = naked<(address: u64) => void>(asm`
    dc    zva, x0
    ret`);

function enter(): void {
  for (let i: u64 = 0n; i < ENTRIES; i += 1n) {
    memory.store64(TABLE + i * ENTRY_BYTES, 0n);
  }
  memory.store64(TABLE, BLOCK);
  memory.store64(TABLE + ENTRY_BYTES, BLOCK | 0x4000_0000n);
  memory.store64(TABLE + 2n * ENTRY_BYTES, FURTHER_TABLE | UNBACKED);
  memory.store64(TABLE + 3n * ENTRY_BYTES, FURTHER_TABLE | DISTRIBUTOR);
  MAIR_EL1.write(NORMAL);
  TCR_EL1.write(TCR_EL1.of({ T0SZ: 25n, SH0: 3n, EPD1: 1n, IPS: 2n }));
  TTBR0_EL1.write(TABLE);
  dsbSy();
  asm`tlbi vmalle1`;
  dsbSy();
  isb();
  SCTLR_EL1.write(SCTLR_EL1.read() | SCTLR_EL1.mask('M'));
  isb();
}

function leave(): void {
  SCTLR_EL1.write(SCTLR_EL1.read() & ~SCTLR_EL1.mask('M'));
  isb();
}

/** Unaligned, too wide and too clever: each is answered somehow, or faults. */
function devices(): void {
  enter();
  CPACR_EL1.write(CPACR_EL1.of({ FPEN: 3n }));
  isb();
  for (let offset: u64 = 0n; offset < 0x1000n; offset += 0x3fn) {
    loadUnaligned32(DISTRIBUTOR + offset);
    storeUnaligned32(DISTRIBUTOR + offset);
    loadUnaligned64(DISTRIBUTOR + 0xa_0000n + offset);
    storeUnaligned16(DISTRIBUTOR + 0xb_0000n + offset);
    loadUnaligned64(UART + offset);
    storeUnaligned32(UART + 4n + offset);
  }
  const before = notes.faults;
  loadVector(DISTRIBUTOR);
  exceptionNotes.report('vector load from a device', before);
  zeroLine(DISTRIBUTOR);
  zeroLine(UNBACKED);
  exceptionNotes.report('zeroing of a line', before);
  leave();
}

/** Accesses whose translation needs a table that cannot be read. */
function tables(): void {
  enter();
  let before = notes.faults;
  mmio.read32(0x8000_0000n);
  exceptionNotes.report('table nowhere', before);
  before = notes.faults;
  mmio.write32(0xc000_0000n, 0);
  exceptionNotes.report('table in a device', before);
  leave();
}

/** The misdeed of that letter, if it is one of these. */
export function act(key: u8): boolean {
  switch (key) {
    case 0x74: // t
      tables();
      return true;
    case 0x54: // T
      devices();
      return true;
    default:
      return false;
  }
}
