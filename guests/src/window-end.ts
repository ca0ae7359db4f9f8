/**
 * One end of a window between two machines, the first of this one's: each byte that comes on the console is written into the window, and the other end is rung;
 * `heard=<what is there>` when the other end rings. It sleeps in between.
 */
import { GRANTED_PAGES_BYTES, GRANTS_IPA, SLOT_SPI, SLOTS_IPA } from '@thimble/abi/slot-layout.ts';
import { QUEUE_NOTIFY } from '@thimble/abi/virtio-mmio.ts';
import { dsbSy } from '@thimble/arm64/instructions.ts';
import * as interrupts from './runtime/awaited-interrupts.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';

const WINDOW = GRANTS_IPA + GRANTED_PAGES_BYTES;
/** A machine without devices has its doorbell in slot 0. */
const DOORBELL = SLOTS_IPA + u64(QUEUE_NOTIFY);
const DOORBELL_INTID = 32 + SLOT_SPI;

/** GICD_ICFGR3, of INTIDs 48 to 63: the first one is an edge. */
const ICFGR3 = 0x0800_0c0cn;
const EDGE = 0x2;

export function main(): never {
  interrupts.open();
  mmio.write32(ICFGR3, EDGE);
  interrupts.enable(DOORBELL_INTID);
  interrupts.enable(uart.INTID);
  uart.openReceiveInterrupt();
  uart.line('at the window');
  while (true) {
    while (uart.hasByte()) {
      mmio.write32(WINDOW, u32(uart.receive()));
      // It is there before the other end hears of it.
      dsbSy();
      mmio.write32(DOORBELL, 0);
    }
    const intid = interrupts.wait();
    interrupts.end(intid);
    if (intid === DOORBELL_INTID) {
      uart.text('heard');
      uart.field('word', u64(mmio.read32(WINDOW)));
      uart.line('');
    }
  }
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
