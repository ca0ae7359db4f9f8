/**
 * A machine with two block devices. It breaks each rule of a queue on the first, which is to be lost each time, and reads from the second
 * after that: `misdeed=<n> lost=<1: the first needs a reset> neighbour=<status of the read>`. At last it resets the first and reads from it.
 */
import * as firmware from './runtime/firmware.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';
import {
  area, DATA, describe, FLUSH, HEADER, INDIRECT, isLost, NEXT, offer, PLAIN, RAM_END, read, setUp, SIZE, WRITE,
} from './runtime/virtio-block.ts';

const MISDEEDS = 7;

/** Breaks rule `which` on the first device. */
function misdeed(which: u32): void {
  // No power of two.
  setUp(0, which === 0 ? SIZE + 1 : SIZE, PLAIN);
  mmio.write32(area(0) + HEADER, FLUSH);
  switch (which) {
    case 1:
      offer(0, 0, SIZE + 1);
      break;
    case 2:
      offer(0, SIZE, 1);
      break;
    case 3:
      describe(0, 0n, area(0) + HEADER, 16, NEXT, 0);
      offer(0, 0, 1);
      break;
    case 4:
      describe(0, 0n, RAM_END - 8n, 16, 0, 0);
      offer(0, 0, 1);
      break;
    case 5:
      describe(0, 0n, area(0) + HEADER, 24, INDIRECT, 0);
      offer(0, 0, 1);
      break;
    case 6:
      describe(0, 0n, area(0) + HEADER, 16, WRITE, 0);
      offer(0, 0, 1);
      break;
    default:
      break;
  }
}

export function main(): never {
  for (let which: u32 = 0; which < MISDEEDS; which += 1) {
    misdeed(which);
    const lost = isLost(0);
    uart.text('misdeed');
    uart.field('number', u64(which));
    uart.field('lost', lost ? 1n : 0n);
    uart.field('neighbour', u64(read(1, PLAIN, area(1) + DATA)));
    uart.line('');
  }
  uart.text('mended');
  uart.field('status', u64(read(0, PLAIN, area(0) + DATA)));
  uart.line('');
  firmware.powerOff();
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
