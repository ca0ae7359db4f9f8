/**
 * The hypervisor's and the guests' consoles on the board's one serial line, kept apart by channel changes
 * (docs/abi.md, "The serial line").
 *
 * A guest's byte goes straight to the UART. The hypervisor's own lines are made in a ring in memory and sent from there a few bytes at a
 * time (`step`, a chore of the scheduler's), for a whole line would keep interrupts masked for too long. A line is made under
 * one lock and seen by who sends only when it is whole; one that does not fit is left out, and the next says so.
 * docs/adr/0029-own-lines-wait-in-a-ring.md
 */
import * as controller from './controller.ts';
import { Lock } from './lock.ts';
import * as scheduler from './scheduler.ts';
import * as uart from './uart.ts';
import type { Vm } from './vm.ts';

const ESCAPE = 0x10;
/** '@': the hypervisor's; 'A' and on: VM 0 and on. */
const CHANNEL_OWN: u8 = 0x40;
const CHANNEL_FIRST = 0x41;

/** Power of two. */
const RING_BYTES = 4096;
/** More than any line has. That much of the ring is always free, so that making a line needs no look at what is unsent. */
const LINE_BYTES_MAX = 256;
/** Sent in one step. */
const STEP_BYTES = 8;
/** More than a slow line needs for all that the ring can hold. */
const FLUSH_STEPS_MAX = 0x100_0000;

const line = new Lock();
/** The channel of the last byte sent, as its letter; 0 before the first. */
let channel: u8 = 0;

const ring = fixedArray(u8, RING_BYTES);
/** Guards the making of a line; `line` guards the sending. */
const making = new Lock();
/** Bytes that were ever put into the ring: in whole lines; with the line that is being made; and those that were sent. */
const whole = new AtomicU32();
let made: u32 = 0;
const sent = new AtomicU32();
/** Lines were left out since the last one. */
let isLossy: boolean = false;

/** Whether the line takes a byte without waiting. */
export function isReady(): boolean {
  return uart.isReady();
}

/** A byte from a guest. */
export function guestByte(vm: Vm, byte: u8): void {
  line.acquire();
  select(u8.wrap(wrappingAdd(vm.index, CHANNEL_FIRST)));
  if (byte === ESCAPE) {
    uart.send(ESCAPE);
  }
  uart.send(byte);
  controller.hear(vm, byte);
  line.release();
}

function select(letter: u8): void {
  if (channel !== letter) {
    channel = letter;
    uart.send(ESCAPE);
    uart.send(letter);
  }
}

/** Sends some of the hypervisor's own lines, as much as the UART takes at once. Whether there is more. */
export function step(): boolean {
  line.acquire();
  const hasMore = sendSome();
  line.release();
  return hasMore;
}

function sendSome(): boolean {
  const end = whole.load();
  let next = sent.load();
  if (next !== end && uart.isReady()) {
    select(CHANNEL_OWN);
    for (let rest: u32 = STEP_BYTES; rest > 0 && next !== end && uart.offer(ring[next % RING_BYTES]); rest -= 1) {
      next = wrappingAdd(next, 1);
    }
    sent.store(next);
  }
  return next !== end;
}

/** Sends all that is left of them, for the board is about to stop, or this processor. A transmitter that is stuck is given up. */
export function flush(): void {
  for (let i: u32 = 0; i < FLUSH_STEPS_MAX && step(); i += 1) {
    // `step` is what there is to do.
  }
}

/** Starts a line of the hypervisor's own; `end` must follow. */
export function begin(): void {
  making.acquire();
  beginPanic();
  if (isLossy) {
    text('thimble: lines lost\r\n');
  }
}

/** False if there was no room for the line: it is as if it had not been made. */
export function end(): boolean {
  text('\r\n');
  const fits = wrappingSub(made, sent.load()) <= RING_BYTES - LINE_BYTES_MAX;
  if (fits) {
    endPanic();
    isLossy = false;
  }
  making.release();
  return fits;
}

/** As `begin` and `end`, for a processor that may hold the lock itself. */
export function beginPanic(): void {
  made = whole.load();
}

/** For such a processor, before `flush`: the line is free, whoever holds it. */
export function seize(): void {
  line.release();
}

export function endPanic(): void {
  whole.store(made);
}

/** The functions below print within a line. */
export function text(string: string): void {
  const length = string.length;
  let to = made;
  for (let i: u32 = 0; i < length; i += 1) {
    ring[to % RING_BYTES] = string.charCodeAt(i);
    to = wrappingAdd(to, 1);
  }
  made = to;
}

export function put(byte: u8): void {
  ring[made % RING_BYTES] = byte;
  made = wrappingAdd(made, 1);
}

/** At least one hexadecimal digit, no more than needed. */
export function hex(value: u64): void {
  let to = made;
  let shift: u64 = (63n - u64(countLeadingZeros(value | 1n))) & ~3n;
  while (true) {
    ring[to % RING_BYTES] = DIGITS[u32.wrap(value >> (shift & 63n)) % 16];
    to = wrappingAdd(to, 1);
    if (shift === 0n) {
      made = to;
      return;
    }
    shift = wrappingSub(shift, 4n);
  }
}
const DIGITS: readonly u8[] = [0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66];

/** At most sixteen digits. */
export function decimal(value: u64): void {
  let rest = value;
  let digits: u64 = 0n;
  let shift: u64 = 0n;
  do {
    digits |= (rest % 10n) << (shift & 63n);
    rest /= 10n;
    shift = wrappingAdd(shift, 4n);
  } while (rest > 0n);
  hex(digits);
}

/** The bytes at `address` up to a NUL, `bytesMax` at most; what is not printable ASCII becomes '?'. */
export function bytes(address: u64, bytesMax: u32): void {
  for (let i: u32 = 0; i < bytesMax; i += 1) {
    const byte = memory.load8(wrappingAdd(address, u64(i)));
    if (byte === 0) {
      return;
    }
    put(byte >= 0x20 && byte < 0x7f ? byte : 0x3f);
  }
}

/** `<name>: `, the beginning of a line about a VM. */
export function beginVm(vm: Vm): void {
  begin();
  bytes(addressOf(vm.name), vm.name.length);
  text(': ');
}

/** One line about a VM. */
export function event(vm: Vm, what: string): void {
  beginVm(vm);
  text(what);
  endVm();
}

function endVm(): void {
  if (!end()) {
    isLossy = true;
  }
  scheduler.doChoresSoon();
}

/** One line about what a VM's guest did. */
export function fault(vm: Vm, consequence: string, what: string, pc: u64, esr: u64, far: u64, ipa: u64): void {
  beginVm(vm);
  text(consequence);
  text(what);
  field(' pc=', pc);
  field(' esr=', esr);
  field(' far=', far);
  field(' ipa=', ipa);
  endVm();
}

export function field(name: string, value: u64): void {
  text(name);
  hex(value);
}

/** A field without a name. */
export function number(value: u64): void {
  field(' ', value);
}
