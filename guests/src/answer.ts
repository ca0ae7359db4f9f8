/**
 * A small machine that costs nothing while nobody speaks to it: it sleeps until its console has a byte, and says how many it has had.
 */
import * as interrupts from './runtime/awaited-interrupts.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';

export function main(): never {
  interrupts.open();
  interrupts.enable(uart.INTID);
  uart.openReceiveInterrupt();
  uart.line('ready to answer');
  let count: u64 = 0n;
  while (true) {
    while (!uart.hasByte()) {
      // The interrupt ends the wait and stays masked: it is acknowledged and ended here, or it would end every wait.
      interrupts.end(interrupts.wait());
    }
    const byte = uart.receive();
    count += 1n;
    uart.text('answer to ');
    uart.send(byte);
    uart.text(': ');
    uart.decimal(count);
    uart.line('');
  }
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
