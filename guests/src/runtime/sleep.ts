/** Sleeping by the virtual timer, for programs that have enabled its interrupt and keep interrupts masked. */
import { CNTV_CTL_EL0, CNTV_CVAL_EL0, CNTVCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { isb, wfi } from '@thimble/arm64/instructions.ts';

/** Waits until `ticks` of the counter have passed. */
export function forTicks(ticks: u64): void {
  const end = CNTVCT_EL0.read() + ticks;
  CNTV_CVAL_EL0.write(end);
  CNTV_CTL_EL0.write(CNTV_CTL_EL0.of({ ENABLE: 1n }));
  // The timer is set before the processor waits for it.
  isb();
  while (CNTVCT_EL0.read() < end) {
    wfi();
  }
  CNTV_CTL_EL0.write(0n);
  isb();
}
