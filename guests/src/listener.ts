/**
 * Reads what is typed, in fits and starts, so that its UART is full now and then, and says whether a byte was lost or came before
 * another: they are to be 0x20 to 0x5f, over and over. Prints `in order: <count>` after every 2048 of them.
 */
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';

const FIRST = 0x20;
const KINDS = 0x40;
const PORTION = 2048;
/** Rounds of a pause, at most: a power of two. */
const PAUSE_MAX = 32768;

export function main(): never {
  uart.line('listening');
  let count: u32 = 0;
  let random: u32 = 1;
  while (true) {
    const byte = u32(uart.receive());
    if (byte !== FIRST + (count % KINDS)) {
      uart.text('out of order: ');
      uart.decimal(u64(count));
      uart.line('');
      while (true) {
        // Whatever comes is of no interest any more.
        uart.receive();
      }
    }
    count += 1;
    if (count % PORTION === 0) {
      uart.text('in order: ');
      uart.decimal(u64(count));
      uart.line('');
    }
    random = wrappingAdd(wrappingMul<u32>(random, 1664525), 1013904223);
    for (let rest = (random >> 16) % PAUSE_MAX; rest > 0; rest -= 1) {
      asm`nop`;
    }
  }
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
