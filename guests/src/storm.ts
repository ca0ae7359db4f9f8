/**
 * A machine that keeps its hypervisor as busy as it can, with one kind of act after the other, for some milliseconds each, for
 * ever. It shows what a real-time machine on the same processor has to wait for. It begins a second after the board's reset: a Linux
 * beside it is up by then.
 *
 * What to do follows from the physical counter alone, because some of it ends in a restart that forgets everything else.
 */
import { CNTFRQ_EL0, CNTPCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { prepare } from './runtime/start.ts';
import * as sleep from './runtime/sleep.ts';
import * as acts from './storm/acts.ts';

/** 7 ms a kind, which no slice of the scheduler's is a multiple of. */
const KIND_TICKS = 437_500n;
/** Acts between two looks at the counter. */
const BATCH = 8;

export function main(): never {
  acts.open();
  const start = CNTFRQ_EL0.read();
  const now = CNTPCT_EL0.read();
  if (now < start) {
    sleep.forTicks(start - now);
  }
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
