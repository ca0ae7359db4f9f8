/**
 * A machine that has a PL061 of the board as its own, at the first address where devices are: `line=<pins that interrupted>` for each interrupt of it, which it ends. Its registers are
 * called as Linux' driver calls them.
 */
import { GRANTS_IPA } from '@thimble/abi/slot-layout.ts';
import { ICC_EOIR1_EL1, ICC_IAR1_EL1, ICC_IGRPEN1_EL1, ICC_PMR_EL1 } from '@thimble/arm64/registers-gic.ts';
import { isb, wfi } from '@thimble/arm64/instructions.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';

const GPIO = GRANTS_IPA + 0x1_0000n;
const GPIOIBE = 0x408n;
const GPIOIE = 0x410n;
const GPIOMIS = 0x418n;
const GPIOIC = 0x41cn;
const ALL_PINS = 0xff;
/** SPI 32. */
const GPIO_INTID = 64n;

const DISTRIBUTOR = 0x0800_0000n;
const CTLR = 0x000n;
const IGROUPR2 = 0x088n;
const ISENABLER2 = 0x108n;
const CTLR_ENABLE = 0x3;
const GPIO_BIT = 0x1;
const LOWEST_PRIORITY = 0xf8n;

export function main(): never {
  mmio.write32(DISTRIBUTOR + CTLR, CTLR_ENABLE);
  mmio.write32(DISTRIBUTOR + IGROUPR2, GPIO_BIT);
  mmio.write32(DISTRIBUTOR + ISENABLER2, GPIO_BIT);
  ICC_PMR_EL1.write(LOWEST_PRIORITY);
  ICC_IGRPEN1_EL1.write(1n);
  isb();
  // Both edges of each pin.
  mmio.write32(GPIO + GPIOIBE, ALL_PINS);
  mmio.write32(GPIO + GPIOIC, ALL_PINS);
  mmio.write32(GPIO + GPIOIE, ALL_PINS);
  uart.line('pins watched');
  while (true) {
    wfi();
    const intid = ICC_IAR1_EL1.read();
    if (intid === GPIO_INTID) {
      const pins = mmio.read32(GPIO + GPIOMIS);
      mmio.write32(GPIO + GPIOIC, pins);
      uart.text('interrupt');
      uart.field('pins', u64(pins));
      uart.line('');
    }
    ICC_EOIR1_EL1.write(intid);
  }
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
