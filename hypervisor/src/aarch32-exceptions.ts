/**
 * Exceptions for a guest whose EL1 is AArch32, as the processor itself would take them there: to the modes Undefined and Abort
 * [DDI0487 "AArch32 state exception descriptions"].
 */
import {
  FaultStatus, FS_EXTERNAL_SHORT, IFSR32_EL2, Pstate32, Sctlr, Spsr32, SPSR_abt, SPSR_und, Ttbcr,
} from '@thimble/arm64/registers-aarch32.ts';
import { ESR_EL1, FAR_EL1, SCTLR_EL1, TCR_EL1, VBAR_EL1 } from '@thimble/arm64/registers-el1.ts';
import { ELR_EL2, ESR_EL2, FAR_EL2, SPSR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { DataAbortSyndrome, ExceptionClass, FSC_EXTERNAL } from '@thimble/arm64/syndrome.ts';
import type { Vcpu } from './vcpu.ts';

/** Abort mode, which masks SErrors. */
const ABORTING = Pstate32.of({ M: 0x17n, A: 1n });
const MODE_UNDEFINED = 0x1bn;
/** x20 and x22 are what R14 is in these modes [DDI0487 "Mapping of the general-purpose registers between the Execution states"]. */
const LR_ABORT = 20;
const LR_UNDEFINED = 22;
/** Offsets in the vector table, and where it is if SCTLR.V says so. */
const VECTOR_UNDEFINED = 0x04n;
const VECTOR_PREFETCH_ABORT = 0x0cn;
const VECTOR_DATA_ABORT = 0x10n;
const VECTORS_BYTES = 0x20n;
const HIGH_VECTORS = 0xffff_0000n;
/** What R14 is ahead of the instruction. */
const AHEAD_UNDEFINED_A32 = 4n;
const AHEAD_UNDEFINED_T32 = 2n;
const AHEAD_PREFETCH_ABORT = 4n;
const AHEAD_DATA_ABORT = 8n;

const LOW_HALF = 0xffff_ffffn;

/** An instruction that does not exist on the virtual handset. */
export function undefinedInstruction(vcpu: Vcpu): void {
  const ahead: u64 = Pstate32.get(vcpu.pstate, 'T') === 0n ? AHEAD_UNDEFINED_A32 : AHEAD_UNDEFINED_T32;
  enter(vcpu, Pstate32.of({ M: MODE_UNDEFINED }), VECTOR_UNDEFINED, ahead);
}

/** A synchronous external abort on the access or fetch that came to EL2 with syndrome `esr`. */
export function externalAbort(vcpu: Vcpu, esr: u64): void {
  const status: u64 = Ttbcr.get(TCR_EL1.read(), 'EAE') === 0n ? FS_EXTERNAL_SHORT : FaultStatus.of({ LPAE: 1n }) | FSC_EXTERNAL;
  const address = FAR_EL2.read() & LOW_HALF;
  const addresses = FAR_EL1.read();
  if (u32(ESR_EL2.get(esr, 'EC')) === u32(ExceptionClass.InstructionAbortLower)) {
    IFSR32_EL2.write(status);
    FAR_EL1.write((addresses & LOW_HALF) | (address << 32n));
    enter(vcpu, ABORTING, VECTOR_PREFETCH_ABORT, AHEAD_PREFETCH_ABORT);
  } else {
    ESR_EL1.write(status | FaultStatus.of({ WNR: DataAbortSyndrome.get(esr, 'WNR'), CM: DataAbortSyndrome.get(esr, 'CM') }));
    FAR_EL1.write((addresses & ~LOW_HALF) | address);
    enter(vcpu, ABORTING, VECTOR_DATA_ABORT, AHEAD_DATA_ABORT);
  }
}

/** Whether the guest is at one of its own vectors. */
export function atVector(): boolean {
  return wrappingSub(ELR_EL2.read(), vectors()) < VECTORS_BYTES;
}

function vectors(): u64 {
  return Sctlr.get(SCTLR_EL1.read(), 'V') === 0n ? VBAR_EL1.read() & LOW_HALF : HIGH_VECTORS;
}

const KEPT =
  Pstate32.mask('NZCV') | Pstate32.mask('Q') | Pstate32.mask('GE') | Pstate32.mask('DIT') | Pstate32.mask('PAN') | Pstate32.mask('A') | Pstate32.mask('F');

/** Goes on at a vector: with IRQs masked, outside any If-Then block, and in the instruction set and byte order that SCTLR asks for. */
function enter(vcpu: Vcpu, mode: u64, vector: u64, ahead: u64): void {
  const pstate = vcpu.pstate;
  const status = (pstate & ~Spsr32.mask('RES0_24')) | Spsr32.of({ DIT: Pstate32.get(pstate, 'DIT') });
  const link = wrappingAdd(ELR_EL2.read(), ahead);
  if (mode === ABORTING) {
    SPSR_abt.write(status);
    vcpu.x[LR_ABORT] = link;
  } else {
    SPSR_und.write(status);
    vcpu.x[LR_UNDEFINED] = link;
  }
  const sctlr = SCTLR_EL1.read();
  const asked = Pstate32.of({ T: Sctlr.get(sctlr, 'TE'), E: Sctlr.get(sctlr, 'EE'), SSBS: Sctlr.get(sctlr, 'DSSBS'), PAN: Sctlr.get(~sctlr, 'SPAN') });
  SPSR_EL2.write((pstate & KEPT) | mode | asked | Pstate32.of({ I: 1n }));
  ELR_EL2.write(wrappingAdd(vectors(), vector));
}
