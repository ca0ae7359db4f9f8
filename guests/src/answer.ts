/**
 * A small machine that costs nothing while nobody speaks to it: it sleeps until its console has a byte, and says how many it has had.
 */
import { ICC_EOIR1_EL1, ICC_IAR1_EL1, ICC_IGRPEN1_EL1, ICC_PMR_EL1 } from '@thimble/arm64/registers-gic.ts';
import { isb, wfi } from '@thimble/arm64/instructions.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';

const DISTRIBUTOR = 0x0800_0000n;
const CTLR = 0x000n;
const IGROUPR1 = 0x084n;
const ISENABLER1 = 0x104n;
/** Both groups. */
const CTLR_ENABLE = 0x3;
/** INTID 33, in the second word of every register with a bit an interrupt. */
const UART_BIT = 0x2;
const LOWEST_PRIORITY = 0xf8n;

function openInterrupts(): void {
  mmio.write32(DISTRIBUTOR + CTLR, CTLR_ENABLE);
  mmio.write32(DISTRIBUTOR + IGROUPR1, UART_BIT);
  mmio.write32(DISTRIBUTOR + ISENABLER1, UART_BIT);
  ICC_PMR_EL1.write(LOWEST_PRIORITY);
  ICC_IGRPEN1_EL1.write(1n);
  isb();
  uart.openReceiveInterrupt();
}

export function main(): never {
  openInterrupts();
  uart.line('ready to answer');
  let count: u64 = 0n;
  while (true) {
    while (!uart.hasByte()) {
      // The interrupt ends the wait and stays masked: it is acknowledged and ended here, or it would end every wait.
      wfi();
      ICC_EOIR1_EL1.write(ICC_IAR1_EL1.read());
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
