/**
 * The state that the GIC architecture keeps of each interrupt, for one vCPU: what a distributor without list
 * registers would do. [IHI0069 4.1 "Interrupt lifecycle"]
 */
export class Interrupt {
  enabled = false;
  /** Made pending by an edge, an SGI or ISPENDR; acknowledging takes it away. */
  latch = false;
  line = false;
  active = false;
  edge: boolean;
  group = 0;
  priority = 0;
  /** Routed to the vCPU. */
  isTarget = true;
  /** An SGI of a GICv2: who has sent it, a bit a vCPU. */
  sources = 0;

  constructor(edge: boolean) {
    this.edge = edge;
  }
  get pending(): boolean {
    return this.latch || this.sources !== 0 || (!this.edge && this.line);
  }
}

export class InterruptReference {
  readonly all: ReadonlyMap<number, Interrupt>;
  groupsEnabled = 0;

  /** On a GICv2 SGIs pend by their senders, and ISPENDR and ICPENDR do not change that. */
  constructor(intids: readonly number[], private readonly isGicv2: boolean) {
    this.all = new Map(intids.map((intid) => [intid, new Interrupt(intid < 16)]));
  }

  of(intid: number): Interrupt {
    return this.all.get(intid)!;
  }
  /** Whether it would be delivered if it were pending. */
  isOn(one: Interrupt): boolean {
    return one.enabled && one.isTarget && !one.active && ((this.groupsEnabled >> one.group) & 1) === 1;
  }
  isDeliverable(one: Interrupt): boolean {
    return one.pending && this.isOn(one);
  }
  /** What may be acknowledged, most urgent first; nothing that is not more urgent than what is active. */
  deliverable(): [number, Interrupt][] {
    const running = Math.min(0x100, ...[...this.all.values()].filter(({ active }) => active).map(({ priority }) => priority));
    return [...this.all].filter(([, one]) => this.isDeliverable(one) && one.priority < running).sort(([, a], [, b]) => a.priority - b.priority);
  }
  acknowledge(intid: number, source: number): void {
    const one = this.of(intid);
    one.active = true;
    one.latch = false;
    one.sources &= ~(1 << source);
  }
  setLine(intid: number, high: boolean): void {
    const one = this.of(intid);
    if (one.edge && high && !one.line) one.latch = true;
    one.line = high;
  }

  /** A write to the register of bank `word` that has a bit an interrupt. */
  writeBits(kind: BitRegister, word: number, value: number): void {
    for (const [intid, one] of this.all) {
      if (intid >> 5 !== word) continue;
      const bit = ((value >>> (intid & 31)) & 1) === 1;
      if (kind === 'group') one.group = bit ? 1 : 0;
      if (!bit) continue;
      if (kind === 'setEnable') one.enabled = true;
      if (kind === 'clearEnable') one.enabled = false;
      const isLatched = !(this.isGicv2 && intid < 16);
      if (kind === 'setPending' && isLatched) one.latch = true;
      if (kind === 'clearPending') one.latch = false;
      if (kind === 'setActive') one.active = true;
      if (kind === 'clearActive') one.active = false;
    }
  }
  readBits(kind: BitRegister, word: number): number {
    let value = 0;
    for (const [intid, one] of this.all) {
      const bit = kind === 'group' ? one.group === 1 : kind.endsWith('Enable') ? one.enabled : kind.endsWith('Pending') ? one.pending : one.active;
      if (intid >> 5 === word && bit) value |= 1 << (intid & 31);
    }
    return value >>> 0;
  }
}

export type BitRegister = 'group' | 'setEnable' | 'clearEnable' | 'setPending' | 'clearPending' | 'setActive' | 'clearActive';

/** Offset of the register of bank 0, in the distributor and in a redistributor's second frame. */
export const bitRegisterOffset: Readonly<Record<BitRegister, bigint>> = {
  group: 0x80n, setEnable: 0x100n, clearEnable: 0x180n, setPending: 0x200n, clearPending: 0x280n, setActive: 0x300n, clearActive: 0x380n,
};
