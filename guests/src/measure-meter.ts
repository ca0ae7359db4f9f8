/**
 * Measures what the meters over the screens cost, on a processor that is all this machine's: it shows a picture, and counts the rounds of a loop of known length
 * for some seconds. What remains of that time belongs to the meters. Prints `bench cpuMeter <instructions a second>`.
 */
import { CNTFRQ_EL0 } from '@thimble/arm64/registers-timer.ts';
import * as firmware from './runtime/firmware.ts';
import * as measuring from './runtime/measuring.ts';
import * as screen from './runtime/screen.ts';
import { prepare } from './runtime/start.ts';

const SECONDS = 2n;
const ROUND_INSTRUCTIONS = 8197n;

/** Rounds of 5 instructions and 4,096 times 2, which QEMU executes quickly, until `ticks` of the counter have passed. */
const count = naked<(ticks: u64) => u64>(asm`
    mrs   x1, cntpct_el0
    add   x1, x1, x0
    mov   x0, #0
  1:
    mov   x3, #4096
  2:
    subs  x3, x3, #1
    b.ne  2b
    mrs   x2, cntpct_el0
    add   x0, x0, #1
    cmp   x2, x1
    b.lo  1b
    ret`);

export function main(): never {
  screen.openInterrupts();
  screen.show();
  const ticks = CNTFRQ_EL0.read() * SECONDS;
  // Until the other machine has drawn its picture too.
  count(ticks / 4n);
  const rounds = count(ticks);
  measuring.line('cpuMeter', (ticks * measuring.INSTRUCTIONS_A_TICK - rounds * ROUND_INSTRUCTIONS) / SECONDS);
  firmware.powerOff();
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
