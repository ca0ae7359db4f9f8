/**
 * The distributor's state of 32 interrupts, a bit each, as the GIC architecture keeps it
 * [IHI0069 4.1 "Interrupt lifecycle"]. Bank 0 of a vCPU holds its SGIs and PPIs,
 * the further banks belong to the VM.
 *
 * What is pending and active excludes what list registers hold: `queued` interrupts have that there.
 */
/** Indices of `state`, in the order of the registers that show them (bank-registers.ts). */
export const GROUP1 = 0;
export const ENABLED = 1;
export const PENDING = 2;
export const ACTIVE = 3;

/** One for SGIs and PPIs, one for each bank of SPIs, and what makes it a power of two. */
export const BANK_WORDS = 4;

const ALL = 0xffff_ffff;

export class IrqBank {
  readonly state = fixedArray(u32, 4);
  /** Queued because its state said that it pends, not the line. */
  latched: u32 = 0;
  /** The level of the interrupt's line, for level-sensitive ones. */
  line: u32 = 0;
  /** Edge-triggered; else level-sensitive. */
  edge: u32 = 0;
  /** In a list register of some vCPU. */
  queued: u32 = 0;
  readonly priority = fixedArray(u8, 32);
  /** Bit k of all priorities, a word each: whoever looks for the most urgent interrupt looks at all at once. byte-registers.ts has it follow. */
  readonly priorityBits = fixedArray(u32, 8);
  /** The vCPUs that may take it, a bit each; for SGIs and PPIs the one that they belong to. */
  readonly target = fixedArray(u8, 32);
  readonly targetBits = fixedArray(u32, 8);

  /** Zeroed memory becomes the reset state; `edge` are those that are edge-triggered for ever, SGIs; all may go to the vCPU with index `target`. */
  reset(edge: u32, target: u32): void {
    this.edge = edge;
    this.targetBits[target & 7] = ALL;
    for (let i: u32 = 0; i < 32; i += 1) {
      this.target[i] = u8.wrap(bitOf(target));
    }
  }

  /** What is pending, by itself or by its line. */
  pending(): u32 {
    return this.state[PENDING] | (this.line & ~this.edge);
  }

  /** Interrupts that want a list register, with the groups enabled that GICD_CTLR says. */
  candidates(groupsEnabled: u32): u32 {
    const group1 = this.state[GROUP1];
    const on = ((groupsEnabled & 1) !== 0 ? ~group1 : 0) | ((groupsEnabled & 2) !== 0 ? group1 : 0);
    return ((this.pending() & this.state[ENABLED] & on) | this.state[ACTIVE]) & ~this.queued;
  }
}

/** The interrupt's bit in its bank. */
export function bitOf(intid: u32): u32 {
  const one: u32 = 1;
  return one << (intid & 31);
}
