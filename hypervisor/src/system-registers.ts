/** System registers whose access traps: SGIs to other vCPUs, identification, and what the virtual handset does not have. */
import { ICC_SGI1R_EL1, ICC_SRE_EL1 } from '@thimble/arm64/registers-gic.ts';
import { SystemRegisterSyndrome } from '@thimble/arm64/syndrome.ts';
import * as guestExceptions from './guest-exceptions.ts';
import * as identityRegisters from './identity-registers.ts';
import * as traps from './traps.ts';
import type { Vcpu } from './vcpu.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';
import type { Vm } from './vm.ts';

/** Op0, Op1, CRn, CRm, Op2 of a register as they stand in the syndrome. */
const WHICH =
  SystemRegisterSyndrome.mask('OP0') | SystemRegisterSyndrome.mask('OP1') | SystemRegisterSyndrome.mask('CRN') |
  SystemRegisterSyndrome.mask('CRM') | SystemRegisterSyndrome.mask('OP2');
const SGI1R = SystemRegisterSyndrome.of({ OP0: 3n, OP1: 0n, CRN: 12n, CRM: 11n, OP2: 5n });
const SRE = SystemRegisterSyndrome.of({ OP0: 3n, OP1: 0n, CRN: 12n, CRM: 12n, OP2: 5n });
/** The identification registers: Op0 = 3, Op1 = 0, CRn = 0, which only CRm and Op2 tell apart. */
const SPACE = SystemRegisterSyndrome.mask('OP0') | SystemRegisterSyndrome.mask('OP1') | SystemRegisterSyndrome.mask('CRN');
const IDENTITY = SystemRegisterSyndrome.of({ OP0: 3n });
const ACTLR = SystemRegisterSyndrome.of({ OP0: 3n, OP1: 0n, CRN: 1n, CRM: 0n, OP2: 1n });
/** Everything with Op0 = 2 is debug; CRn 9 and 14 (where it traps at all) with Op0 = 3 is the performance monitor. */
const OP0_DEBUG = 2n;
const OP0_SYSTEM = 3n;
const CRN_MONITOR_9 = 9n;
const CRN_MONITOR_14 = 14n;

/** An MSR or MRS that traps. Returns the vCPU to run next. @noinline @hot */
export function access(vcpu: Vcpu, esr: u64): Vcpu {
  const which = esr & WHICH;
  const rt = u32(SystemRegisterSyndrome.get(esr, 'RT'));
  const isRead = SystemRegisterSyndrome.get(esr, 'READ') === 1n;
  let value: u64 = 0n;
  if ((which & SPACE) === IDENTITY) {
    value = identityRegisters.visible(vcpu.isAarch32, u32(SystemRegisterSyndrome.get(esr, 'CRM')), u32(SystemRegisterSyndrome.get(esr, 'OP2')));
  } else if (which === SGI1R && !isRead) {
    sendSgi(nonNull(vcpu.vm), vcpu, vcpu.x[rt]);
  } else if (which === SRE) {
    // System registers, no bypass: as GICD_CTLR.ARE, for ever.
    value = ICC_SRE_EL1.of({ SRE: 1n, DFB: 1n, DIB: 1n });
  } else if (which !== ACTLR && !isHidden(esr)) {
    return guestExceptions.undefinedInstruction(vcpu);
  }
  // Hidden registers read as zero and ignore writes: a kernel that clears them at boot finds them clear.
  if (isRead) {
    vcpu.x[rt] = value;
  }
  return traps.done(vcpu, esr);
}

/** Debug and performance monitor registers: one set a processor, and not switched between VMs. */
function isHidden(esr: u64): boolean {
  const op0 = SystemRegisterSyndrome.get(esr, 'OP0');
  const crn = SystemRegisterSyndrome.get(esr, 'CRN');
  return op0 === OP0_DEBUG || (op0 === OP0_SYSTEM && (crn === CRN_MONITOR_9 || crn === CRN_MONITOR_14));
}

/** vCPUs have Aff0 only: a target list for Aff1 to Aff3 = 0 and RS = 0, or everybody else. @noinline */
function sendSgi(vm: Vm, sender: Vcpu, value: u64): void {
  const intid = u32(ICC_SGI1R_EL1.get(value, 'INTID'));
  const others = ICC_SGI1R_EL1.get(value, 'IRM') === 1n;
  const one: u32 = 1;
  // No VM has more than MACHINE_VCPUS_MAX, 8.
  const all = wrappingSub(one << (vm.vcpuCount & 31), 1);
  const elsewhere = ICC_SGI1R_EL1.mask('AFF1') | ICC_SGI1R_EL1.mask('AFF2') | ICC_SGI1R_EL1.mask('AFF3') | ICC_SGI1R_EL1.mask('RS');
  let targets = u32(ICC_SGI1R_EL1.get(value, 'TARGETLIST'));
  if (others) {
    targets = ~(one << (sender.index & 31));
  } else if ((value & elsewhere) !== 0n) {
    targets = 0;
  }
  for (targets &= all; targets !== 0; targets &= targets - 1) {
    virtualInterrupts.raise(vm, vm.vcpu(countTrailingZeros(targets)), intid);
  }
}
