/** Lines on the device machine's own console. */
import * as uart from '@thimble/guests/runtime/uart.ts';

export function text(string: string): void {
  uart.text(string);
}

/** The bytes at `address` up to a NUL, `bytesMax` at most. */
export function bytes(address: u64, bytesMax: u32): void {
  for (let i: u32 = 0; i < bytesMax; i += 1) {
    const byte = memory.load8(address + u64(i));
    if (byte === 0) {
      return;
    }
    uart.send(byte >= 0x20 && byte < 0x7f ? byte : 0x3f);
  }
}

export function decimal(value: u64): void {
  uart.decimal(value);
}

/** ` name=value`, the value in hexadecimal without leading zeros. */
export function field(name: string, value: u64): void {
  uart.field(name, value);
}

export function end(): void {
  uart.line('');
}

export function line(string: string): void {
  uart.line(string);
}
