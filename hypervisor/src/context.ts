/** Exchanges one vCPU's registers for another's. x0 to x30 are in the Vcpu already; the rest moves here. */
import {
  AFSR0_EL1, AFSR1_EL1, AMAIR_EL1, CONTEXTIDR_EL1, CPACR_EL1, CSSELR_EL1, ELR_EL1, ESR_EL1, FAR_EL1, MAIR_EL1, PAR_EL1, SCTLR_EL1,
  SP_EL0, SP_EL1, SPSR_EL1, TCR_EL1, TPIDR2_EL0, TPIDR_EL0, TPIDR_EL1, TPIDRRO_EL0, TTBR0_EL1, TTBR1_EL1, VBAR_EL1,
} from '@thimble/arm64/registers-el1.ts';
import { ELR_EL2, SPSR_EL2, VDISR_EL2, VMPIDR_EL2, VTTBR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { ID_AA64PFR0_EL1, ID_AA64PFR1_EL1 } from '@thimble/arm64/registers-id.ts';
import { CNTKCTL_EL1 } from '@thimble/arm64/registers-timer.ts';
import { dmbIsh, dsbNsh, icIallu, isb, tlbiVmAllE1 } from '@thimble/arm64/instructions.ts';
import * as aarch32State from './aarch32-state.ts';
import type { Cpu } from './cpu.ts';
import * as floatingPoint from './floating-point.ts';
import { MODE_AARCH32 } from './guest-exceptions.ts';
import { CPUS_MAX } from './layout.ts';
import * as listRegisters from './list-registers.ts';
import type { SystemState, Vcpu } from './vcpu.ts';
import * as virtualTimers from './virtual-timers.ts';

/** Takes the loaded vCPU off `cpu`, if there is one, and loads `vcpu`. @hot */
export function exchange(cpu: Cpu, vcpu: Vcpu): void {
  unload(cpu);
  // Another processor may have reset it: its registers are read after its state.
  dmbIsh();
  const vm = nonNull(vcpu.vm);
  cpu.loaded = vcpu;
  VTTBR_EL2.write(vm.vttbr);
  const number = wrappingAdd(vcpu.index, 1);
  const here = cpu.index % CPUS_MAX;
  if (vm.lastOn[here] !== number) {
    vm.lastOn[here] = number;
    dropTranslations();
  }
  VMPIDR_EL2.write(VMPIDR_EL2.of({ RES1_31: 1n, AFF0: u64(vcpu.index) & 0xffn }));
  clearHidden();
  const pc = vcpu.pc;
  const pstate = vcpu.pstate;
  ELR_EL2.write(pc);
  SPSR_EL2.write(pstate);
  loadSystem(vcpu.system);
  virtualTimers.load(cpu, vm, vcpu);
  listRegisters.load(vcpu);
  floatingPoint.trapUnlessOwner(cpu, vcpu);
  if ((vcpu.pstate & MODE_AARCH32) !== 0n) {
    aarch32State.load(cpu, vcpu);
  }
  // What happened to its interrupts while it was away is in `incoming`; the scheduler has it taken in.
}

/**
 * Registers of features that a guest is not shown, but that no trap keeps it from: it may write them, and the next one must
 * not read it. TPIDR2_EL0 traps where there are fine-grained traps.
 */
function clearHidden(): void {
  if (ID_AA64PFR0_EL1.get(ID_AA64PFR0_EL1.read(), 'RAS') !== 0n) {
    VDISR_EL2.write(0n);
  }
  if (ID_AA64PFR1_EL1.get(ID_AA64PFR1_EL1.read(), 'SME') !== 0n) {
    TPIDR2_EL0.write(0n);
  }
}

/**
 * Two vCPUs of a VM that share a processor share its VMID, but each may have translations of its own, which the TLB would
 * give to the other. Translations that a sibling left here go before the vCPU that is being loaded runs. So do the instructions that it
 * fetched: with its MMU off it may have brought older ones than the other has written, which the other takes to be gone
 * [Linux, arch/arm64/kvm/hyp/nvhe/tlb.c __kvm_flush_cpu_context].
 */
function dropTranslations(): void {
  // VTTBR_EL2, which says whose they are, holds before the TLB is told.
  isb();
  tlbiVmAllE1();
  icIallu();
  // Both are done before the guest's first fetch; returning to it synchronizes.
  dsbNsh();
}

/** Takes the loaded vCPU, if there is one, off `cpu`. @hot */
export function unload(cpu: Cpu): void {
  const vcpu = cpu.loaded;
  if (vcpu !== null) {
    const pc = ELR_EL2.read();
    const pstate = SPSR_EL2.read();
    vcpu.pc = pc;
    vcpu.pstate = pstate;
    if ((pstate & MODE_AARCH32) !== 0n) {
      aarch32State.save(cpu, vcpu);
    }
    saveSystem(vcpu.system);
    listRegisters.save(vcpu);
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

/** Two at a time, so that one instruction stores two neighbours. */
function saveSystem(state: SystemState): void {
  const sctlr = SCTLR_EL1.read();
  const tcr = TCR_EL1.read();
  state.sctlr = sctlr;
  state.tcr = tcr;
  const ttbr0 = TTBR0_EL1.read();
  const ttbr1 = TTBR1_EL1.read();
  state.ttbr0 = ttbr0;
  state.ttbr1 = ttbr1;
  const mair = MAIR_EL1.read();
  const amair = AMAIR_EL1.read();
  state.mair = mair;
  state.amair = amair;
  const vbar = VBAR_EL1.read();
  const esr = ESR_EL1.read();
  state.vbar = vbar;
  state.esr = esr;
  const far = FAR_EL1.read();
  const afsr0 = AFSR0_EL1.read();
  state.far = far;
  state.afsr0 = afsr0;
  const afsr1 = AFSR1_EL1.read();
  const elr = ELR_EL1.read();
  state.afsr1 = afsr1;
  state.elr = elr;
  const spsr = SPSR_EL1.read();
  const spEl0 = SP_EL0.read();
  state.spsr = spsr;
  state.spEl0 = spEl0;
  const spEl1 = SP_EL1.read();
  const tpidrEl0 = TPIDR_EL0.read();
  state.spEl1 = spEl1;
  state.tpidrEl0 = tpidrEl0;
  const tpidrroEl0 = TPIDRRO_EL0.read();
  const tpidrEl1 = TPIDR_EL1.read();
  state.tpidrroEl0 = tpidrroEl0;
  state.tpidrEl1 = tpidrEl1;
  const contextidr = CONTEXTIDR_EL1.read();
  const cpacr = CPACR_EL1.read();
  state.contextidr = contextidr;
  state.cpacr = cpacr;
  const par = PAR_EL1.read();
  const csselr = CSSELR_EL1.read();
  state.par = par;
  state.csselr = csselr;
  const cntkctl = CNTKCTL_EL1.read();
  state.cntkctl = cntkctl;
}

/** Two at a time, as above. */
function loadSystem(state: SystemState): void {
  const sctlr = state.sctlr;
  const tcr = state.tcr;
  SCTLR_EL1.write(sctlr);
  TCR_EL1.write(tcr);
  const ttbr0 = state.ttbr0;
  const ttbr1 = state.ttbr1;
  TTBR0_EL1.write(ttbr0);
  TTBR1_EL1.write(ttbr1);
  const mair = state.mair;
  const amair = state.amair;
  MAIR_EL1.write(mair);
  AMAIR_EL1.write(amair);
  const vbar = state.vbar;
  const esr = state.esr;
  VBAR_EL1.write(vbar);
  ESR_EL1.write(esr);
  const far = state.far;
  const afsr0 = state.afsr0;
  FAR_EL1.write(far);
  AFSR0_EL1.write(afsr0);
  const afsr1 = state.afsr1;
  const elr = state.elr;
  AFSR1_EL1.write(afsr1);
  ELR_EL1.write(elr);
  const spsr = state.spsr;
  const spEl0 = state.spEl0;
  SPSR_EL1.write(spsr);
  SP_EL0.write(spEl0);
  const spEl1 = state.spEl1;
  const tpidrEl0 = state.tpidrEl0;
  SP_EL1.write(spEl1);
  TPIDR_EL0.write(tpidrEl0);
  const tpidrroEl0 = state.tpidrroEl0;
  const tpidrEl1 = state.tpidrEl1;
  TPIDRRO_EL0.write(tpidrroEl0);
  TPIDR_EL1.write(tpidrEl1);
  const contextidr = state.contextidr;
  const cpacr = state.cpacr;
  CONTEXTIDR_EL1.write(contextidr);
  CPACR_EL1.write(cpacr);
  const par = state.par;
  const csselr = state.csselr;
  PAR_EL1.write(par);
  CSSELR_EL1.write(csselr);
  const cntkctl = state.cntkctl;
  CNTKCTL_EL1.write(cntkctl);
}
