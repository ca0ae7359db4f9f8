/**
 * What a guest asks of its "firmware", by hvc or smc: PSCI 1.1 and the SMCCC's own queries.
 * [DEN0022 5.1 "Function prototypes"], [DEN0028 "Arm Architecture Calls"]
 */
import type { Cpu } from './cpu.ts';
import * as lifecycle from './lifecycle.ts';
import * as scheduler from './scheduler.ts';
import { VcpuState, type Vcpu } from './vcpu.ts';
import { Request, type Vm } from './vm.ts';

const PSCI_VERSION = 0x8400_0000;
const CPU_SUSPEND_32 = 0x8400_0001;
const CPU_SUSPEND_64 = 0xc400_0001;
const CPU_OFF = 0x8400_0002;
const CPU_ON_32 = 0x8400_0003;
const CPU_ON_64 = 0xc400_0003;
const AFFINITY_INFO_32 = 0x8400_0004;
const AFFINITY_INFO_64 = 0xc400_0004;
const MIGRATE_INFO_TYPE = 0x8400_0006;
const SYSTEM_OFF = 0x8400_0008;
const SYSTEM_RESET = 0x8400_0009;
const PSCI_FEATURES = 0x8400_000a;
const SMCCC_VERSION = 0x8000_0000;
const SMCCC_ARCH_FEATURES = 0x8000_0001;
/** Vendor-specific hypervisor service: who is it, and which revision [DEN0028 "General service queries"]. */
const HYPERVISOR_UID = 0x8600_ff01;
const HYPERVISOR_REVISION = 0x8600_ff03;

const VERSION_1_1 = 0x1_0001n;
const SUCCESS = 0n;
const NOT_SUPPORTED = 0xffff_ffff_ffff_ffffn;
const INVALID_PARAMETERS = 0xffff_ffff_ffff_fffen;
const ALREADY_ON = 0xffff_ffff_ffff_fffcn;
const INVALID_ADDRESS = 0xffff_ffff_ffff_fff7n;
/** AFFINITY_INFO. */
const ON = 0n;
const OFF = 1n;
/** MIGRATE_INFO_TYPE: no trusted OS that would have to move. */
const NO_TRUSTED_OS = 2n;

/** Carries out the call in x0 to x3; returns the vCPU to run next. */
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
  switch (id) {
    case CPU_SUSPEND_32:
    case CPU_SUSPEND_64:
      // Every power state is a standby state: it ends with an interrupt, and nothing is lost.
      vcpu.x[0] = SUCCESS;
      return scheduler.waitForInterrupt(cpu, vcpu);
    case CPU_OFF:
      return cpuOff(cpu, vcpu);
    case SYSTEM_OFF:
      lifecycle.request(vm, Request.Off);
      return scheduler.reschedule(cpu, vcpu);
    case SYSTEM_RESET:
      lifecycle.request(vm, Request.Reset);
      return scheduler.reschedule(cpu, vcpu);
    case HYPERVISOR_UID:
      // 7f3b5c1e-9a4d-4e0b-8f62-54484d424c31, as four little-endian words.
      vcpu.x[0] = 0x1e5c_3b7fn;
      vcpu.x[1] = 0x0b4e_4d9an;
      vcpu.x[2] = 0x4854_628fn;
      vcpu.x[3] = 0x314c_424dn;
      return vcpu;
    default:
      vcpu.x[0] = simple(vm, vcpu, id);
      return scheduler.goOn(cpu, vcpu);
  }
}

/** Calls that only return a value. */
function simple(vm: Vm, vcpu: Vcpu, id: u32): u64 {
  switch (id) {
    case CPU_ON_32:
    case CPU_ON_64:
      return cpuOn(vm, operand(vcpu, id, 1), operand(vcpu, id, 2), operand(vcpu, id, 3));
    case AFFINITY_INFO_32:
    case AFFINITY_INFO_64: {
      const target = find(vm, operand(vcpu, id, 1));
      if (target === null) {
        return INVALID_PARAMETERS;
      }
      return target.state === VcpuState.Off ? OFF : ON;
    }
    case MIGRATE_INFO_TYPE:
      return NO_TRUSTED_OS;
    case SMCCC_VERSION:
      return VERSION_1_1;
    case PSCI_FEATURES:
      return isImplemented(u32.wrap(vcpu.x[1])) ? SUCCESS : NOT_SUPPORTED;
    case SMCCC_ARCH_FEATURES: {
      const asked = u32.wrap(vcpu.x[1]);
      return asked === SMCCC_VERSION || asked === SMCCC_ARCH_FEATURES ? SUCCESS : NOT_SUPPORTED;
    }
    case HYPERVISOR_REVISION:
      return 0n;
    default:
      return NOT_SUPPORTED;
  }
}

function isImplemented(id: u32): boolean {
  switch (id) {
    case PSCI_VERSION:
    case CPU_SUSPEND_32:
    case CPU_SUSPEND_64:
    case CPU_OFF:
    case CPU_ON_32:
    case CPU_ON_64:
    case AFFINITY_INFO_32:
    case AFFINITY_INFO_64:
    case MIGRATE_INFO_TYPE:
    case SYSTEM_OFF:
    case SYSTEM_RESET:
    case PSCI_FEATURES:
    case SMCCC_VERSION:
      return true;
    default:
      return false;
  }
}

/** Argument `index`: of a 32-bit call, whose bit 30 is 0, the low half of the register. */
function operand(vcpu: Vcpu, id: u32, index: u32): u64 {
  return (id & 0x4000_0000) !== 0 ? vcpu.x[index] : u64(u32.wrap(vcpu.x[index]));
}

/** The vCPU of that affinity: Aff0 is its index, all else 0. */
function find(vm: Vm, affinity: u64): Vcpu | null {
  return affinity < u64(vm.vcpuCount) ? vm.vcpu(u32.wrap(affinity)) : null;
}

function cpuOn(vm: Vm, affinity: u64, entry: u64, argument: u64): u64 {
  const vcpu = find(vm, affinity);
  if (vcpu === null) {
    return INVALID_PARAMETERS;
  }
  if ((entry & 3n) !== 0n || !vm.hasRam(entry, 4n)) {
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

/** The calling vCPU turns itself off; the last one to do so leaves its VM with nothing that could ever run. */
function cpuOff(cpu: Cpu, vcpu: Vcpu): Vcpu {
  const vm = nonNull(vcpu.vm);
  scheduler.stop(cpu, vcpu);
  // Of two that turn off at once, the lock makes one see the other.
  vm.lock.acquire();
  lifecycle.off(cpu, vcpu);
  let alive = false;
  for (let i: u32 = 0; i < vm.vcpuCount; i += 1) {
    alive = alive || vm.vcpu(i).state !== VcpuState.Off;
  }
  vm.lock.release();
  if (!alive) {
    lifecycle.request(vm, Request.Off);
  }
  return scheduler.next(cpu);
}
