/**
 * Every synchronous way into EL2 from a guest whose EL1 is AArch32. What AArch64 does not have is translated or done here; the rest goes where
 * AArch64's traps go, and 32-bit programs of 64-bit guests, for whom the processor has the vectors of their EL1. Two things are AArch32's own: an instruction may have a condition that does not hold, and yet trap; and a
 * T32 instruction that is stepped over may be one of an If-Then block, whose state moves on with it.
 * [DDI0487 "Conditional execution", "ESR_EL2, Exception Syndrome Register (EL2)"]
 */
import { Pstate32 } from '@thimble/arm64/registers-aarch32.ts';
import { ESR_EL2, SPSR_EL2 } from '@thimble/arm64/registers-el2.ts';
import {
  ConditionSyndrome, CoprocessorPairSyndrome, CoprocessorSyndrome, DataAbortSyndrome, ExceptionClass, FIRST_UNCONDITIONAL, SystemRegisterSyndrome,
} from '@thimble/arm64/syndrome.ts';
import * as aborts from './aborts.ts';
import type { Cpu } from './cpu.ts';
import * as psci from './psci.ts';
import * as smccc from './smccc.ts';
import * as systemRegisters from './system-registers.ts';
import * as traps from './traps.ts';
import type { Vcpu } from './vcpu.ts';

/** What an access to AArch64's register of the same function keeps of the syndrome of one to CP15 or CP14, where it has other fields in the same places. */
const KEPT = ~(ConditionSyndrome.mask('COND') | ConditionSyndrome.mask('CV'));
/** The same of VMRS, MCRR and MRRC, which name their register in another way. */
const KEPT_OTHERS = ESR_EL2.mask('IL') | SystemRegisterSyndrome.mask('RT') | SystemRegisterSyndrome.mask('READ');
/** Where AArch64 has MVFR0 to 2, which VMRS names by 7, 6 and 5. */
const MEDIA = SystemRegisterSyndrome.of({ OP0: 3n, CRM: 3n });
/**
 * QEMU 7.2 gives the number that the instruction has for a register, where the architecture wants that of AArch64's. It matters for R14 in Supervisor mode,
 * which is x18; there, nothing else is x14.
 */
const LINK_ACCESS = DataAbortSyndrome.mask('SRT');
const LINK = DataAbortSyndrome.of({ SRT: 14n });
const LINK_SUPERVISOR = DataAbortSyndrome.of({ SRT: 14n ^ 18n });
const MODE_MASK = Pstate32.mask('M');
const MODE_SUPERVISOR = Pstate32.of({ M: 0x13n });
/** A write of ICC_SGI1R by MCRR, and AArch64's. */
const SGI1R = CoprocessorPairSyndrome.of({ CRM: 12n });
const WHICH_PAIR = CoprocessorPairSyndrome.mask('READ') | CoprocessorPairSyndrome.mask('CRM') | CoprocessorPairSyndrome.mask('OP1');
const SGI1R_64 = SystemRegisterSyndrome.of({ OP0: 3n, CRN: 12n, CRM: 11n, OP2: 5n });
/** A register that reads as zero and ignores writes. */
const HIDDEN_64 = SystemRegisterSyndrome.of({ OP0: 2n });
/** A write of it, whatever the register that is written. */
const IGNORED_64 = HIDDEN_64;
const SYSTEM_64 = SystemRegisterSyndrome.of({ OP0: 3n });

/** The class of AArch64's smc. */
const SMC64 = ESR_EL2.of({ EC: 0x17n });
/** A function identifier that nobody has. */
const NO_CALL = 0xffff_ffffn;

