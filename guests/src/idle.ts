/** A machine with next to nothing to do: sleeps a second ten times, then powers itself off. */
import { CNTFRQ_EL0 } from '@thimble/arm64/registers-timer.ts';
import { prepare } from './runtime/start.ts';
import * as firmware from './runtime/firmware.ts';
import * as interrupts from './runtime/interrupts.ts';
import * as sleep from './runtime/sleep.ts';

const SLEEPS = 10;

export function main(): never {
  interrupts.open();
  for (let i: u32 = 0; i < SLEEPS; i += 1) {
    asm`msr daifset, #2`;
    sleep.forTicks(CNTFRQ_EL0.read());
    // The timer's interrupt is taken, ended, and so no longer pending.
    asm`msr daifclr, #2`;
  }
  firmware.powerOff();
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
