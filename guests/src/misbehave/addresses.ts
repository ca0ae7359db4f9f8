/**
 * Accesses to what is not the machine's own: addresses without anything behind them, past the end of its RAM, and those where
 * the board has devices that the virtual handset lacks.
 */
import * as exceptionNotes from './exception-notes.ts';
import { notes } from './exception-notes.ts';
import * as uart from '../runtime/uart.ts';

const UNBACKED = 0x3000_0000n;
const RAM = 0x4000_0000n;
const MIB_2 = 0x20_0000n;

interface Place {
  readonly name: string;
  readonly address: u64;
}

/** The map of QEMU's `virt` [QEMU, hw/arm/virt.c base_memmap], and addresses that no table of any kind covers. */
const BOARD: readonly Place[] = [
  { name: 'flash', address: 0x0n },
  { name: 'GICH', address: 0x0803_0000n },
  { name: 'redistributor of another CPU', address: 0x080c_0000n },
  { name: 'fw_cfg', address: 0x0902_0000n },
  { name: 'PCIe memory', address: 0x1000_0000n },
  { name: 'PCIe ports', address: 0x3eff_0000n },
  { name: 'PCIe configuration', address: 0x40_1000_0000n },
  { name: 'past all address bits', address: 0xff_ffff_fff8n },
];

/** A call of an address, from which a failed fetch comes back. */
const callAddress = naked<(address: u64) => void>(asm`
    stp   x29, x30, [sp, #-16]!
    blr   x0
    ldp   x29, x30, [sp], #16
    ret`);

const loadExclusive = naked<(address: u64) => void>(asm`
    ldxr  x1, [x0]
    ret`);

function unbacked(): void {
  let before = notes.faults;
  mmio.read32(UNBACKED);
  exceptionNotes.report('load', before);
  before = notes.faults;
  mmio.write64(UNBACKED + 8n, 0n);
  exceptionNotes.report('store', before);
  before = notes.faults;
  mmio.read8(UNBACKED + 17n);
  exceptionNotes.report('load of a byte', before);
  before = notes.faults;
  loadExclusive(UNBACKED);
  exceptionNotes.report('exclusive load', before);
}

/** Walks up its RAM until nothing answers. */
function pastTheEnd(): void {
  let end: u64 = RAM;
  const before = notes.faults;
  while (notes.faults === before) {
    end += MIB_2;
    mmio.write32(end, 0xdead_beef);
  }
  uart.text('RAM ends:');
  uart.field('at', end);
  uart.line('');
  exceptionNotes.report('store past the end', before);
}

function board(): void {
  for (const place of BOARD) {
    let before = notes.faults;
    mmio.read32(place.address);
    exceptionNotes.report(place.name, before);
    before = notes.faults;
    mmio.write32(place.address, 0xffff_ffff);
    if (notes.faults === before) {
      uart.line('and took a store');
    }
  }
}

function jump(): void {
  const before = notes.faults;
  callAddress(UNBACKED);
  exceptionNotes.report('jump', before);
}

/** The misdeed of that letter, if it is one of these. */
export function act(key: u8): boolean {
  switch (key) {
    case 0x75: // u
      unbacked();
      return true;
    case 0x65: // e
      pastTheEnd();
      return true;
    case 0x62: // b
      board();
      return true;
    case 0x6a: // j
      jump();
      return true;
    default:
      return false;
  }
}
