/**
 * Every way from a guest in AArch64 into EL2: one function an exception kind, and in `synchronous` one line an exception class.
 * Each returns the vCPU to enter. A class that is not listed is undefined to the guest.
 *
 * The functions below only choose: whatever they choose is called last and out of line, so that they need no stack frame.
 */
import { ELR_EL2, ESR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { ExceptionClass } from '@thimble/arm64/syndrome.ts';
import * as aborts from './aborts.ts';
import * as board from './board.ts';
import { Private } from './board.ts';
import * as cpus from './cpu.ts';
import type { Cpu } from './cpu.ts';
import * as floatingPoint from './floating-point.ts';
import * as gic from './gic.ts';
import * as guestExceptions from './guest-exceptions.ts';
import * as physicalInterrupts from './physical-interrupts.ts';
import * as psci from './psci.ts';
import * as scheduler from './scheduler.ts';
import * as systemRegisters from './system-registers.ts';
import type { Vcpu } from './vcpu.ts';
import * as virtualTimers from './virtual-timers.ts';

/** A trapped instruction, a hypercall or an abort. @hot */
export function synchronous(cpu: Cpu, vcpu: Vcpu): Vcpu {
  const esr = ESR_EL2.read();
  vcpu.exits = wrappingAdd(vcpu.exits, 1n);
  const exceptionClass = u32(ESR_EL2.get(esr, 'EC'));
  if (exceptionClass === u32(ExceptionClass.Hvc64)) {
    return psci.call(cpu, vcpu);
  }
  if (exceptionClass === u32(ExceptionClass.DataAbortLower)) {
    return aborts.data(vcpu, esr);
  }
  return others(cpu, vcpu, esr);
}

/** Apart, so that the two most frequent classes stay first. @noinline @hot */
export function others(cpu: Cpu, vcpu: Vcpu, esr: u64): Vcpu {
  const exceptionClass = u32(ESR_EL2.get(esr, 'EC'));
  if (exceptionClass === u32(ExceptionClass.SystemRegister)) {
    return systemRegisters.access(vcpu, esr);
  }
  if (exceptionClass === u32(ExceptionClass.WaitForInterrupt)) {
    advance(esr);
    return scheduler.waitForInterrupt(cpu, vcpu);
  }
  return rare(cpu, vcpu, esr);
}

/** Apart, as it needs a stack frame. @noinline */
function rare(cpu: Cpu, vcpu: Vcpu, esr: u64): Vcpu {
  switch (u32(ESR_EL2.get(esr, 'EC'))) {
    case u32(ExceptionClass.Smc64):
      // A trapped SMC, unlike HVC, leaves ELR_EL2 at the instruction itself.
      advance(esr);
      return psci.call(cpu, vcpu);
    case u32(ExceptionClass.FloatingPoint):
      return floatingPoint.take(cpu, vcpu);
    case u32(ExceptionClass.InstructionAbortLower):
      return aborts.instruction(cpu, vcpu, esr);
    case u32(ExceptionClass.SError):
      // Some access of this guest, now or a while ago, was answered with an error by the board.
      return aborts.stop(cpu, vcpu, 'SError', esr);
    default:
      return guestExceptions.undefinedInstruction(vcpu);
  }
}

/**
 * A physical interrupt while a guest ran. Sets `cpu.reschedule` if another vCPU may be the one to run now. Unlike in the
 * other ways, x20 to x29 of the guest are still in the processor.
 * @hot
 */
export function interrupt(vcpu: Vcpu, cpu: Cpu): void {
  vcpu.exits = wrappingAdd(vcpu.exits, 1n);
  const intid = gic.take();
  if (intid === board.privates[u32(Private.VirtualTimer)]) {
    physicalInterrupts.runningTimer(cpu, vcpu, virtualTimers.INTID_VIRTUAL);
  } else {
    physicalInterrupts.handle(cpu, intid);
  }
}

/** The end of a trap whose instruction has been carried out. Returns the vCPU to run next. @noinline @hot */
export function done(vcpu: Vcpu, esr: u64): Vcpu {
  advance(esr);
  return scheduler.goOn(cpus.current(), vcpu);
}

/** Steps over the trapped instruction: 4 bytes, or 2 if ESR_EL2.IL is 0, as for some of T32's. @inline */
export function advance(esr: u64): void {
  ELR_EL2.write(wrappingAdd(ELR_EL2.read(), 2n + 2n * ESR_EL2.get(esr, 'IL')));
}
