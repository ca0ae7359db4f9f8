/**
 * The distributor's state of 32 interrupts, a bit each, as the GIC architecture keeps it
 * [IHI0069 4.1 "Interrupt lifecycle"]. Bank 0 of a vCPU holds its SGIs and PPIs,
 * the further banks belong to the VM.
 *
 * `pending` and `active` are what no list register holds: `queued` interrupts have theirs there.
 */
export class IrqBank {
  enabled: u32 = 0;
  pending: u32 = 0;
  active: u32 = 0;
  /** Queued because `pending` said so, not the line. */
  latched: u32 = 0;
  /** The level of the interrupt's line, for level-sensitive ones. */
  line: u32 = 0;
  /** Edge-triggered; else level-sensitive. */
  edge: u32 = 0;
  group1: u32 = 0;
  /** In a list register of some vCPU. */
  queued: u32 = 0;
  readonly priority = fixedArray(u8, 32);
  /** SPIs: the vCPU that takes it. */
  readonly target = fixedArray(u8, 32);

  /** As bank 0 of a vCPU, on zeroed memory: SGIs are edge-triggered for ever. */
  reset(): void {
    this.edge = 0xffff;
  }

  /** Interrupts that want a list register. */
  candidates(): u32 {
    return ((this.pending | (this.line & ~this.edge)) & this.enabled & ~this.queued) | (this.active & ~this.queued);
  }
}

/** The interrupt's bit in its bank. */
export function bitOf(intid: u32): u32 {
  const one: u32 = 1;
  return one << (intid & 31);
}
