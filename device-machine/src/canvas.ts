/** Drawing on the panel's picture: rectangles, text, rows of pixels. Whoever draws sees to it that all lies on the panel, and says so to panel.ts. */
import * as font from './font.ts';
import * as panel from './panel.ts';
import * as pixels from './pixels.ts';

/** Fills a rectangle. */
export function fill(x: u32, y: u32, across: u32, down: u32, colour: u32): void {
  for (let row: u32 = 0; row < down; row += 1) {
    pixels.fill(panel.pixelAt(x, y + row), u64(across), colour);
  }
}

/** Pixels that `count` characters take across, each of its font's pixels `scale` wide. */
export function textWidth(count: u32, scale: u32): u32 {
  return count * (font.COLUMNS + 1) * scale;
}

export function character(x: u32, y: u32, scale: u32, code: u8, colour: u32): void {
  for (let row: u32 = 0; row < font.ROWS; row += 1) {
    for (let column: u32 = 0; column < font.COLUMNS; column += 1) {
      if (font.isSet(code, column, row)) {
        fill(x + column * scale, y + row * scale, scale, scale, colour);
      }
    }
  }
}

/** The characters at `address` up to a NUL, `charactersMax` at most. */
export function text(x: u32, y: u32, scale: u32, address: u64, charactersMax: u32, colour: u32): void {
  for (let i: u32 = 0; i < charactersMax; i += 1) {
    const code = memory.load8(address + u64(i));
    if (code === 0) {
      return;
    }
    character(x + textWidth(i, scale), y, scale, code, colour);
  }
}

/** `string`, right-aligned so that it ends at `right`. */
export function word(right: u32, y: u32, scale: u32, string: string, colour: u32): void {
  const left = right - textWidth(string.length, scale);
  for (let i: u32 = 0; i < string.length; i += 1) {
    character(left + textWidth(i, scale), y, scale, string.charCodeAt(i), colour);
  }
}

/** `value` in decimal, without leading zeros, right-aligned so that it ends at `right`. */
export function number(right: u32, y: u32, scale: u32, value: u32, colour: u32): void {
  let rest = value;
  let x = right;
  do {
    x -= textWidth(1, scale);
    character(x, y, scale, u8.wrap(0x30 + (rest % 10)), colour);
    rest /= 10;
  } while (rest !== 0);
}

/** `bytes` bytes, a multiple of 4, become black. */
export function clear(address: u64, bytes: u32): void {
  pixels.fill(address, u64(bytes / 4), 0);
}
