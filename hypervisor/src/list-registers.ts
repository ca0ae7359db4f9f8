/**
 * The list registers: how pending interrupts reach a guest without a trap [IHI0069 12.4 "AArch64 virtualization control System registers"]. At most
 * four are used, which is what the Cortex-A53, A57 and A72 have.
 */
import {
  ICH_AP0R0_EL2, ICH_AP1R0_EL2, ICH_EISR_EL2, ICH_ELRSR_EL2, ICH_HCR_EL2, ICH_LR0_EL2, ICH_LR1_EL2, ICH_LR2_EL2, ICH_LR3_EL2, ICH_MISR_EL2, ICH_VMCR_EL2,
  ICH_VTR_EL2,
} from '@thimble/arm64/registers-gic.ts';
import { isb } from '@thimble/arm64/instructions.ts';
import type { InterfaceState } from './vcpu.ts';

export const LIST_REGISTERS_MAX = 4;

/** List registers in use on every processor of the board. */
export let count: u32 = 0;

/** Counts the board's list registers. Called once. */
export function discover(): void {
  const implemented = u32(ICH_VTR_EL2.get(ICH_VTR_EL2.read(), 'LISTREGS')) + 1;
  count = implemented < LIST_REGISTERS_MAX ? implemented : LIST_REGISTERS_MAX;
}

export function read(index: u32): u64 {
  switch (index) {
    case 0:
      return ICH_LR0_EL2.read();
    case 1:
      return ICH_LR1_EL2.read();
    case 2:
      return ICH_LR2_EL2.read();
    default:
      return ICH_LR3_EL2.read();
  }
}

export function write(index: u32, value: u64): void {
  switch (index) {
    case 0:
      ICH_LR0_EL2.write(value);
      break;
    case 1:
      ICH_LR1_EL2.write(value);
      break;
    case 2:
      ICH_LR2_EL2.write(value);
      break;
    default:
      ICH_LR3_EL2.write(value);
  }
}

/** A bit for each list register in use that holds nothing. */
export function empty(): u32 {
  const one: u32 = 1;
  return u32.wrap(ICH_ELRSR_EL2.read()) & ((one << count) - 1);
}

/**
 * Clears the list registers whose interrupts the guest has ended and that ask for maintenance because of it. Returns a
 * bit for each: `empty` may not show them before the next context synchronization event.
 */
export function clearEnded(): u32 {
  const one: u32 = 1;
  const ended = u32.wrap(ICH_EISR_EL2.read()) & ((one << count) - 1);
  for (let rest: u32 = ended; rest !== 0; rest &= rest - 1) {
    write(countTrailingZeros(rest), 0n);
  }
  return ended;
}

/** Whether a maintenance interrupt is asserted, though it may not have arrived yet. */
export function needsMaintenance(): boolean {
  return ICH_MISR_EL2.read() !== 0n;
}

/** Asks for a maintenance interrupt when the list registers run empty, if more interrupts wait for one. */
export function control(underflow: boolean): void {
  ICH_HCR_EL2.write(underflow ? ICH_HCR_EL2.of({ EN: 1n, UIE: 1n }) : ICH_HCR_EL2.of({ EN: 1n }));
}

/** Takes the virtual CPU interface off the processor. */
export function save(state: InterfaceState): void {
  const holds = ~empty();
  for (let i: u32 = 0; i < count; i += 1) {
    const one: u32 = 1;
    state.listRegister[i] = (holds & (one << i)) !== 0 ? read(i) : 0n;
  }
  state.vmcr = ICH_VMCR_EL2.read();
  state.active0 = ICH_AP0R0_EL2.read();
  state.active1 = ICH_AP1R0_EL2.read();
  // Off: what stays in the list registers asks for no maintenance.
  ICH_HCR_EL2.write(0n);
}

/** Puts a virtual CPU interface on the processor. */
export function load(state: InterfaceState): void {
  for (let i: u32 = 0; i < count; i += 1) {
    write(i, state.listRegister[i]);
  }
  ICH_VMCR_EL2.write(state.vmcr);
  ICH_AP0R0_EL2.write(state.active0);
  ICH_AP1R0_EL2.write(state.active1);
  // `empty` and the like tell of these list registers from here on.
  isb();
}
