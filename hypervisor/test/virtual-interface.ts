/**
 * A virtual CPU interface as a guest uses it: list registers that the hypervisor fills and the guest
 * acknowledges and ends, without a trap. [IHI0069 "Virtual Interrupt Handling and Prioritization in AArch64 state"]
 */
export const LIST_REGISTERS = 4;
const PENDING = 1n << 62n;
const ACTIVE = 1n << 63n;
const HARDWARE = 1n << 61n;
const MAINTAIN_AT_END = 1n << 41n;
const ENABLE = 1n;
const UNDERFLOW = 2n;
const UNLISTED_ENDS = 4n;
/** GICH_HCR.EOICount. */
const END_COUNT = 27n;

export interface Held {
  readonly index: number; readonly intid: number; readonly pending: boolean; readonly active: boolean; readonly priority: number; readonly group: number;
  /** Of an SGI on a GICv2: the vCPU that sent it. */
  readonly source: number;
}

/** Those of the processor at hand, in a GICv3's format, wherever they are; and GICH_HCR. */
export interface ListRegisters {
  readonly read: (index: number) => bigint;
  readonly write: (index: number, value: bigint) => void;
  readonly control: () => bigint;
  readonly setControl: (value: bigint) => void;
}

/** How a guest takes and ends its interrupts. */
export interface GuestInterface {
  /** Physical interrupts that the end of a virtual one deactivated. */
  readonly deactivated: number[];
  /** Who sent the SGI that was acknowledged last. */
  readonly source: number;
  acknowledge(): number | null;
  end(intid: number, source?: number): void;
  held(): Held[];
  wantsMaintenance(): boolean;
  refillsAtUnderflow(): boolean;
}

/** What list registers with these values hold that is pending or active. */
export function heldIn(values: readonly bigint[]): Held[] {
  return values.map((value, index) => ({ index, value })).filter(({ value }) => (value & (PENDING | ACTIVE)) !== 0n).map(({ index, value }) => ({
    index, intid: Number(value & 0xffff_ffffn), pending: (value & PENDING) !== 0n, active: (value & ACTIVE) !== 0n,
    priority: Number((value >> 48n) & 0xffn), group: Number((value >> 60n) & 1n), source: (value & HARDWARE) === 0n ? Number((value >> 32n) & 7n) : 0,
  }));
}

/** A GICv3's. */
export function listRegistersIn(registers: Map<string, bigint>): ListRegisters {
  return {
    read: (index) => registers.get(`ICH_LR${index}_EL2`) ?? 0n,
    write: (index, value) => void registers.set(`ICH_LR${index}_EL2`, value),
    control: () => registers.get('ICH_HCR_EL2') ?? 0n,
    setControl: (value) => void registers.set('ICH_HCR_EL2', value),
  };
}

export class VirtualInterface implements GuestInterface {
  readonly #registers: ListRegisters;
  readonly deactivated: number[] = [];
  source = 0;

  /** The priorities that are active (GICH_APR). */
  readonly #running: number[] = [];
  readonly #atDeactivation: (intid: number) => void;

  constructor(registers: ListRegisters, atDeactivation: (intid: number) => void) {
    this.#registers = registers;
    this.#atDeactivation = atDeactivation;
  }

  #read(index: number): bigint {
    return this.#registers.read(index);
  }
  #write(index: number, value: bigint): void {
    this.#registers.write(index, value);
  }
  #where(test: (value: bigint) => boolean): bigint {
    let bits = 0n;
    for (let index = 0; index < LIST_REGISTERS; index += 1) if (test(this.#read(index))) bits |= 1n << BigInt(index);
    return bits;
  }

  /** ICH_ELRSR_EL2. */
  empty(): bigint {
    return this.#where((value) => (value & (PENDING | ACTIVE)) === 0n && ((value & HARDWARE) !== 0n || (value & MAINTAIN_AT_END) === 0n));
  }
  /** ICH_EISR_EL2. */
  ended(): bigint {
    return this.#where((value) => (value & (PENDING | ACTIVE | HARDWARE)) === 0n && (value & MAINTAIN_AT_END) !== 0n);
  }
  held(): Held[] {
    return heldIn(Array.from({ length: LIST_REGISTERS }, (_, index) => this.#read(index)));
  }

  /** The maintenance interrupt's line. */
  wantsMaintenance(): boolean {
    const control = this.#registers.control();
    if ((control & ENABLE) === 0n) return false;
    return ((control & UNLISTED_ENDS) !== 0n && control >> END_COUNT !== 0n) || (this.ended() !== 0n || (this.refillsAtUnderflow() && this.held().length <= 1));
  }

  /** Whether the maintenance interrupt comes when at most one interrupt is left. */
  refillsAtUnderflow(): boolean {
    return (this.#registers.control() & UNDERFLOW) !== 0n;
  }

  /** The guest reads its interrupt acknowledge register: the INTID that is active from here on, or null. */
  acknowledge(): number | null {
    const held = this.held();
    const running = Math.min(0x100, ...this.#running);
    const waiting = held.filter(({ pending, active }) => pending && !active).sort((a, b) => a.priority - b.priority || a.index - b.index);
    const first = waiting[0];
    if (first === undefined || first.priority >= running) return null;
    this.#write(first.index, (this.#read(first.index) & ~PENDING) | ACTIVE);
    this.source = first.source;
    this.#running.push(first.priority);
    return first.intid;
  }

  /** The guest writes its end of interrupt register: priority drop and deactivation in one. */
  end(intid: number): void {
    const found = this.held().find((one) => one.intid === intid && one.active);
    this.#running.splice(this.#running.indexOf(Math.min(...this.#running)), 1);
    if (found === undefined) {
      this.#registers.setControl(this.#registers.control() + (1n << END_COUNT));
      return;
    }
    const value = this.#read(found.index);
    if ((value & HARDWARE) !== 0n) {
      const physical = Number((value >> 32n) & 0x1ffn);
      this.deactivated.push(physical);
      this.#atDeactivation(physical);
    }
    this.#write(found.index, value & ~ACTIVE);
  }
}
