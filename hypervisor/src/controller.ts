/**
 * The controller: the one VM that the manifest trusts with the others. It starts, stops and watches them, and serves their virtio devices; what
 * it may ask is in abi/src/controller-calls.ts. It has no more of a processor's privileges than any other VM.
 *
 * It is told to look around by one interrupt, its doorbell; what there is to see is in the slots (virtio-slots.ts) and in MACHINE_INFO.
 */
import {
  ABI_VERSION, CONSOLE_INPUT, CONTROLLER_VERSION, INTERRUPT_END, INTERRUPT_PASS, MACHINE_GRANT, MACHINE_INFO, MACHINE_START, TRANSLATE, VIRTIO_INTERRUPT,
  VIRTIO_RELEASE,
} from '@thimble/abi/controller-calls.ts';
import { CHANGED, CONSOLE_RING_BYTES, DOORBELL_INTID, PASSED_MACHINE_SHIFT, SLOT_SPI, SLOTS_MAX } from '@thimble/abi/slot-layout.ts';
import { ipa } from './address.ts';
import type { Cpu } from './cpu.ts';
import * as gic from './gic.ts';
import { bitOf } from './irq-bank.ts';
import { MACHINES_MAX } from './layout.ts';
import * as lifecycle from './lifecycle.ts';
import * as scheduler from './scheduler.ts';
import { INVALID_PARAMETERS, NOT_SUPPORTED, SUCCESS } from './smccc.ts';
import * as stage2 from './stage2.ts';
import type { Vcpu } from './vcpu.ts';
import * as virtioSlots from './virtio-slots.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';
import { SPIS, vmCount, vms, type Vm } from './vm.ts';

export let machine: Vm | null = null;

/** Of the board's controller. */
const INTIDS = 1024;
/** The board's SPIs that are passed on: for each PASSED | the index of the VM << PASSED_MACHINE_SHIFT | that VM's SPI, or 0. */
const passed = fixedArray(u16, INTIDS);
const PASSED = 0x8000;
const SPI_FIRST = 32;

/** Makes `vm` the controller. */
export function appoint(vm: Vm): void {
  machine = vm;
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

/** `vm` may have another state, at which the controller is to look if `vm` has devices. */
export function stateChanged(vm: Vm): void {
  if (vm.virtioPage !== 0n) {
    // Visible before the interrupt that tells of it.
    memory.store32(wrappingAdd(vm.virtioPage, u64(CHANGED)), 1);
  }
  ring();
}

/** The controller's view of a VM's page of stolen time: what the VM has written to its console (abi/src/slot-layout.ts). */
class ConsolePage {
  readonly stolen = fixedArray(u64, 128);
  readonly made = new AtomicU32();
  readonly isWanted = new AtomicU32();
  readonly rest = fixedArray(u64, 127);
  readonly ring = fixedArray(u8, CONSOLE_RING_BYTES);
}

/** A byte from the console of `vm`; the line's lock is held. Only the controller may write to the page meanwhile. */
export function hear(vm: Vm, byte: u8): void {
  const page = unsafeAt(ConsolePage, vm.stolenTime);
  const made = page.made.load();
  page.ring[made % CONSOLE_RING_BYTES] = byte;
  page.made.store(wrappingAdd(made, 1));
  // Read after the count is written, as the controller reads the count after it has said that it wants to hear.
  if (page.isWanted.load() !== 0) {
    page.isWanted.store(0);
    ring();
  }
}

/** Passes the board's interrupt `physical`, an SPI, on to it as that of its device `index`, by way of `cpu`. */
export function pass(physical: u32, index: u32, vm: Vm, cpu: Cpu): void {
  passed[physical] = u16.wrap(PASSED | (vm.index << PASSED_MACHINE_SHIFT) | wrappingAdd(index, SLOT_SPI));
  gic.enableSpi(physical, cpu);
}

/** Physical interrupt `intid`, an SPI, has been taken. False if it is not passed on; else it stays active until whoever got it has ended it. */
export function interrupt(intid: u32): boolean {
  const to = u32(passed[intid % INTIDS]);
  if (to === 0) {
    return false;
  }
  virtualInterrupts.pulse(vms[(to >> PASSED_MACHINE_SHIFT) % MACHINES_MAX], SPI_FIRST + (to % SPIS));
  return true;
}

/** Carries out call `id` of `vm`; returns what x0 gets. @noinline */
export function call(vm: Vm, vcpu: Vcpu, id: u32): u64 {
  const number = id & NUMBER;
  const index = u32.wrap(vcpu.x[1]);
  const argument = vcpu.x[2];
  if (!is(vm)) {
    return NOT_SUPPORTED;
  }
  if (number === (INTERRUPT_END & NUMBER) || number === (INTERRUPT_PASS & NUMBER)) {
    const intid = index % INTIDS;
    if (passed[intid] === 0) {
      return INVALID_PARAMETERS;
    }
    if (number === (INTERRUPT_PASS & NUMBER)) {
      const to = u32.wrap(argument);
      passed[intid] = u16.wrap(to | PASSED);
      const receiver = vms[(to >> PASSED_MACHINE_SHIFT) % MACHINES_MAX];
      receiver.passed[to % SPIS] = u16.wrap(intid);
      receiver.isPassed[(to % SPIS) / 32 + 1] |= bitOf(to);
    }
    gic.deactivate(intid);
    return SUCCESS;
  }
  if (index >= vmCount) {
    return INVALID_PARAMETERS;
  }
  const target = vms[index % MACHINES_MAX];
  switch (number) {
    case CONTROLLER_VERSION & NUMBER:
      return ABI_VERSION;
    case MACHINE_INFO & NUMBER:
      return inform(target, vcpu);
    case MACHINE_START & NUMBER:
      lifecycle.begin(target);
      break;
    case VIRTIO_INTERRUPT & NUMBER:
      virtioSlots.interrupt(target, u32.wrap(argument) % SLOTS_MAX);
      break;
    case VIRTIO_RELEASE & NUMBER:
      virtioSlots.release(target, u32.wrap(argument));
      break;
    case CONSOLE_INPUT & NUMBER:
      return target.uart.receive(target, u8.wrap(argument)) ? SUCCESS : INVALID_PARAMETERS;
    case TRANSLATE & NUMBER:
      return stage2.pageOf(vm.vttbr, ipa(argument));
    case MACHINE_GRANT & NUMBER:
      return stage2.grant(target.vttbr, argument, vm.vttbr, vcpu.x[3]) ? SUCCESS : INVALID_PARAMETERS;
    default:
      if ((number & ORDER) !== ORDER) {
        return NOT_SUPPORTED;
      }
      lifecycle.order(target, number);
  }
  return SUCCESS;
}
/** The bits in which the calls differ. */
export const NUMBER = 0x7f;
/** Set in those that are orders. */
const ORDER = 0x60;

/** The sums over the vCPUs of `target`. Of one that is running on another processor, each number is right for some moment of this. */
function inform(target: Vm, vcpu: Vcpu): u64 {
  let run: u64 = 0n;
  let exits: u64 = 0n;
  let wakeUps: u64 = 0n;
  let other = target.lastVcpu;
  while (other !== null) {
    run = wrappingAdd(run, scheduler.ticksRun(other));
    exits = wrappingAdd(exits, other.exits);
    wakeUps = wrappingAdd(wakeUps, other.wakeUps);
    other = other.previous;
  }
  vcpu.x[1] = run;
  vcpu.x[2] = exits;
  vcpu.x[3] = wakeUps;
  return target.shownState();
}
