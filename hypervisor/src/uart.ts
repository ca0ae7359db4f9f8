/**
 * The board's serial line: one polled UART, whatever its kind. What a kind needs is a row of uart-kinds.ts.
 */
import type { Cpu } from './cpu.ts';
import * as gic from './gic.ts';
import * as input from './input.ts';
import { BIT_NUMBER, BIT_SET, Field, KEEPS, NO_REGISTER, ROWS, SPACING_MASK } from './uart-kinds.ts';

/** How often a full transmitter is polled before a byte of the hypervisor's own is given up. */
const POLLS_MAX = 0x10_0000;
/** Bytes read in one interrupt. */
const RECEIVE_MAX = 16;
/**
 * Interrupts in a row without a byte until it is turned off. A few are in order: a byte that was read while the last one was
 * handled had asked for its own, and a line that a stall lowered may still be on its way.
 */
const IDLE_MAX = 16;

/** The UART in use. */
class Line {
  /** Mapped registers; 0 as long as there is no line. */
  base: u64 = 0n;
  /** Bytes from one register to the next. */
  spacing: u64 = 0n;
  interruptId: u32 = 0;
  /** How often there was no room since there was some. */
  polls: u32 = 0;
  /** Interrupts in a row that brought no byte. */
  idle: u32 = 0;
  /** The kind's row of ROWS. */
  readonly row = fixedArray(u8, u32(Field.Count));
}

const line = new Line();
let receiver: Cpu | null = null;

/** Registers that lie side by side are bytes; all others take words, which some buses insist on. */
function read(number: u8): u32 {
  const address = wrappingAdd(line.base, wrappingMul(u64(number), line.spacing));
  return line.spacing === 1n ? u32(mmio.read8(address)) : mmio.read32(address);
}

function write(number: u8, value: u32): void {
  const address = wrappingAdd(line.base, wrappingMul(u64(number), line.spacing));
  if (line.spacing === 1n) {
    mmio.write8(address, u8.wrap(value));
  } else {
    mmio.write32(address, value);
  }
}

/** Uses the UART of kind `kind` at `va` from here on; its registers lie at multiples of 1 << `spacing`, or as usual with `SPACING_USUAL`. */
export function use(va: u64, kind: u32, spacing: u32): void {
  const row = line.row;
  const first = wrappingMul(kind, u32(Field.Count));
  for (let i: u32 = 0; i < row.length; i += 1) {
    row[i] = ROWS[wrappingAdd(first, i)];
  }
  const one: u64 = 1n;
  line.base = va;
  line.spacing = one << u64(spacing < SPACING_USUAL ? spacing : u32(row[u32(Field.Flags)] & SPACING_MASK));
  carryOut(u32(Field.Start));
}
export const SPACING_USUAL = 8;

/** Carries out the orders that field `which` of the row names. */
function carryOut(which: u32): void {
  const first = u32(line.row[which]);
  for (let i = first; first !== 0 && ROWS[i] !== NO_REGISTER; i += 2) {
    write(ROWS[i], valueOf(ROWS[i + 1]));
  }
}

/** A value of a row or an order. */
function valueOf(code: u8): u32 {
  const one: u32 = 1;
  return code < BIT_NUMBER ? u32(code) : one << u32(code & 31);
}

/** Whether the status has the bit of field `which` as it says. */
function isStatus(which: u32): boolean {
  const bit = line.row[which];
  return ((read(line.row[u32(Field.Status)]) >> u32(bit & 31)) & 1) === u32(bit / BIT_SET);
}

/** Has received bytes interrupt `cpu` with interrupt `intid`, if the kind can. */
export function enableInterrupt(intid: u32, cpu: Cpu): void {
  if (line.row[u32(Field.On)] !== NO_REGISTER) {
    line.interruptId = intid;
    receiver = cpu;
    gic.enableSpi(intid, cpu);
    listen(true);
  }
}

/** Whether received bytes interrupt `cpu`. */
export function interruptsTo(cpu: Cpu): boolean {
  return receiver === cpu;
}

/** Turns the interrupt for received bytes on or off. */
export function listen(on: boolean): void {
  const row = line.row;
  const which = u32(on ? Field.On : Field.Off);
  const flags = u32(row[u32(Field.Flags)]);
  const at = row[which];
  const bits = valueOf(row[u32(Field.InterruptBits)]);
  const others = (flags & KEEPS) === 0 ? 0 : read(at) & ~bits;
  write(at, ((flags >> which) & 1) === 0 ? others : others | bits);
}

/** Whether a byte can be sent without waiting. @hot */
export function isReady(): boolean {
  return line.base === 0n || isStatus(u32(Field.Room));
}

/** Sends a byte if there is room for it. */
export function offer(byte: u8): boolean {
  if (!isReady()) {
    return false;
  }
  if (line.base !== 0n) {
    if (line.row[u32(Field.BeforeByte)] !== 0) {
      carryOut(u32(Field.BeforeByte));
    }
    write(line.row[u32(Field.Transmit)], u32(byte));
  }
  return true;
}

/** Sends a byte, and waits for room, but not for ever: a transmitter that is stuck costs that wait once. */
export function send(byte: u8): void {
  while (!offer(byte)) {
    if (line.polls >= POLLS_MAX) {
      return;
    }
    line.polls += 1;
  }
  line.polls = 0;
}

/**
 * Handles the interrupt `intid`. False if it is not the UART's, or if it comes again and again with nothing to read: whatever
 * its cause may be, it would never end. @noinline
 */
export function interrupt(intid: u32): boolean {
  if (intid !== line.interruptId) {
    return false;
  }
  const acknowledge = line.row[u32(Field.Acknowledge)];
  if (acknowledge !== NO_REGISTER) {
    // Before the bytes are read: one that comes meanwhile must be told of.
    write(acknowledge, 1);
  }
  // What is not read stays in the UART until the guest has read some of what it has.
  let i: u32 = 0;
  while (i < RECEIVE_MAX && isStatus(u32(Field.Received)) && !input.isStalled()) {
    input.take(u8.wrap(read(line.row[u32(Field.Receive)])));
    i += 1;
  }
  line.idle = i === 0 ? wrappingAdd(line.idle, 1) : 0;
  return line.idle < IDLE_MAX;
}
