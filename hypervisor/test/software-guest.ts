/** A guest whose CPU interface traps: it takes and ends interrupts by loads and stores, and the lines of HCR_EL2 must have told it the truth. */
import { expect } from 'vitest';
import { type GuestInterface, type Held, heldIn, LIST_REGISTERS } from './virtual-interface.ts';

const INTERFACE = 0x801_0000n;
const IAR = 0x0cn;
const EOIR = 0x10n;
const LINES = 0xc0n;
const SPECIAL = 1020n;

export interface Trapping {
  load(address: bigint): bigint;
  store(address: bigint, value: bigint): void;
  readonly running: number;
  readonly registers: ReadonlyMap<string, bigint>;
  readonly call: { listRegister(vcpu: number, index: number): bigint };
}

export class SoftwareGuest implements GuestInterface {
  /** Physical interrupts are deactivated by the hypervisor. */
  readonly deactivated: number[] = [];
  source = 0;
  constructor(private readonly handset: Trapping) {}

  /** Whether an interrupt line to the guest is high. */
  isSignalled(): boolean {
    return ((this.handset.registers.get('HCR_EL2') ?? 0n) & LINES) !== 0n;
  }
  /** The value of GICC_IAR. */
  read(): bigint {
    const wasSignalled = this.isSignalled();
    const value = this.handset.load(INTERFACE + IAR);
    // 1022 is something to take, of the other group.
    expect(wasSignalled, `GICC_IAR is 0x${value.toString(16)}`).toBe((value & 0x3ffn) !== 1023n);
    return value;
  }
  acknowledge(): number | null {
    const value = this.read();
    this.source = Number(value >> 10n);
    return (value & 0x3ffn) >= SPECIAL ? null : Number(value & 0x3ffn);
  }
  end(intid: number, source = 0): void {
    this.handset.store(INTERFACE + EOIR, BigInt(intid | (source << 10)));
  }
  held(): Held[] {
    return heldIn(Array.from({ length: LIST_REGISTERS }, (_, index) => this.handset.call.listRegister(this.handset.running, index)));
  }
  wantsMaintenance(): boolean {
    return false;
  }
  refillsAtUnderflow(): boolean {
    return false;
  }
}
