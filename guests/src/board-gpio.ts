/**
 * A machine that has a PL061 of the board as its own, at the first address where devices are: `line=<pins that interrupted>` for each interrupt of it, which it ends. Its registers are
 * called as Linux' driver calls them.
 */
import { GRANTS_IPA } from '@thimble/abi/slot-layout.ts';
import * as interrupts from './runtime/awaited-interrupts.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';

const GPIO = GRANTS_IPA + 0x1_0000n;
const GPIOIBE = 0x408n;
const GPIOIE = 0x410n;
const GPIOMIS = 0x418n;
const GPIOIC = 0x41cn;
const ALL_PINS = 0xff;
/** SPI 32. */
const GPIO_INTID = 64;

export function main(): never {
  interrupts.open();
  interrupts.enable(GPIO_INTID);
  // Both edges of each pin.
  mmio.write32(GPIO + GPIOIBE, ALL_PINS);
  mmio.write32(GPIO + GPIOIC, ALL_PINS);
  mmio.write32(GPIO + GPIOIE, ALL_PINS);
  uart.line('pins watched');
  while (true) {
    const intid = interrupts.wait();
    if (intid === GPIO_INTID) {
      const pins = mmio.read32(GPIO + GPIOMIS);
      mmio.write32(GPIO + GPIOIC, pins);
      uart.text('interrupt');
      uart.field('pins', u64(pins));
      uart.line('');
    }
    interrupts.end(intid);
  }
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
