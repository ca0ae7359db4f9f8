/**
 * A machine that knows nothing of its screen but that its device tree has a picture in its RAM, a `simple-framebuffer`. It paints the upper half of it
 * in one colour and the lower half in another, says `painted width=… height=…`, and sleeps.
 */
import { wfi } from '@thimble/arm64/instructions.ts';
import * as firmware from './runtime/firmware.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';

/** Of a flattened device tree [Devicetree 0.4 "Flattened Devicetree (DTB) Format"]. */
const STRUCTURE_AT = 8n;
const STRINGS_AT = 12n;
const BEGIN_NODE = 1;
const END_NODE = 2;
const PROPERTY = 3;
const NOTHING = 4;

const UPPER = 0x33_66cc;
const LOWER = 0xcc_6633;
const PIXEL_BYTES = 4;

let picture: u64 = 0n;
let width: u32 = 0;
let height: u32 = 0;
let stride: u32 = 0;

function bigEndian32(address: u64): u32 {
  let value: u32 = 0;
  for (let i: u64 = 0n; i < 4n; i += 1n) {
    value = (value << 8) | u32(memory.load8(address + i));
  }
  return value;
}

/** Whether the text at `address` begins with `text`, and ends there if it must. */
function isText(address: u64, text: string, mustEnd: boolean): boolean {
  for (let i: u32 = 0; i < text.length; i += 1) {
    if (memory.load8(address + u64(i)) !== text.charCodeAt(i)) {
      return false;
    }
  }
  return !mustEnd || memory.load8(address + u64(text.length)) === 0;
}

function aligned(address: u64): u64 {
  return (address + 3n) & ~3n;
}

/** Notes what property `name` of the screen's node says. */
function note(name: u64, value: u64): void {
  if (isText(name, 'reg', true)) {
    // Two cells of address: it is in the lower one.
    picture = u64(bigEndian32(value + 4n));
  } else if (isText(name, 'width', true)) {
    width = bigEndian32(value);
  } else if (isText(name, 'height', true)) {
    height = bigEndian32(value);
  } else if (isText(name, 'stride', true)) {
    stride = bigEndian32(value);
  }
}

/** Reads the first node called framebuffer, which is that in /chosen. False if there is none. */
function find(tree: u64): boolean {
  const strings = tree + u64(bigEndian32(tree + STRINGS_AT));
  let at = tree + u64(bigEndian32(tree + STRUCTURE_AT));
  let isScreen = false;
  while (true) {
    const token = bigEndian32(at);
    at += 4n;
    if (token === BEGIN_NODE) {
      isScreen = isText(at, 'framebuffer@', false);
      while (memory.load8(at) !== 0) {
        at += 1n;
      }
      at = aligned(at + 1n);
    } else if (token === PROPERTY) {
      const bytes = u64(bigEndian32(at));
      if (isScreen) {
        note(strings + u64(bigEndian32(at + 4n)), at + 8n);
      }
      at = aligned(at + 8n + bytes);
    } else if (token === END_NODE && isScreen) {
      return true;
    } else if (token !== END_NODE && token !== NOTHING) {
      return false;
    }
  }
}

function paint(from: u32, to: u32, colour: u32): void {
  for (let y = from; y < to; y += 1) {
    for (let x: u32 = 0; x < width; x += 1) {
      memory.store32(picture + u64(y * stride + x * PIXEL_BYTES), colour);
    }
  }
}

export function main(tree: u64): never {
  if (!find(tree)) {
    uart.line('there is no screen');
    firmware.powerOff();
  }
  paint(0, height / 2, UPPER);
  paint(height / 2, height, LOWER);
  uart.text('painted');
  uart.field('width', u64(width));
  uart.field('height', u64(height));
  uart.line('');
  while (true) {
    wfi();
  }
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
