/** What a physical interrupt is for. It arrives while a guest runs, or is found pending by an idle processor. */
import * as controller from './controller.ts';
import * as gic from './gic.ts';
import { bitOf } from './irq-bank.ts';
import type { Cpu } from './cpu.ts';
import * as scheduler from './scheduler.ts';
import * as uart from './uart.ts';
import type { Vcpu } from './vcpu.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';

/** Takes and handles the most urgent pending one, if there is any; no guest runs. */
export function take(cpu: Cpu): void {
  handle(cpu, gic.take());
}

/** A timer of the running vCPU has been taken. @noinline @hot */
export function runningTimer(cpu: Cpu, vcpu: Vcpu, intid: u32): void {
  cpu.activeTimers |= bitOf(intid);
  virtualInterrupts.raiseRunning(nonNull(vcpu.vm), vcpu, intid);
}

/** Handles `intid`, which has been taken, if it is an interrupt. @noinline */
export function handle(cpu: Cpu, intid: u32): void {
  if (intid >= gic.INTID_SPECIAL) {
    return;
  }
  switch (intid) {
    case gic.INTID_VIRTUAL_TIMER:
    case gic.INTID_PHYSICAL_TIMER:
      guestTimer(cpu, intid);
      return;
    case gic.INTID_HYPERVISOR_TIMER:
      scheduler.alarm(cpu);
      break;
    case gic.INTID_MAINTENANCE:
      refill(cpu);
      break;
    case gic.INTID_KICK:
      scheduler.told(cpu);
      break;
    default:
      if (controller.interrupt(intid)) {
        // Active until the controller has dealt with it.
        return;
      }
      if (!uart.interrupt(intid)) {
        // Firmware left it enabled; its device would repeat it for ever.
        gic.disable(cpu, intid);
      }
  }
  gic.deactivate(intid);
}

/** A timer of the loaded vCPU; the physical interrupt stays active until that vCPU ends the virtual one. */
function guestTimer(cpu: Cpu, intid: u32): void {
  const vcpu = cpu.loaded;
  if (vcpu === null) {
    gic.deactivate(intid);
  } else {
    cpu.activeTimers |= bitOf(intid);
    virtualInterrupts.raiseLoaded(cpu, nonNull(vcpu.vm), vcpu, intid);
  }
}

/** The guest has ended a level-sensitive interrupt, or emptied its list registers while more interrupts wait. */
function refill(cpu: Cpu): void {
  const vcpu = cpu.loaded;
  if (vcpu !== null) {
    virtualInterrupts.refillLocked(nonNull(vcpu.vm), vcpu);
    scheduler.wake(cpu, vcpu);
  }
}
