/**
 * The calls by hvc or smc that are not PSCI: the calling convention's own queries [DEN0028 "Arm Architecture Calls"], random
 * numbers [DEN0098 "TRNG_RND"], and stolen time (stolen-time.ts).
 *
 * Mitigations of speculation that need firmware (SMCCC_ARCH_WORKAROUND_1 to 3) are asked of the board's own firmware, as a kernel
 * without a hypervisor would: a guest's kernel knows by MIDR_EL1 what its processor needs.
 */
import { CONTROLLER_VERSION } from '@thimble/abi/controller-calls.ts';
import * as board from './board.ts';
import * as controller from './controller.ts';
import * as random from './random.ts';
import * as stolenTime from './stolen-time.ts';
import { PV_TIME_FEATURES, PV_TIME_ST } from './stolen-time.ts';
import type { Vcpu } from './vcpu.ts';
import type { Vm } from './vm.ts';

const SMCCC_VERSION = 0x8000_0000;
const SMCCC_ARCH_FEATURES = 0x8000_0001;
const SMCCC_ARCH_WORKAROUND_3 = 0x8000_3fff;
const SMCCC_ARCH_WORKAROUND_2 = 0x8000_7fff;
const SMCCC_ARCH_WORKAROUND_1 = 0x8000_8000;
const TRNG_VERSION = 0x8400_0050;
const TRNG_FEATURES = 0x8400_0051;
const TRNG_GET_UUID = 0x8400_0052;
const TRNG_RND = 0x8400_0053;
const TRNG_RND_64 = 0xc400_0053;
/** The bits that tell these four apart. */
const TRNG_NUMBER = 3;
/** Vendor-specific hypervisor service: who is it, and which revision [DEN0028 "General service queries"]. */
const HYPERVISOR_UID = 0x8600_ff01;
const HYPERVISOR_REVISION = 0x8600_ff03;

/** Bit 30 of an identifier: operands and results of 64 bits. */
export const CALL_64 = 0x4000_0000;
export const VERSION_1_1 = 0x1_0001n;
export const SUCCESS = 0n;
export const NOT_SUPPORTED = 0xffff_ffff_ffff_ffffn;
export const INVALID_PARAMETERS = 0xffff_ffff_ffff_fffen;
const NO_ENTROPY = 0xffff_ffff_ffff_fffdn;
const TRNG_VERSION_1_0 = 0x1_0000n;

/** PSCI_FEATURES answers for this one call of ours. */
export function isVersion(id: u32): boolean {
  return id === SMCCC_VERSION;
}

/** Argument `index`: of a 32-bit call the low half of the register. */
export function operand(vcpu: Vcpu, id: u32, index: u32): u64 {
  return (id & CALL_64) !== 0 ? vcpu.x[index] : u64(u32.wrap(vcpu.x[index]));
}

/** Carries out call `id`; returns what x0 gets. @noinline @hot */
export function call(vm: Vm, vcpu: Vcpu, id: u32): u64 {
  const asked = u32.wrap(vcpu.x[1]);
  if ((id & ~controller.NUMBER) === CONTROLLER_VERSION) {
    return controller.call(vm, vcpu, id);
  }
  if (isWorkaround(id === SMCCC_ARCH_FEATURES ? asked : id)) {
    return board.firmware(u64(id), u64(asked), 0n);
  }
  if ((id & ~(CALL_64 | TRNG_NUMBER)) === TRNG_VERSION) {
    return trng(vcpu, id, asked);
  }
  switch (id) {
    case SMCCC_VERSION:
      return VERSION_1_1;
    case SMCCC_ARCH_FEATURES:
      return asked === SMCCC_VERSION || asked === SMCCC_ARCH_FEATURES || asked === PV_TIME_FEATURES ? SUCCESS : NOT_SUPPORTED;
    case PV_TIME_FEATURES:
      return asked === PV_TIME_FEATURES || asked === PV_TIME_ST ? SUCCESS : NOT_SUPPORTED;
    case PV_TIME_ST:
      return stolenTime.open(vm, vcpu);
    case HYPERVISOR_UID:
      return identify(vcpu);
    case HYPERVISOR_REVISION:
      return 0n;
    default:
      return NOT_SUPPORTED;
  }
}

function isWorkaround(id: u32): boolean {
  return id === SMCCC_ARCH_WORKAROUND_1 || id === SMCCC_ARCH_WORKAROUND_2 || id === SMCCC_ARCH_WORKAROUND_3;
}

/** 7f3b5c1e-9a4d-4e0b-8f62-54484d424c31, as four little-endian words. */
function identify(vcpu: Vcpu): u64 {
  vcpu.x[1] = 0x0b4e_4d9an;
  vcpu.x[2] = 0x4854_628fn;
  vcpu.x[3] = 0x314c_424dn;
  return 0x1e5c_3b7fn;
}

/** One of the four calls of the random number generator, of which only the last has a 64-bit form. */
function trng(vcpu: Vcpu, id: u32, asked: u32): u64 {
  switch (id & (CALL_64 | TRNG_NUMBER)) {
    case TRNG_VERSION & TRNG_NUMBER:
      return TRNG_VERSION_1_0;
    case TRNG_FEATURES & TRNG_NUMBER:
      return (asked & ~TRNG_NUMBER) === TRNG_VERSION || asked === TRNG_RND_64 ? SUCCESS : NOT_SUPPORTED;
    case TRNG_GET_UUID & TRNG_NUMBER:
      return identify(vcpu);
    case TRNG_RND & TRNG_NUMBER:
      return randomBits(vcpu, 32, asked);
    case TRNG_RND_64 & (CALL_64 | TRNG_NUMBER):
      return randomBits(vcpu, 64, asked);
    default:
      return NOT_SUPPORTED;
  }
}

/** `count` random bits in three registers of `width` bits, the lowest in x3; zeros above them. */
function randomBits(vcpu: Vcpu, width: u32, count: u32): u64 {
  if (count === 0 || count > 3 * width) {
    return INVALID_PARAMETERS;
  }
  if (!random.isSeeded) {
    return NO_ENTROPY;
  }
  // 32 bytes: x0 to x3.
  random.fill(addressOf(vcpu.x));
  let rest = count;
  for (let register: u32 = 3; register > 0; register -= 1) {
    const bits = rest < width ? rest : width;
    rest = wrappingSub(rest, bits);
    const all: u64 = 0xffff_ffff_ffff_ffffn;
    vcpu.x[register] = bits === 0 ? 0n : vcpu.x[register] & (all >> u64(64 - bits));
  }
  return SUCCESS;
}
