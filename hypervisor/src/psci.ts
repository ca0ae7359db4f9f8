/**
 * What a guest asks of its firmware about its vCPUs and itself: PSCI 1.1 [DEN0022 5.1 "Function prototypes"]. Every other call by hvc or
 * smc goes to smccc.ts.
 *
 * What is optional and of no use to a VM is left out: statistics, freezing, memory protection, operating system initiated suspend, and a
 * trusted OS that would have to migrate.
 */
import type { Cpu } from './cpu.ts';
import * as context from './context.ts';
import * as lifecycle from './lifecycle.ts';
import * as scheduler from './scheduler.ts';
import * as smccc from './smccc.ts';
import { CALL_64, INVALID_PARAMETERS, NOT_SUPPORTED, SUCCESS, VERSION_1_1 } from './smccc.ts';
import { VcpuState, type Vcpu } from './vcpu.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';
import { Request, type Vm } from './vm.ts';

const PSCI_VERSION = 0x8400_0000;
const CPU_SUSPEND = 0x8400_0001;
const CPU_OFF = 0x8400_0002;
const CPU_ON = 0x8400_0003;
const AFFINITY_INFO = 0x8400_0004;
const MIGRATE_INFO_TYPE = 0x8400_0006;
const SYSTEM_OFF = 0x8400_0008;
const SYSTEM_RESET = 0x8400_0009;
const PSCI_FEATURES = 0x8400_000a;
const SYSTEM_SUSPEND = 0x8400_000e;
const SYSTEM_RESET2 = 0x8400_0012;

/** Calls of the same meaning with 64-bit operands. */
const CPU_SUSPEND_64 = 0xc400_0001;
const CPU_ON_64 = 0xc400_0003;
const AFFINITY_INFO_64 = 0xc400_0004;
const SYSTEM_SUSPEND_64 = 0xc400_000e;
const SYSTEM_RESET2_64 = 0xc400_0012;

/** The calls that there are, a bit each: those with bit 30 clear, and those with it set. */
const FUNCTIONS_32: u32 = comptime(() => {
  let all = 0;
  for (const id of [
    PSCI_VERSION, CPU_SUSPEND, CPU_OFF, CPU_ON, AFFINITY_INFO, MIGRATE_INFO_TYPE, SYSTEM_OFF, SYSTEM_RESET, PSCI_FEATURES, SYSTEM_SUSPEND,
    SYSTEM_RESET2,
  ]) all |= 1 << (id & 0x1f);
  return all;
});
const FUNCTIONS_64: u32 = comptime(() => {
  let all = 0;
  for (const id of [CPU_SUSPEND_64, CPU_ON_64, AFFINITY_INFO_64, SYSTEM_SUSPEND_64, SYSTEM_RESET2_64]) all |= 1 << (id & 0x1f);
  return all;
});
const FUNCTION_NUMBER = 0x1f;

const DENIED = 0xffff_ffff_ffff_fffdn;
const ALREADY_ON = 0xffff_ffff_ffff_fffcn;
const INVALID_ADDRESS = 0xffff_ffff_ffff_fff7n;
/** AFFINITY_INFO. A vCPU that CPU_ON was called for is on: nothing of it is pending. */
const ON = 0n;
const OFF = 1n;
const AFFINITY_LEVEL_MAX = 3n;
/** MIGRATE_INFO_TYPE: no trusted OS that would have to move. */
const NO_TRUSTED_OS = 2n;

/** CPU_SUSPEND's power_state, in the original format: StateID [15:0] and PowerLevel [25:24] may be anything. */
const PowerState = bits({ name: 'power_state', fields: { STATEID: [15, 0], POWERDOWN: 16, RES0_23_17: [23, 17], LEVEL: [25, 24], RES0_31_26: [31, 26] } });

/** Carries out the call in x0 to x3; returns the vCPU to run next. @hot */
export function call(cpu: Cpu, vcpu: Vcpu): Vcpu {
  const id = u32.wrap(vcpu.x[0]);
  if (id === PSCI_VERSION) {
    vcpu.x[0] = VERSION_1_1;
    return vcpu;
  }
  return callOther(cpu, vcpu, id);
}

/** @noinline */
function callOther(cpu: Cpu, vcpu: Vcpu, id: u32): Vcpu {
  const vm = nonNull(vcpu.vm);
  let answer: u64 = SUCCESS;
  if (!isImplemented(id)) {
    answer = smccc.call(vm, vcpu, id);
  } else {
    const a = smccc.operand(vcpu, id, 1);
    const b = smccc.operand(vcpu, id, 2);
    const c = smccc.operand(vcpu, id, 3);
    switch (id & FUNCTION_NUMBER) {
      case CPU_SUSPEND & FUNCTION_NUMBER:
        if ((a & (PowerState.mask('RES0_23_17') | PowerState.mask('RES0_31_26'))) !== 0n) {
          answer = INVALID_PARAMETERS;
          break;
        }
        if (PowerState.get(a, 'POWERDOWN') === 0n) {
          vcpu.x[0] = SUCCESS;
          return scheduler.waitForInterrupt(cpu, vcpu);
        }
        return powerDown(cpu, vm, vcpu, b, c);
      case SYSTEM_SUSPEND & FUNCTION_NUMBER:
        if (countOn(vm) > 1) {
          answer = DENIED;
          break;
        }
        return powerDown(cpu, vm, vcpu, a, b);
      case CPU_OFF & FUNCTION_NUMBER:
        return cpuOff(cpu, vcpu);
      case SYSTEM_RESET2 & FUNCTION_NUMBER:
        // SYSTEM_WARM_RESET is the only kind. None is the maker's own.
        if (a !== 0n) {
          answer = INVALID_PARAMETERS;
          break;
        }
        lifecycle.request(vm, Request.Reset);
        break;
      case SYSTEM_RESET & FUNCTION_NUMBER:
        lifecycle.request(vm, Request.Reset);
        break;
      case SYSTEM_OFF & FUNCTION_NUMBER:
        lifecycle.request(vm, Request.Off);
        break;
      case CPU_ON & FUNCTION_NUMBER:
        answer = cpuOn(vm, a, b, c);
        break;
      case AFFINITY_INFO & FUNCTION_NUMBER:
        answer = affinityInfo(vm, a, b);
        break;
      case MIGRATE_INFO_TYPE & FUNCTION_NUMBER:
        answer = NO_TRUSTED_OS;
        break;
      default:
        // PSCI_FEATURES; of CPU_SUSPEND it says: power_state in the original format, platform coordinated.
        answer = smccc.isVersion(u32.wrap(a)) || isImplemented(u32.wrap(a)) ? SUCCESS : NOT_SUPPORTED;
    }
  }
  vcpu.x[0] = answer;
  return scheduler.goOn(cpu, vcpu);
}

