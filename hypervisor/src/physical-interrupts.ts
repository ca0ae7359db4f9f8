/** What a physical interrupt is for. It arrives while a guest runs, or is found pending by an idle processor. */
import * as gic from './gic.ts';
import type { Cpu } from './cpu.ts';
import * as scheduler from './scheduler.ts';
import * as uart from './uart.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';

/** Interrupts handled in one go, so that a storm of them cannot hold the processor. */
const DRAIN_MAX = 16;

/** Takes and handles what is pending. */
export function drain(cpu: Cpu): void {
  for (let i: u32 = 0; i < DRAIN_MAX; i += 1) {
    const intid = gic.acknowledge();
    if (intid >= gic.INTID_SPECIAL) {
      return;
    }
    gic.dropPriority(intid);
    handle(cpu, intid);
  }
}

function handle(cpu: Cpu, intid: u32): void {
  switch (intid) {
    case gic.INTID_VIRTUAL_TIMER:
    case gic.INTID_PHYSICAL_TIMER: {
      guestTimer(cpu, intid);
      return;
    }
    case gic.INTID_HYPERVISOR_TIMER:
      scheduler.alarm(cpu);
      break;
    case gic.INTID_MAINTENANCE:
      refill(cpu);
      break;
    case gic.INTID_KICK:
      cpu.reschedule = true;
      break;
    default:
      uart.interrupt(intid);
  }
  gic.deactivate(intid);
}

/** A timer of the loaded vCPU; the physical interrupt stays active until that vCPU ends the virtual one. */
function guestTimer(cpu: Cpu, intid: u32): void {
  const vcpu = cpu.loaded;
  if (vcpu === null) {
    gic.deactivate(intid);
  } else {
    virtualInterrupts.raise(nonNull(vcpu.vm), vcpu, intid);
  }
}

/** The guest has ended a level-sensitive interrupt, or emptied its list registers while more interrupts wait. */
function refill(cpu: Cpu): void {
  const vcpu = cpu.loaded;
  if (vcpu !== null) {
    const vm = nonNull(vcpu.vm);
    vm.lock.acquire();
    virtualInterrupts.refill(vcpu);
    vm.lock.release();
  }
}
