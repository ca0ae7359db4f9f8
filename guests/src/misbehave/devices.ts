/**
 * Nonsense for the emulated devices: every register of the interrupt controller written and read, in every width, and
 * the forms of load and store that a trap does not describe.
 */
import * as dice from './dice.ts';
import * as exceptionNotes from './exception-notes.ts';
import { notes } from './exception-notes.ts';
import * as uart from '../runtime/uart.ts';

const DISTRIBUTOR = 0x0800_0000n;
const DISTRIBUTOR_BYTES = 0x1_0000n;
const TYPER = 4n;
const REDISTRIBUTOR = 0x080a_0000n;
const REDISTRIBUTOR_BYTES = 0x2_0000n;
const UART = 0x0900_0000n;
/** The registers after the data register: nothing but the console's output may appear on the console. */
const UART_FIRST = 4n;
const UART_BYTES = 0x1000n;
const THROWS = 20_000;

function everyRegister(base: u64, bytes: u64): void {
  for (let offset: u64 = 0n; offset < bytes; offset += 4n) {
    mmio.write32(base + offset, u32.wrap(dice.strange()));
    mmio.read32(base + offset);
  }
}

/** One access of any width, anywhere aligned for it. */
function anyAccess(base: u64, first: u64, bytes: u64): void {
  const address = base + first + dice.below(bytes - first);
  const value = dice.strange();
  switch (u32.wrap(dice.below(8n))) {
    case 0:
      mmio.write8(address, u8.wrap(value));
      break;
    case 1:
      mmio.write16(address & ~1n, u16.wrap(value));
      break;
    case 2:
      mmio.write32(address & ~3n, u32.wrap(value));
      break;
    case 3:
      mmio.write64(address & ~7n, value);
      break;
    case 4:
      mmio.read8(address);
      break;
    case 5:
      mmio.read16(address & ~1n);
      break;
    case 6:
      mmio.read32(address & ~3n);
      break;
    default:
      mmio.read64(address & ~7n);
  }
}

function interruptController(): void {
  everyRegister(DISTRIBUTOR, DISTRIBUTOR_BYTES);
  everyRegister(REDISTRIBUTOR, REDISTRIBUTOR_BYTES);
  for (let i: u32 = 0; i < THROWS; i += 1) {
    anyAccess(DISTRIBUTOR, 0n, DISTRIBUTOR_BYTES);
    anyAccess(REDISTRIBUTOR, 0n, REDISTRIBUTOR_BYTES);
  }
  uart.text('interrupt controller:');
  uart.field('typer', u64(mmio.read32(DISTRIBUTOR + TYPER)));
  uart.field('faults', notes.faults);
  uart.line('');
}

function console(): void {
  for (let i: u32 = 0; i < THROWS; i += 1) {
    anyAccess(UART, UART_FIRST + 4n, UART_BYTES);
  }
  uart.text('uart:');
  uart.field('faults', notes.faults);
  uart.line('');
}

const loadPair = naked<(address: u64) => void>(asm`
    ldp   w1, w2, [x0]
    ret`);
const storePair = naked<(address: u64) => void>(asm`
    stp   xzr, xzr, [x0]
    ret`);
const loadAndAdvance = naked<(address: u64) => void>(asm`
    ldr   w1, [x0], #4
    ret`);
const storeAndAdvance = naked<(address: u64) => void>(asm`
    str   wzr, [x0, #8]!
    ret`);
const exchange = naked<(address: u64) => void>(asm`
    ldaxr w1, [x0]
    stlxr w2, w1, [x0]
    ret`);

/** None of these has a syndrome that says which register and how wide [DDI0487 "ISS encoding for an exception from a Data Abort", ISV]. */
function undescribed(): void {
  let before = notes.faults;
  loadPair(DISTRIBUTOR);
  exceptionNotes.report('pair load', before);
  before = notes.faults;
  storePair(DISTRIBUTOR + 0x100n);
  exceptionNotes.report('pair store', before);
  before = notes.faults;
  loadAndAdvance(UART + 0x18n);
  exceptionNotes.report('load with writeback', before);
  before = notes.faults;
  storeAndAdvance(REDISTRIBUTOR);
  exceptionNotes.report('store with writeback', before);
  before = notes.faults;
  exchange(UART + 0x24n);
  exceptionNotes.report('exclusive pair', before);
}

/** The misdeed of that letter, if it is one of these. */
export function act(key: u8): boolean {
  switch (key) {
    case 0x70: // p
      undescribed();
      return true;
    case 0x67: // g
      interruptController();
      return true;
    case 0x61: // a
      console();
      return true;
    default:
      return false;
  }
}
