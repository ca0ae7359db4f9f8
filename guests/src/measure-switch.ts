/**
 * Measures what it costs to turn from one machine to another that is ready to run too. Two machines on one processor run this program: within a window of
 * the physical counter, which both see, each counts the rounds of a loop of known length, and how often it was away. What
 * remains of the window when the instructions of all rounds are subtracted went into the switches.
 *
 * Prints the window's `ticks`, `rounds` and `absences` as lines `bench <name> <n>`; the host tool adds up both machines.
 */
import { prepare } from './runtime/start.ts';
import * as firmware from './runtime/firmware.ts';
import * as measuring from './runtime/measuring.ts';

/** The window, in ticks of the physical counter: 20 to 420 ms after reset. */
const FROM = 1_250_000n;
const TO = 26_250_000n;

class Counted {
  rounds: u64 = 0n;
  absences: u64 = 0n;
}
const counted = new Counted();

/**
 * From `from` to `to`. Each round is 8 instructions, whether the machine was away (more than 64 ticks, 1024 instructions, since the
 * last one) or not.
 */
const count = naked<(from: u64, to: u64, counted: u64) => void>(asm`
  1:
    mrs   x4, cntpct_el0
    cmp   x4, x0
    b.lo  1b
    mov   x5, #0
    mov   x6, #0
  2:
    mrs   x3, cntpct_el0
    sub   x7, x3, x4
    mov   x4, x3
    cmp   x7, #64
    cinc  x6, x6, hi
    add   x5, x5, #1
    cmp   x3, x1
    b.lo  2b
    stp   x5, x6, [x2]
    ret`);

export function main(): never {
  count(FROM, TO, addressOf(counted));
  measuring.line('ticks', TO - FROM);
  measuring.line('rounds', counted.rounds);
  measuring.line('absences', counted.absences);
  firmware.powerOff();
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
