/**
 * The hypervisor's and the guests' consoles on the board's one serial line, kept apart by channel changes
 * (docs/abi.md, "The serial line").
 */
import { Lock } from './lock.ts';
import * as uart from './uart.ts';
import type { Vm } from './vm.ts';

const ESCAPE = 0x10;
/** '@': the hypervisor's; 'A' and on: VM 0 and on. */
const CHANNEL_OWN: u8 = 0x40;
const CHANNEL_FIRST = 0x41;

const line = new Lock();
/** The channel of the last byte sent, as its letter; 0 before the first. */
let channel: u8 = 0;

/** Whether the line takes a byte without waiting. */
export function isReady(): boolean {
  return uart.isReady();
}

/** A byte from a guest. */
export function guestByte(vm: Vm, byte: u8): void {
  line.acquire();
  select(u8(CHANNEL_FIRST + vm.index));
  if (byte === ESCAPE) {
    uart.send(ESCAPE);
  }
  uart.send(byte);
  line.release();
}

function select(letter: u8): void {
  if (channel !== letter) {
    channel = letter;
    uart.send(ESCAPE);
    uart.send(letter);
  }
}

/** Starts a line of the hypervisor's own; `end` must follow. */
export function begin(): void {
  line.acquire();
  select(CHANNEL_OWN);
}

export function end(): void {
  uart.send(0x0d);
  uart.send(0x0a);
  line.release();
}

/** As `begin`, for a processor that may hold the lock itself. */
export function beginPanic(): void {
  select(CHANNEL_OWN);
}

/** The functions below print within a line. */
export function text(string: string): void {
  for (let i: u32 = 0; i < string.length; i += 1) {
    uart.send(string.charCodeAt(i));
  }
}

/** At least one hexadecimal digit, no more than needed. */
export function hex(value: u64): void {
  let shift: u64 = (63n - u64(countLeadingZeros(value | 1n))) & ~3n;
  while (true) {
    const digit = u8.wrap((value >> shift) & 0xfn);
    uart.send(digit < 10 ? 0x30 + digit : 0x57 + digit);
    if (shift === 0n) {
      return;
    }
    shift -= 4n;
  }
}

export function decimal(value: u64): void {
  let divisor: u64 = 1n;
  while (value / divisor >= 10n) {
    divisor *= 10n;
  }
  for (; divisor > 0n; divisor /= 10n) {
    uart.send(0x30 + u8.wrap((value / divisor) % 10n));
  }
}

/** The bytes at `address` up to a NUL, `bytesMax` at most; what is not printable ASCII becomes '?'. */
export function bytes(address: u64, bytesMax: u32): void {
  for (let i: u32 = 0; i < bytesMax; i += 1) {
    const byte = memory.load8(address + u64(i));
    if (byte === 0) {
      return;
    }
    uart.send(byte >= 0x20 && byte < 0x7f ? byte : 0x3f);
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
  end();
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
  end();
}

export function field(name: string, value: u64): void {
  text(name);
  hex(value);
}

/** A field without a name. */
export function number(value: u64): void {
  field(' ', value);
}
