/**
 * One end of a window between two machines, the first of this one's: each byte that comes on the console is written into the window, and the other end is rung;
 * `heard=<what is there>` when the other end rings. It sleeps in between.
 */
import { GRANTED_PAGES_BYTES, GRANTS_IPA, QUEUE_NOTIFY, SLOT_SPI, SLOTS_IPA } from '@thimble/abi/slot-layout.ts';
import { ICC_EOIR1_EL1, ICC_IAR1_EL1, ICC_IGRPEN1_EL1, ICC_PMR_EL1 } from '@thimble/arm64/registers-gic.ts';
import { dsbSy, isb, wfi } from '@thimble/arm64/instructions.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';

const WINDOW = GRANTS_IPA + GRANTED_PAGES_BYTES;
/** A machine without devices has its doorbell in slot 0. */
const DOORBELL = SLOTS_IPA + u64(QUEUE_NOTIFY);
const DOORBELL_INTID = 32n + u64(SLOT_SPI);

const DISTRIBUTOR = 0x0800_0000n;
const CTLR = 0x000n;
const IGROUPR1 = 0x084n;
const ISENABLER1 = 0x104n;
const ICFGR3 = 0xc0cn;
const CTLR_ENABLE = 0x3;
/** INTIDs 33, the UART's, and 48. */
const BITS = 0x1_0002;
/** INTID 48 is an edge. */
const EDGE = 0x2;
const LOWEST_PRIORITY = 0xf8n;

export function main(): never {
  mmio.write32(DISTRIBUTOR + CTLR, CTLR_ENABLE);
  mmio.write32(DISTRIBUTOR + ICFGR3, EDGE);
  mmio.write32(DISTRIBUTOR + IGROUPR1, BITS);
  mmio.write32(DISTRIBUTOR + ISENABLER1, BITS);
  ICC_PMR_EL1.write(LOWEST_PRIORITY);
  ICC_IGRPEN1_EL1.write(1n);
  isb();
  uart.openReceiveInterrupt();
  uart.line('at the window');
  while (true) {
    while (uart.hasByte()) {
      mmio.write32(WINDOW, u32(uart.receive()));
      // It is there before the other end hears of it.
      dsbSy();
      mmio.write32(DOORBELL, 0);
    }
    wfi();
    const intid = ICC_IAR1_EL1.read();
    ICC_EOIR1_EL1.write(intid);
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
