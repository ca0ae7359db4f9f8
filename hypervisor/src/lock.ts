/** A spin lock. EL2 runs with interrupts masked, so a holder is never descheduled. */
import { wfe, sev } from '@thimble/arm64/instructions.ts';

export class Lock {
  private readonly taken = new AtomicU32();

  /** Waits in WFE: on a processor that emulates another, and on a battery, spinning costs. */
  acquire(): void {
    while (this.taken.exchange(1) !== 0) {
      wfe();
    }
  }

  release(): void {
    this.taken.store(0);
    // The store is visible before the event that says so: `store` is a release, and SEV follows it after a barrier.
    asm`dsb ishst`;
    sev();
  }
}
