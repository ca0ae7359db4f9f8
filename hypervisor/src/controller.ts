/**
 * The controller: the one VM that the manifest trusts with the others. It starts, stops and watches them, and serves their virtio devices; what
 * it may ask is in abi/src/controller-calls.ts. It has no more of a processor's privileges than any other VM.
 *
 * It is told to look around by one interrupt, its doorbell; what there is to see is in the slots (virtio-slots.ts) and in MACHINE_INFO.
 */
import {
  ABI_VERSION, CONTROLLER_VERSION, INTERRUPT_END, MACHINE_INFO, MACHINE_RESET, MACHINE_START, MACHINE_STOP, TRANSLATE, VIRTIO_INTERRUPT,
  VIRTIO_RELEASE,
} from '@thimble/abi/controller-calls.ts';
import { DOORBELL_INTID, SLOTS_MAX } from '@thimble/abi/slot-layout.ts';
import type { Cpu } from './cpu.ts';
import * as gic from './gic.ts';
import * as lifecycle from './lifecycle.ts';
import { INVALID_PARAMETERS, NOT_SUPPORTED, SUCCESS } from './smccc.ts';
import * as stage2 from './stage2.ts';
import type { Vcpu } from './vcpu.ts';
import * as virtioSlots from './virtio-slots.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';
import { Request, vmCount, vms, type Vm } from './vm.ts';

let machine: Vm | null = null;

/** The physical SPIs that are its own: for each the INTID that it sees, or 0. */
const passed = fixedArray(u8, gic.INTID_SPECIAL);

/** Makes `vm` the controller. False if there is one already. */
export function appoint(vm: Vm): boolean {
  const isFirst = machine === null;
  machine = vm;
  return isFirst;
}

export function vm(): Vm | null {
  return machine;
}

export function is(vm: Vm): boolean {
  return vm === machine;
}

/** Something happened that it serves. */
export function ring(): void {
  const vm = machine;
  if (vm !== null) {
    virtualInterrupts.pulse(vm, DOORBELL_INTID);
  }
}

/** Passes the physical interrupt `physical` on to it as `virtual`. */
export function pass(physical: u32, virtual: u8): void {
  passed[physical] = virtual;
}

/** Has the interrupts that are passed on come to `cpu`. */
export function enableInterrupts(cpu: Cpu): void {
  for (let intid: u32 = 0; intid < passed.length; intid += 1) {
    if (passed[intid] !== 0) {
      gic.enableSpi(intid, cpu);
    }
  }
}

/** Physical interrupt `intid`, an SPI, has been taken. False if it is not the controller's; else it stays active until INTERRUPT_END. */
export function interrupt(intid: u32): boolean {
  const virtual = u32(passed[intid]);
  const vm = machine;
  if (virtual === 0 || vm === null) {
    return false;
  }
  virtualInterrupts.pulse(vm, virtual);
  return true;
}

/** Carries out call `id` of `vm`; returns what x0 gets. @noinline */
export function call(vm: Vm, vcpu: Vcpu, id: u32): u64 {
  if (vm !== machine) {
    return NOT_SUPPORTED;
  }
  const a = vcpu.x[1];
  const index = u32.wrap(a);
  switch (id) {
    case CONTROLLER_VERSION:
      return u64(ABI_VERSION);
    case TRANSLATE:
      return stage2.find(vm.vttbr, a);
    case INTERRUPT_END:
      if (index >= gic.INTID_SPECIAL || passed[index] === 0) {
        return INVALID_PARAMETERS;
      }
      gic.deactivate(index);
      return SUCCESS;
    default:
      return index < vmCount ? callAbout(vms[index], vcpu, id) : INVALID_PARAMETERS;
  }
}

/** A call whose first argument is a machine. */
function callAbout(target: Vm, vcpu: Vcpu, id: u32): u64 {
  const slot = u32.wrap(vcpu.x[2]) % SLOTS_MAX;
  switch (id) {
    case MACHINE_INFO:
      return inform(target, vcpu);
    case MACHINE_START:
      lifecycle.begin(target);
      break;
    case MACHINE_RESET:
      lifecycle.request(target, Request.Reset);
      break;
    case MACHINE_STOP:
      lifecycle.request(target, Request.Off);
      break;
    case VIRTIO_INTERRUPT:
      virtioSlots.interrupt(target, slot);
      break;
    case VIRTIO_RELEASE:
      virtioSlots.release(target, slot);
      break;
    default:
      return NOT_SUPPORTED;
  }
  return SUCCESS;
}

/** The sums over the vCPUs of `target`, some of which may be running: what they have been charged with so far. */
function inform(target: Vm, vcpu: Vcpu): u64 {
  let run: u64 = 0n;
  let exits: u64 = 0n;
  let wakeUps: u64 = 0n;
  for (let i: u32 = 0; i < target.vcpuCount; i += 1) {
    const other = target.vcpu(i);
    run = wrappingAdd(run, other.ticksRun);
    exits = wrappingAdd(exits, other.exits);
    wakeUps = wrappingAdd(wakeUps, other.wakeUps);
  }
  vcpu.x[1] = run;
  vcpu.x[2] = exits;
  vcpu.x[3] = wakeUps;
  return u64(u32(target.state));
}