function isImplemented(id: u32): boolean {
  const functions: u32 = (id & CALL_64) !== 0 ? FUNCTIONS_64 : FUNCTIONS_32;
  return (id & ~(CALL_64 | FUNCTION_NUMBER)) === PSCI_VERSION && ((functions >> (id & FUNCTION_NUMBER)) & 1) !== 0;
}

/** The vCPU of that affinity: Aff0 is its index, all else 0. */
function find(vm: Vm, affinity: u64): Vcpu | null {
  return affinity < u64(vm.vcpuCount) ? vm.vcpu(u32.wrap(affinity)) : null;
}

function affinityInfo(vm: Vm, affinity: u64, lowestLevel: u64): u64 {
  if (lowestLevel > AFFINITY_LEVEL_MAX) {
    return INVALID_PARAMETERS;
  }
  if (lowestLevel !== 0n) {
    // The only group of vCPUs is all of them, and the one that asks is on.
    return affinity >> (lowestLevel * 8n) === 0n ? ON : INVALID_PARAMETERS;
  }
  const target = find(vm, affinity);
  if (target === null) {
    return INVALID_PARAMETERS;
  }
  return target.state === VcpuState.Off ? OFF : ON;
}

/** Whether a vCPU may begin at `entry`. */
function isEntry(vm: Vm, entry: u64): boolean {
  const isT32 = vm.isAarch32 && (entry & 1n) === 1n;
  return (isT32 || (entry & 3n) === 0n) && vm.hasRam(entry, 4n);
}

function cpuOn(vm: Vm, affinity: u64, entry: u64, argument: u64): u64 {
  const vcpu = find(vm, affinity);
  if (vcpu === null) {
    return INVALID_PARAMETERS;
  }
  if (!isEntry(vm, entry)) {
    return INVALID_ADDRESS;
  }
  // The lock makes one of several callers the one that finds it off.
  vm.lock.acquire();
  const isOff = vcpu.state === VcpuState.Off && vm.request === Request.None;
  if (isOff) {
    vcpu.reset(entry, argument);
    scheduler.setState(vcpu, VcpuState.Ready);
  }
  vm.lock.release();
  if (!isOff) {
    return ALREADY_ON;
  }
  scheduler.poke(nonNull(vcpu.cpu));
  return SUCCESS;
}

/**
 * Waits for an interrupt, without keeping more than the timers and the interrupt controller's state: the vCPU goes on at `entry` with
 * `argument` in x0, as after CPU_ON. An interrupt that waits already makes it do so at once.
 */
function powerDown(cpu: Cpu, vm: Vm, vcpu: Vcpu, entry: u64, argument: u64): Vcpu {
  if (!isEntry(vm, entry)) {
    vcpu.x[0] = INVALID_ADDRESS;
    return vcpu;
  }
  const isAwake = virtualInterrupts.hasPending(vcpu);
  scheduler.stop(cpu, vcpu);
  context.unload(cpu);
  vcpu.restart(entry, argument);
  scheduler.setState(vcpu, isAwake ? VcpuState.Ready : VcpuState.Waiting);
  return scheduler.next(cpu);
}

/** vCPUs of `vm` that are not off. */
function countOn(vm: Vm): u32 {
  let on: u32 = 0;
  let vcpu = vm.lastVcpu;
  while (vcpu !== null) {
    if (vcpu.state !== VcpuState.Off) {
      on = wrappingAdd(on, 1);
    }
    vcpu = vcpu.previous;
  }
  return on;
}

/** The calling vCPU turns itself off; the last one to do so leaves its VM with nothing that could ever run. */
function cpuOff(cpu: Cpu, vcpu: Vcpu): Vcpu {
  const vm = nonNull(vcpu.vm);
  scheduler.stop(cpu, vcpu);
  // Of two that turn off at once, the lock makes one see the other.
  vm.lock.acquire();
  // What it has not taken is for whoever gets its route.
  virtualInterrupts.collect(vm, vcpu);
  lifecycle.off(cpu, vcpu);
  const isLast = countOn(vm) === 0;
  vm.lock.release();
  if (isLast) {
    lifecycle.request(vm, Request.Off);
  }
  return scheduler.next(cpu);
}
