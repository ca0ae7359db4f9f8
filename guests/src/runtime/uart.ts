/** The virtual handset's PL011, polled. */
/** SPI 1. */
export const INTID = 33;
const BASE = 0x0900_0000n;
const DR = 0x00n;
const FR = 0x18n;
const IMSC = 0x38n;
/** Receive, and receive timeout. */
const IMSC_RECEIVE = 0x50;
const FR_RXFE = 0x10;
const FR_TXFF = 0x20;

export function send(byte: u8): void {
  while ((mmio.read32(BASE + FR) & FR_TXFF) !== 0) {
    // The line drains by itself.
  }
  mmio.write32(BASE + DR, u32(byte));
}

/** Has the UART ask for an interrupt while it has a byte. */
export function openReceiveInterrupt(): void {
  mmio.write32(BASE + IMSC, IMSC_RECEIVE);
}

export function hasByte(): boolean {
  return (mmio.read32(BASE + FR) & FR_RXFE) === 0;
}

/** Waits for a byte. */
export function receive(): u8 {
  while (!hasByte()) {
    // Somebody types, sooner or later.
  }
  return u8.wrap(mmio.read32(BASE + DR));
}

export function text(string: string): void {
  for (let i: u32 = 0; i < string.length; i += 1) {
    send(string.charCodeAt(i));
  }
}

export function line(string: string): void {
  text(string);
  text('\r\n');
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
