/**
 * A machine that keeps its hypervisor as busy as it can, with one kind of act after the other, for some milliseconds each, for
 * ever. It shows what a real-time machine on the same processor has to wait for. It begins a second after the board's reset: a Linux
 * beside it is up by then.
 *
 * What to do follows from the physical counter alone, because some of it ends in a restart that forgets everything else.
 */
import { isb, wfi } from '@thimble/arm64/instructions.ts';
import { CNTFRQ_EL0, CNTP_CTL_EL0, CNTP_CVAL_EL0, CNTPCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { prepare } from './runtime/start.ts';
import * as acts from './storm/acts.ts';

/** 7 ms a kind, which no slice of the scheduler's is a multiple of. */
const KIND_TICKS = 437_500n;
/** Acts between two looks at the counter. */
const BATCH = 8;

/** Sleeps, interrupts masked, until the physical counter is at `time`. */
function sleepUntil(time: u64): void {
  CNTP_CVAL_EL0.write(time);
  CNTP_CTL_EL0.write(CNTP_CTL_EL0.of({ ENABLE: 1n }));
  isb();
  while (CNTPCT_EL0.read() < time) {
    wfi();
  }
  CNTP_CTL_EL0.write(0n);
  isb();
}

export function main(): never {
  acts.open();
  sleepUntil(CNTFRQ_EL0.read());
  while (true) {
    const kind = (CNTPCT_EL0.read() / KIND_TICKS) % acts.KINDS;
    for (let i: u32 = 0; i < BATCH; i += 1) {
      acts.act(kind);
    }
  }
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
