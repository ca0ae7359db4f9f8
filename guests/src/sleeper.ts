/**
 * A machine that sleeps as deep as it can, twice: CPU_SUSPEND to powerdown, then SYSTEM_SUSPEND. Its virtual timer wakes it, at its entry,
 * with nothing kept but memory: `awake life=<context> due=<1: its time had come> fresh=<1: a processor as after a reset>`.
 */
import { CNTFRQ_EL0, CNTV_CTL_EL0, CNTV_CVAL_EL0, CNTVCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { SCTLR_EL1, VBAR_EL1 } from '@thimble/arm64/registers-el1.ts';
import { hvc } from '@thimble/arm64/instructions.ts';
import * as firmware from './runtime/firmware.ts';
import * as interrupts from './runtime/interrupts.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';

const CPU_SUSPEND = 0xc400_0001n;
const SYSTEM_SUSPEND = 0xc400_000en;
const POWERDOWN = 0x1_0000n;
const NAPS_A_SECOND = 5n;

/** `life` is 1 or 2, as the last call said to hand over; anything else at first, when it is the device tree. */
export function main(life: u64): never {
  const time = CNTVCT_EL0.read();
  if (life === 1n || life === 2n) {
    uart.text('awake');
    uart.field('life', life);
    uart.field('due', time >= CNTV_CVAL_EL0.read() ? 1n : 0n);
    uart.field('fresh', VBAR_EL1.read() === 0n && (SCTLR_EL1.read() & 1n) === 0n ? 1n : 0n);
    uart.line('');
  }
  if (life === 2n) {
    firmware.powerOff();
  }
  CNTV_CTL_EL0.write(0n);
  interrupts.open();
  // An interrupt that is masked here wakes as well.
  asm`msr daifset, #2`;
  CNTV_CVAL_EL0.write(CNTVCT_EL0.read() + CNTFRQ_EL0.read() / NAPS_A_SECOND);
  CNTV_CTL_EL0.write(1n);
  const here = linkerSymbol('sleeper_entry');
  const result = life === 1n ? hvc(SYSTEM_SUSPEND, here, 2n, 0n) : hvc(CPU_SUSPEND, POWERDOWN, here, 1n);
  uart.text('refused');
  uart.field('result', result);
  uart.line('');
  firmware.powerOff();
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
