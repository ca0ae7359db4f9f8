/** Lines on the device machine's own console, the virtual handset's PL011. */
const DATA = 0x0900_0000n;

function send(byte: u8): void {
  mmio.write32(DATA, u32(byte));
}

export function text(string: string): void {
  for (let i: u32 = 0; i < string.length; i += 1) {
    send(string.charCodeAt(i));
  }
}

/** The bytes at `address` up to a NUL, `bytesMax` at most. */
export function bytes(address: u64, bytesMax: u32): void {
  for (let i: u32 = 0; i < bytesMax; i += 1) {
    const byte = memory.load8(address + u64(i));
    if (byte === 0) {
      return;
    }
    send(byte >= 0x20 && byte < 0x7f ? byte : 0x3f);
  }
}

export function decimal(value: u64): void {
  let divisor: u64 = 1n;
  while (value / divisor >= 10n) {
    divisor *= 10n;
  }
  for (; divisor > 0n; divisor /= 10n) {
    send(0x30 + u8.wrap((value / divisor) % 10n));
  }
}

/** ` name=value`, the value in hexadecimal without leading zeros. */
export function field(name: string, value: u64): void {
  text(' ');
  text(name);
  text('=');
  let shift: u64 = (63n - u64(countLeadingZeros(value | 1n))) & ~3n;
  while (true) {
    const digit = u8.wrap((value >> shift) & 0xfn);
    send(digit < 10 ? 0x30 + digit : 0x57 + digit);
    if (shift === 0n) {
      return;
    }
    shift -= 4n;
  }
}

export function end(): void {
  text('\r\n');
}

export function line(string: string): void {
  text(string);
  end();
}
