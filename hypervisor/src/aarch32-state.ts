/**
 * The registers that a guest has whose EL1 is AArch32 and that are no part of AArch64's [DDI0487 "Mapping of the System registers between the
 * Execution states"]; all others, x0 to x30 for the banked ones included, are exchanged as every guest's are (context.ts).
 */
import { DACR32_EL2, IFSR32_EL2, SPSR_abt, SPSR_fiq, SPSR_irq, SPSR_und } from '@thimble/arm64/registers-aarch32.ts';
import { HCR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { ID_AA64PFR0_EL1 } from '@thimble/arm64/registers-id.ts';
import type { Cpu } from './cpu.ts';
import * as floatingPoint from './floating-point.ts';
import type { Vcpu } from './vcpu.ts';

const AARCH32_TOO = 2n;

/** Whether this processor's EL1 may be AArch32. */
export function isThere(): boolean {
  return ID_AA64PFR0_EL1.get(ID_AA64PFR0_EL1.read(), 'EL1') === AARCH32_TOO;
}

/** `vcpu`, in AArch32, is being loaded on `cpu`. If that is at EL0 only, there is nothing to do. Two at a time, as in context.ts. */
export function load(cpu: Cpu, vcpu: Vcpu): void {
  if (vcpu.isAarch32) {
    HCR_EL2.write(HCR_EL2.with(HCR_EL2.read(), { RW: 0n }));
    const state = vcpu.aarch32;
    const dacr = state.dacr;
    const ifsr = state.ifsr;
    DACR32_EL2.write(dacr);
    IFSR32_EL2.write(ifsr);
    const spsrAbt = state.spsrAbt;
    const spsrUnd = state.spsrUnd;
    SPSR_abt.write(spsrAbt);
    SPSR_und.write(spsrUnd);
    const spsrIrq = state.spsrIrq;
    const spsrFiq = state.spsrFiq;
    SPSR_irq.write(spsrIrq);
    SPSR_fiq.write(spsrFiq);
    floatingPoint.loadEnable(cpu, vcpu);
  }
}

/** `vcpu`, in AArch32, leaves `cpu`. */
export function save(cpu: Cpu, vcpu: Vcpu): void {
  if (vcpu.isAarch32) {
    HCR_EL2.write(HCR_EL2.with(HCR_EL2.read(), { RW: 1n }));
    const state = vcpu.aarch32;
    const dacr = DACR32_EL2.read();
    const ifsr = IFSR32_EL2.read();
    state.dacr = dacr;
    state.ifsr = ifsr;
    const spsrAbt = SPSR_abt.read();
    const spsrUnd = SPSR_und.read();
    state.spsrAbt = spsrAbt;
    state.spsrUnd = spsrUnd;
    const spsrIrq = SPSR_irq.read();
    const spsrFiq = SPSR_fiq.read();
    state.spsrIrq = spsrIrq;
    state.spsrFiq = spsrFiq;
    floatingPoint.saveEnable(cpu, vcpu);
  }
}