/** Returns the vCPU to run next. */
export function synchronous(cpu: Cpu, vcpu: Vcpu): Vcpu {
  const esr = ESR_EL2.read();
  const pstate = SPSR_EL2.read();
  const exceptionClass = u32(ESR_EL2.get(esr, 'EC'));
  vcpu.exits = wrappingAdd(vcpu.exits, 1n);
  vcpu.pstate = pstate;
  const rest = esr & KEPT_OTHERS;
  // What uses the floating-point registers is done again.
  if (exceptionClass !== u32(ExceptionClass.FloatingPoint)) {
    // What is not stepped over after all gets an exception, and that takes `vcpu.pstate`.
    SPSR_EL2.write(afterInstruction(pstate));
    if (exceptionClass < FIRST_UNCONDITIONAL && !holds(esr, pstate)) {
      return systemRegisters.access(vcpu, IGNORED_64 | (esr & ESR_EL2.mask('IL')));
    }
  }
  switch (exceptionClass) {
    case u32(ExceptionClass.Cp15):
    case u32(ExceptionClass.Cp14):
      return systemRegisters.access(vcpu, (esr & KEPT) | spaceOf(exceptionClass, esr));
    case u32(ExceptionClass.Vmrs):
      return systemRegisters.access(vcpu, rest | MEDIA | SystemRegisterSyndrome.of({ OP2: CoprocessorSyndrome.get(~esr, 'CRN') & 7n }));
    case u32(ExceptionClass.Cp15Pair):
    case u32(ExceptionClass.Cp14Pair):
      return systemRegisters.access(vcpu, rest | pair(vcpu, esr));
    case u32(ExceptionClass.Hvc32):
    case u32(ExceptionClass.Smc32):
      // In AArch32 there are no calls with 64-bit operands [DEN0028 "SMC64/HVC64 calls"]: they become one that there is not.
      if ((u32.wrap(vcpu.x[0]) & smccc.CALL_64) !== 0) {
        vcpu.x[0] = NO_CALL;
      }
      return exceptionClass === u32(ExceptionClass.Hvc32) ? psci.call(cpu, vcpu) : traps.others(cpu, vcpu, esr | SMC64);
    case u32(ExceptionClass.DataAbortLower):
      return aborts.data(vcpu, (esr & LINK_ACCESS) === LINK && (pstate & MODE_MASK) === MODE_SUPERVISOR ? esr ^ LINK_SUPERVISOR : esr);
    default:
      return traps.others(cpu, vcpu, esr);
  }
}

/** CP15 is Op0 = 3 and CP14 is Op0 = 2; all other numbers are the same. ACTLR and ACTLR2, all that trap with CRn = 1, are hidden as debug registers are. */
function spaceOf(exceptionClass: u32, esr: u64): u64 {
  const isHidden = exceptionClass === u32(ExceptionClass.Cp14) || CoprocessorSyndrome.get(esr, 'CRN') === 1n;
  return isHidden ? HIDDEN_64 : SYSTEM_64;
}

/** Where each flag is set, of the 16 values of N, Z, C, V: bit n stands for the value n. */
const N = 0xff00;
const Z = 0xf0f0;
const C = 0xcccc;
const V = 0xaaaa;
const ANY = 0xffff;
const N_IS_V = (N ^ V) ^ ANY;
/** Where a condition holds; of two that are each other's opposite, the first: EQ, CS, MI, VS, HI, GE, GT, AL. */
const HOLDS: readonly u16[] = [Z, C, N, V, C & (Z ^ ANY), N_IS_V, N_IS_V & (Z ^ ANY), ANY];

/** Whether the condition of the instruction that trapped with `esr` holds in `pstate`. */
function holds(esr: u64, pstate: u64): boolean {
  let condition = u32(ConditionSyndrome.get(esr, 'COND'));
  if (ConditionSyndrome.get(esr, 'CV') === 0n) {
    const state = ifThen(pstate);
    if (state === 0) {
      return true;
    }
    condition = state >> 4;
  }
  const word = u32(HOLDS[condition >> 1]);
  return ((word >> u32(Pstate32.get(pstate, 'NZCV'))) & 1) !== (condition & 1);
}

/** The If-Then state, 8 bits: the condition of the next instruction, and those of the ones after it. 0 outside a block. */
function ifThen(pstate: u64): u32 {
  return (u32(Pstate32.get(pstate, 'IT7_2')) << 2) | u32(Pstate32.get(pstate, 'IT1_0'));
}

/** `pstate` with the If-Then state of the next instruction. */
function afterInstruction(pstate: u64): u64 {
  const state = ifThen(pstate);
  const next: u32 = (state & 7) === 0 ? 0 : (state & 0xe0) | ((state << 1) & 0x1f);
  return Pstate32.with(pstate, { IT7_2: u64(next >> 2), IT1_0: u64(next & 3) });
}

/**
 * MCRR or MRRC: which register it is to AArch64. It takes both halves of an SGI's value from one, whose upper half AArch32 does not see. All
 * others belong to debug and performance monitor registers.
 */
function pair(vcpu: Vcpu, esr: u64): u64 {
  const low = u32(CoprocessorPairSyndrome.get(esr, 'RT'));
  const high = u32(CoprocessorPairSyndrome.get(esr, 'RT2'));
  if ((esr & WHICH_PAIR) === SGI1R) {
    vcpu.x[low] = u64(u32.wrap(vcpu.x[low])) | (vcpu.x[high] << 32n);
    return SGI1R_64;
  }
  if (CoprocessorPairSyndrome.get(esr, 'READ') === 1n) {
    vcpu.x[high] = 0n;
  }
  return HIDDEN_64;
}
