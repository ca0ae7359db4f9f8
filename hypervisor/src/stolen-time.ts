/**
 * Stolen time: how long a vCPU could have run and did not. A guest that asks is told, in a page that it can only read
 * [DEN0057 "Stolen time"]: 64 bytes a vCPU, of which the second doubleword counts nanoseconds and all else stays zero. A VM that was
 * set up to hide it has a virtual counter that stands still meanwhile instead, and is told of none. That is for VMs of one vCPU: a
 * VM has one such counter.
 */
import { CNTVOFF_EL2 } from '@thimble/arm64/registers-el2.ts';
import { CNTFRQ_EL0 } from '@thimble/arm64/registers-timer.ts';
import type { Vcpu } from './vcpu.ts';
import type { Vm } from './vm.ts';

export const PV_TIME_FEATURES = 0xc500_0020;
export const PV_TIME_ST = 0xc500_0021;

const NS_A_SECOND = 1_000_000_000n;
const RECORD_SHIFT = 6n;
export const RECORD_BYTES = 64n;
const STOLEN_NS = 8n;

/** The IPA of the caller's record, which is kept from here on; the page lies behind the RAM. */
export function open(vm: Vm, vcpu: Vcpu): u64 {
  vcpu.mindsStolenTime = true;
  return wrappingAdd(vm.ramEnd(), u64(vcpu.index) << RECORD_SHIFT);
}

/** `vcpu`, which minds, was off its processor for `ticks` more. It is about to be loaded. */
export function add(vm: Vm, vcpu: Vcpu, ticks: u64): void {
  if (vm.hidesStolenTime) {
    vm.counterOffset = wrappingAdd(vm.counterOffset, ticks);
    CNTVOFF_EL2.write(vm.counterOffset);
    return;
  }
  const frequency = CNTFRQ_EL0.read();
  const ns = wrappingAdd(wrappingMul(ticks / frequency, NS_A_SECOND), wrappingMul(ticks % frequency, NS_A_SECOND) / frequency);
  const at = wrappingAdd(vm.stolenTime, (u64(vcpu.index) << RECORD_SHIFT) + STOLEN_NS);
  memory.store64(at, wrappingAdd(memory.load64(at), ns));
}
