/**
 * Accesses to intermediate physical addresses that stage 2 does not map: emulated devices, or nothing at all.
 */
import { GRANTS_BYTES, GRANTS_IPA, SLOTS_IPA } from '@thimble/abi/slot-layout.ts';
import { atS1e1r, isb } from '@thimble/arm64/instructions.ts';
import { PAR_EL1 } from '@thimble/arm64/registers-el1.ts';
import { ELR_EL2, FAR_EL2, HPFAR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { DataAbortSyndrome, FSC_LEVEL_MASK, FSC_PERMISSION, FSC_TRANSLATION } from '@thimble/arm64/syndrome.ts';
import * as console from './console.ts';
import type { Cpu } from './cpu.ts';
import * as guestExceptions from './guest-exceptions.ts';
import { PAGE_BYTES, PAGE_SHIFT } from './layout.ts';
import * as lifecycle from './lifecycle.ts';
import * as handset from './virtual-handset.ts';
import * as scheduler from './scheduler.ts';
import * as traps from './traps.ts';
import type { Vcpu } from './vcpu.ts';
import * as virtioSlots from './virtio-slots.ts';
import { Request, type Vm } from './vm.ts';

const OFFSET_MASK = PAGE_BYTES - 1n;
/** Lines a VM may print about its faults between two starts. */
const REPORTS_MAX = 8;

/** What must be so that an access can be emulated: stage 2 has no translation, and the syndrome says which register; no table walk of the guest's. */
const EMULATED_MASK =
  DataAbortSyndrome.mask('ISV') | DataAbortSyndrome.mask('S1PTW') | (DataAbortSyndrome.mask('FSC') & ~FSC_LEVEL_MASK);
const EMULATED = DataAbortSyndrome.of({ ISV: 1n, FSC: FSC_TRANSLATION });

/** A store to memory that stage 2 lets the VM read only. */
const DENIED_MASK = EMULATED_MASK | DataAbortSyndrome.mask('WNR');
const DENIED = DataAbortSyndrome.of({ ISV: 1n, WNR: 1n, FSC: FSC_PERMISSION });

/** A load or store. Returns the vCPU to run next. @noinline @hot */
export function data(vcpu: Vcpu, esr: u64): Vcpu {
  const vm = nonNull(vcpu.vm);
  if ((esr & EMULATED_MASK) !== EMULATED || !handset.access(vm, vcpu, HPFAR_EL2.get(HPFAR_EL2.read(), 'FIPA'), esr)) {
    return refused(vm, vcpu, esr);
  }
  return traps.done(vcpu, esr);
}

/** The intermediate physical address of the fault. @inline */
function faultIpa(): u64 {
  return (HPFAR_EL2.get(HPFAR_EL2.read(), 'FIPA') << PAGE_SHIFT) | (FAR_EL2.read() & OFFSET_MASK);
}

/** Memory that the VM may only read, or nothing at all. @noinline */
function refused(vm: Vm, vcpu: Vcpu, esr: u64): Vcpu {
  if ((esr & DENIED_MASK) !== DENIED) {
    return unanswered(vcpu, 'data abort', esr);
  }
  const page = pageAtStage1();
  if (page === SLOTS_IPA && vm.virtioPage !== 0n) {
    const value = u32.wrap(vcpu.x[u32(DataAbortSyndrome.get(esr, 'SRT'))]);
    return virtioSlots.write(vm, vcpu, esr, u32(FAR_EL2.read() & OFFSET_MASK), value);
  }
  if (wrappingSub(page, GRANTS_IPA) >= GRANTS_BYTES) {
    return unanswered(vcpu, 'data abort', esr);
  }
  // It was granted for reading.
  return traps.done(vcpu, esr);
}

/**
 * The page whose access was denied: HPFAR_EL2 is unknown after a permission fault [DDI0487 "HPFAR_EL2"], so the guest's stage 1 is asked for it. 0 if that no longer
 * maps the address.
 */
function pageAtStage1(): u64 {
  const guests = PAR_EL1.read();
  atS1e1r(FAR_EL2.read());
  isb();
  const page = PAR_EL1.read() & PAR_EL1.mask('PA');
  PAR_EL1.write(guests);
  return page;
}

/** Nothing answers there. */
function unanswered(vcpu: Vcpu, what: string, esr: u64): Vcpu {
  const vm = nonNull(vcpu.vm);
  if (vm.reports < REPORTS_MAX) {
    vm.reports += 1;
    tell(vm, '', what, esr);
  }
  guestExceptions.externalAbort(vcpu, esr);
  return vcpu;
}

/** A fetch. Where the guest's own vectors are not there to tell it, it stops. */
export function instruction(cpu: Cpu, vcpu: Vcpu, esr: u64): Vcpu {
  if (guestExceptions.atVector(vcpu)) {
    return stop(cpu, vcpu, 'no exception vectors', esr);
  }
  return unanswered(vcpu, 'instruction abort', esr);
}

/** Stops the VM, alone, and says why. Returns the vCPU to run next. @noinline */
export function stop(cpu: Cpu, vcpu: Vcpu, what: string, esr: u64): Vcpu {
  const vm = nonNull(vcpu.vm);
  tell(vm, 'stopped: ', what, esr);
  lifecycle.request(vm, Request.Stop);
  return scheduler.reschedule(cpu, vcpu);
}

/** @noinline */
function tell(vm: Vm, consequence: string, what: string, esr: u64): void {
  console.fault(vm, consequence, what, ELR_EL2.read(), esr, FAR_EL2.read(), faultIpa());
}
