/**
 * A VM's virtio devices, of which nothing is here but the way to whoever serves them, the controller (controller.ts): a page that the VM
 * reads as memory and whose writes trap (abi/src/slot-layout.ts).
 *
 * A notification sets a bit, and the VM goes on. Any other write is told to the controller, and the vCPU that wrote is Blocked until the
 * controller says that it has been dealt with, so that what the guest reads next is the device's answer.
 */
import { PEER_SHIFT, SLOT_BYTES, SLOT_SPI, SLOTS_MAX, WRITTEN_VALID } from '@thimble/abi/slot-layout.ts';
import { INTERRUPT_ACK, QUEUE_NOTIFY } from '@thimble/abi/virtio-mmio.ts';
import { SPSR_EL2 } from '@thimble/arm64/registers-el2.ts';
import * as controller from './controller.ts';
import * as cpus from './cpu.ts';
import { bitOf } from './irq-bank.ts';
import { MACHINES_MAX } from './layout.ts';
import * as scheduler from './scheduler.ts';
import * as traps from './traps.ts';
import { VcpuState, type Vcpu } from './vcpu.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';
import { Request, vms, type Vm } from './vm.ts';

/** A write is being noted: not yet WRITTEN_VALID. */
const CLAIMED = 1;
const REGISTER_MASK = SLOT_BYTES - 1;
const SPI_FIRST = 32;

/** What the hypervisor knows of a slot's 512 bytes. */
class Slot {
  readonly registers = fixedArray(u32, 24);
  readonly interruptStatus = new AtomicU32();
  readonly more = fixedArray(u32, 37);
  peer: u32 = 0;
  readonly rest = fixedArray(u32, 61);
  readonly notified = new AtomicU32();
  readonly written = new AtomicU32();
  value: u32 = 0;
  end: u32 = 0;
}

/** The guest writes `value` to the page at `offset`. Returns the vCPU to run next. */
export function write(vm: Vm, vcpu: Vcpu, esr: u64, offset: u32, value: u32): Vcpu {
  const index = offset / SLOT_BYTES;
  const slot = unsafeAt(Slot, wrappingAdd(vm.virtioPage, u64(index * SLOT_BYTES)));
  const register = offset & REGISTER_MASK;
  if (register === INTERRUPT_ACK) {
    slot.interruptStatus.fetchAnd(~value);
    return traps.done(vcpu, esr);
  }
  if (register === QUEUE_NOTIFY) {
    // Only the controller writes it: read once, as it may do so meanwhile.
    const peer = slot.peer;
    if (peer !== 0) {
      interrupt(vms[(peer >> PEER_SHIFT) % MACHINES_MAX], peer % SLOTS_MAX);
      return traps.done(vcpu, esr);
    }
    // Whoever finds another's bit there knows that the controller has yet to look.
    if (slot.notified.fetchOr(bitOf(value)) === 0) {
      controller.ring();
    }
    return traps.done(vcpu, esr);
  }
  const cpu = cpus.current();
  if (slot.written.compareExchange(0, CLAIMED) !== 0) {
    // Another vCPU's write is under way. This one is tried again.
    if (vcpu.isAarch32) {
      SPSR_EL2.write(vcpu.pstate);
    }
    cpu.reschedule = true;
    return scheduler.goOn(cpu, vcpu);
  }
  traps.advance(esr);
  scheduler.stop(cpu, vcpu);
  vcpu.slot = index;
  scheduler.setState(vcpu, VcpuState.Blocked);
  slot.value = value;
  slot.written.store(register | WRITTEN_VALID);
  controller.ring();
  return scheduler.next(cpu);
}

/** The controller has dealt with what was written to slot `index`. */
export function release(vm: Vm, index: u32): void {
  vm.lock.acquire();
  let vcpu = vm.lastVcpu;
  while (vcpu !== null) {
    // A VM that is being stopped takes its vCPUs off itself.
    if (vcpu.state === VcpuState.Blocked && vcpu.slot === index && vm.request === Request.None) {
      scheduler.setState(vcpu, VcpuState.Ready);
      scheduler.poke(nonNull(vcpu.cpu));
    }
    vcpu = vcpu.previous;
  }
  vm.lock.release();
}

/** Slot `index` interrupts its VM. */
export function interrupt(vm: Vm, index: u32): void {
  virtualInterrupts.pulse(vm, SPI_FIRST + SLOT_SPI + index);
}
