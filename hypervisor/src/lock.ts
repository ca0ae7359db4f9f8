/** A spin lock. EL2 runs with interrupts masked, so a holder is never descheduled. */

/**
 * Waits in WFE until the word at `word` is 0, and makes it 1. The load-exclusive marks the word, so that the holder's
 * releasing store itself is the event that ends WFE [DDI0487 "Wait for Event mechanism and Send event"].
 */
const waitFor = naked<(word: u64) => void>(asm`
    sevl
    mov   w10, #1
  1:
    wfe
  2:
    ldaxr w8, [x0]
    cbnz  w8, 1b
    stxr  w9, w10, [x0]
    cbnz  w9, 2b                  // the store may fail for no reason that would be an event
    ret`);

export class Lock {
  private readonly taken = new AtomicU32();

  acquire(): void {
    if (this.taken.exchange(1) !== 0) {
      waitFor(addressOf(this.taken));
    }
  }

  release(): void {
    this.taken.store(0);
  }
}
