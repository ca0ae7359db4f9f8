/**
 * A machine of 4 MiB whose devices see the upper half of its RAM, a restricted pool, alone. It reads from its disk as a driver that does not know of that
 * (`unaware agreed=0`), as one that does (`within status=0`), with data where the device sees nothing (`beyond status=… lost=1`), and within again.
 */
import * as firmware from './runtime/firmware.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';
import { area, DATA, isLost, PLAIN, read, RESTRICTED, setUp, SIZE } from './runtime/virtio-block.ts';

/** Behind the program, and before what is shared. */
const OWN = 0x4018_0000n;

function tellWithin(): void {
  uart.text('within');
  uart.field('status', u64(read(0, RESTRICTED, area(0) + DATA)));
  uart.line('');
}

export function main(): never {
  uart.text('unaware');
  uart.field('agreed', setUp(0, SIZE, PLAIN) ? 1n : 0n);
  uart.line('');
  tellWithin();
  uart.text('beyond');
  uart.field('status', u64(read(0, RESTRICTED, OWN)));
  uart.field('lost', isLost(0) ? 1n : 0n);
  uart.line('');
  tellWithin();
  firmware.powerOff();
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
