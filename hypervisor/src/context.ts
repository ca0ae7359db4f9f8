/** Exchanges one vCPU's registers for another's. x0 to x30 are in the Vcpu already; the rest moves here. */
import {
  AFSR0_EL1, AFSR1_EL1, AMAIR_EL1, CONTEXTIDR_EL1, CPACR_EL1, CSSELR_EL1, ELR_EL1, ESR_EL1, FAR_EL1, MAIR_EL1, PAR_EL1, SCTLR_EL1,
  SP_EL0, SP_EL1, SPSR_EL1, TCR_EL1, TPIDR_EL0, TPIDR_EL1, TPIDRRO_EL0, TTBR0_EL1, TTBR1_EL1, VBAR_EL1,
} from '@thimble/arm64/registers-el1.ts';
import { ELR_EL2, SPSR_EL2, VMPIDR_EL2, VTTBR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { CNTKCTL_EL1 } from '@thimble/arm64/registers-timer.ts';
import { dmbIsh, dsbNsh, isb, tlbiVmAllE1 } from '@thimble/arm64/instructions.ts';
import type { Cpu } from './cpu.ts';
import * as floatingPoint from './floating-point.ts';
import * as listRegisters from './list-registers.ts';
import type { SystemState, Vcpu } from './vcpu.ts';
import * as virtualTimers from './virtual-timers.ts';

/** Takes the loaded vCPU off `cpu`, if there is one, and loads `vcpu`. */
export function exchange(cpu: Cpu, vcpu: Vcpu): void {
  unload(cpu);
  // Another processor may have reset it: its registers are read after its state.
  dmbIsh();
  const vm = nonNull(vcpu.vm);
  cpu.loaded = vcpu;
  VTTBR_EL2.write(vm.vttbr);
  if (vm.lastOn[cpu.index] !== vcpu.index + 1) {
    vm.lastOn[cpu.index] = vcpu.index + 1;
    dropTranslations();
  }
  VMPIDR_EL2.write(VMPIDR_EL2.of({ RES1_31: 1n, AFF0: u64(vcpu.index) & 0xffn }));
  ELR_EL2.write(vcpu.pc);
  SPSR_EL2.write(vcpu.pstate);
  loadSystem(vcpu.system);
  virtualTimers.load(cpu, vm, vcpu);
  listRegisters.load(vcpu.interface);
  listRegisters.control(vcpu.backlog);
  floatingPoint.trapUnlessOwner(cpu, vcpu);
  // What happened to its interrupts while it was away has marked it dirty; the scheduler refills it.
}

/**
 * Two vCPUs of a VM that share a processor share its VMID, but each may have translations of its own, which the TLB would
 * give to the other. Translations that a sibling left here go before the vCPU that is being loaded runs.
 */
function dropTranslations(): void {
  // VTTBR_EL2, which says whose they are, holds before the TLB is told.
  isb();
  tlbiVmAllE1();
  dsbNsh();
}

/** Takes the loaded vCPU, if there is one, off `cpu`. */
export function unload(cpu: Cpu): void {
  const vcpu = cpu.loaded;
  if (vcpu !== null) {
    vcpu.pc = ELR_EL2.read();
    vcpu.pstate = SPSR_EL2.read();
    saveSystem(vcpu.system);
    listRegisters.save(vcpu.interface);
    virtualTimers.save(cpu, nonNull(vcpu.vm), vcpu);
    cpu.loaded = null;
  }
}

/** The vCPU is stopped: as `unload`, for the processor's state, and nothing of it is worth saving. */
export function discard(cpu: Cpu, vcpu: Vcpu): void {
  if (cpu.loaded === vcpu) {
    unload(cpu);
  }
  floatingPoint.forget(cpu, vcpu);
}

function saveSystem(state: SystemState): void {
  state.sctlr = SCTLR_EL1.read();
  state.tcr = TCR_EL1.read();
  state.ttbr0 = TTBR0_EL1.read();
  state.ttbr1 = TTBR1_EL1.read();
  state.mair = MAIR_EL1.read();
  state.amair = AMAIR_EL1.read();
  state.vbar = VBAR_EL1.read();
  state.esr = ESR_EL1.read();
  state.far = FAR_EL1.read();
  state.afsr0 = AFSR0_EL1.read();
  state.afsr1 = AFSR1_EL1.read();
  state.elr = ELR_EL1.read();
  state.spsr = SPSR_EL1.read();
  state.spEl0 = SP_EL0.read();
  state.spEl1 = SP_EL1.read();
  state.tpidrEl0 = TPIDR_EL0.read();
  state.tpidrroEl0 = TPIDRRO_EL0.read();
  state.tpidrEl1 = TPIDR_EL1.read();
  state.contextidr = CONTEXTIDR_EL1.read();
  state.cpacr = CPACR_EL1.read();
  state.par = PAR_EL1.read();
  state.csselr = CSSELR_EL1.read();
  state.cntkctl = CNTKCTL_EL1.read();
}

function loadSystem(state: SystemState): void {
  SCTLR_EL1.write(state.sctlr);
  TCR_EL1.write(state.tcr);
  TTBR0_EL1.write(state.ttbr0);
  TTBR1_EL1.write(state.ttbr1);
  MAIR_EL1.write(state.mair);
  AMAIR_EL1.write(state.amair);
  VBAR_EL1.write(state.vbar);
  ESR_EL1.write(state.esr);
  FAR_EL1.write(state.far);
  AFSR0_EL1.write(state.afsr0);
  AFSR1_EL1.write(state.afsr1);
  ELR_EL1.write(state.elr);
  SPSR_EL1.write(state.spsr);
  SP_EL0.write(state.spEl0);
  SP_EL1.write(state.spEl1);
  TPIDR_EL0.write(state.tpidrEl0);
  TPIDRRO_EL0.write(state.tpidrroEl0);
  TPIDR_EL1.write(state.tpidrEl1);
  CONTEXTIDR_EL1.write(state.contextidr);
  CPACR_EL1.write(state.cpacr);
  PAR_EL1.write(state.par);
  CSSELR_EL1.write(state.csselr);
  CNTKCTL_EL1.write(state.cntkctl);
}
