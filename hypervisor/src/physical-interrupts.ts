/** What a physical interrupt is for. It arrives while a guest runs, or is found pending by an idle processor. */
import * as board from './board.ts';
import { Private } from './board.ts';
import * as controller from './controller.ts';
import * as gic from './gic.ts';
import { bitOf } from './irq-bank.ts';
import type { Cpu } from './cpu.ts';
import * as scheduler from './scheduler.ts';
import * as uart from './uart.ts';
import type { Vcpu } from './vcpu.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';
import * as virtualTimers from './virtual-timers.ts';

/** Takes and handles the most urgent pending one, if there is any; no guest runs. */
export function take(cpu: Cpu): void {
  handle(cpu, gic.take());
}

/** A timer of the running vCPU has been taken, which its guest calls `timer`. @noinline @hot */
export function runningTimer(cpu: Cpu, vcpu: Vcpu, timer: u32): void {
  cpu.activeTimers |= bitOf(timer);
  virtualInterrupts.raiseRunning(nonNull(vcpu.vm), vcpu, timer);
}

/** Handles `intid`, which has been taken, if it is an interrupt. @noinline */
export function handle(cpu: Cpu, intid: u32): void {
  if (intid === gic.INTID_KICK) {
    scheduler.told(cpu);
  } else {
    const timer = virtualTimers.guestsName(intid);
    if (timer !== 0) {
      guestTimer(cpu, intid, timer);
      return;
    }
    if (intid === board.privates[u32(Private.HypervisorTimer)]) {
      scheduler.alarm(cpu);
    } else if (intid >= gic.INTID_SPECIAL || controller.interrupt(intid)) {
      // None, or one that stays active until the controller has dealt with it.
      return;
    } else {
      handleRare(cpu, intid);
    }
  }
  gic.deactivate(intid);
}

/** Apart, so that the frequent ones need fewer registers. @noinline */
function handleRare(cpu: Cpu, intid: u32): void {
  if (intid === board.privates[u32(Private.Maintenance)]) {
    refill(cpu);
  } else if (!uart.interrupt(intid)) {
    // Firmware left it enabled; its device would repeat it for ever.
    gic.disable(cpu, intid);
  }
}

/** Interrupt `intid` of the board, `timer` of the loaded vCPU: the physical one stays active until that vCPU ends the virtual one. */
function guestTimer(cpu: Cpu, intid: u32, timer: u32): void {
  const vcpu = cpu.loaded;
  if (vcpu === null) {
    gic.deactivate(intid);
  } else {
    cpu.activeTimers |= bitOf(timer);
    virtualInterrupts.raiseLoaded(cpu, nonNull(vcpu.vm), vcpu, timer);
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
