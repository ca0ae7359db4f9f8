/**
 * Which machine has the handset's keyboard: one for all who look at the handset, so that a switch in the page is one in the
 * terminal too. No machine has it until somebody, or the end of booting, gives it to one.
 */
export class Focus {
  private index: number | null = null;
  private readonly listeners = new Set<(index: number) => void>();

  get current(): number | null {
    return this.index;
  }

  set(index: number): void {
    if (index === this.index) return;
    this.index = index;
    for (const listener of this.listeners) listener(index);
  }

  /** Calls `listener` whenever another machine has got the keyboard; the result stops that. */
  onChange(listener: (index: number) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
