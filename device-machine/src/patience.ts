/** How long the board's devices may take while we start and wait for them: one that never answers is named, and the start goes on without it. */
import { CNTFRQ_EL0, CNTVCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { isb } from '@thimble/arm64/instructions.ts';

const SECONDS = 10n;
let end: u64 = 0n;

/** What is waited for begins. */
export function begin(): void {
  end = wrappingAdd(CNTVCT_EL0.read(), wrappingMul(CNTFRQ_EL0.read(), SECONDS));
}

/** Whether it has taken too long. */
export function isOver(): boolean {
  // Not read ahead of what was looked at before.
  isb();
  return CNTVCT_EL0.read() > end;
}
