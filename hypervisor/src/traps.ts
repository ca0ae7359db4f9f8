/**
 * Every way from a guest into EL2: one function an exception kind, and in `synchronous` one line an exception class.
 * Each returns the vCPU to enter. A class that is not listed is undefined to the guest.
 */
import { ELR_EL2, ESR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { ExceptionClass, WaitSyndrome } from '@thimble/arm64/syndrome.ts';
import * as aborts from './aborts.ts';
import * as cpus from './cpu.ts';
import * as floatingPoint from './floating-point.ts';
import * as guestExceptions from './guest-exceptions.ts';
import * as physicalInterrupts from './physical-interrupts.ts';
import * as psci from './psci.ts';
import * as scheduler from './scheduler.ts';
import * as systemRegisters from './system-registers.ts';
import type { Vcpu } from './vcpu.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';

/** A trapped instruction, a hypercall or an abort. */
export function synchronous(vcpu: Vcpu): Vcpu {
  const cpu = cpus.current();
  const esr = ESR_EL2.read();
  vcpu.exits = wrappingAdd(vcpu.exits, 1n);
  switch (u32(ESR_EL2.get(esr, 'EC'))) {
    case u32(ExceptionClass.Hvc64):
      return psci.call(cpu, vcpu);
    case u32(ExceptionClass.Smc64):
      // A trapped SMC, unlike HVC, leaves ELR_EL2 at the instruction itself.
      advance();
      return psci.call(cpu, vcpu);
    case u32(ExceptionClass.DataAbortLower):
      aborts.data(vcpu, esr);
      break;
    case u32(ExceptionClass.SystemRegister):
      systemRegisters.access(vcpu, esr);
      break;
    case u32(ExceptionClass.WaitForInterrupt):
      advance();
      if (WaitSyndrome.get(esr, 'TI') === 0n && !virtualInterrupts.hasPending(vcpu)) {
        return scheduler.wait(cpu, vcpu);
      }
      break;
    case u32(ExceptionClass.FloatingPoint):
      floatingPoint.take(cpu, vcpu);
      break;
    case u32(ExceptionClass.InstructionAbortLower):
      aborts.instruction(vcpu, esr);
      break;
    default:
      guestExceptions.undefinedInstruction();
  }
  return cpu.reschedule ? scheduler.reschedule(cpu, vcpu) : vcpu;
}

/** A physical interrupt while a guest ran. */
export function interrupt(vcpu: Vcpu): Vcpu {
  const cpu = cpus.current();
  vcpu.exits = wrappingAdd(vcpu.exits, 1n);
  physicalInterrupts.take(cpu);
  return cpu.reschedule ? scheduler.reschedule(cpu, vcpu) : vcpu;
}

/** An SError: some access of this guest, now or a while ago, was answered with an error by the board. */
export function systemError(vcpu: Vcpu): Vcpu {
  const cpu = cpus.current();
  aborts.stop(vcpu, 'SError', ESR_EL2.read());
  return scheduler.reschedule(cpu, vcpu);
}

/** Steps over the trapped instruction: all that trap this way are 4 bytes long. */
export function advance(): void {
  ELR_EL2.write(wrappingAdd(ELR_EL2.read(), 4n));
}
