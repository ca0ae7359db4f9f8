/**
 * Exceptions for a guest whose EL1 is AArch32, as the processor itself would take them there: to the modes Undefined and Abort
 * [DDI0487 "AArch32 state exception descriptions"].
 */
import {
  FaultStatus, FS_EXTERNAL_SHORT, IFSR32_EL2, Pstate32, Sctlr, Spsr32, SPSR_abt, SPSR_und, Ttbcr,
} from '@thimble/arm64/registers-aarch32.ts';
import { ESR_EL1, FAR_EL1, SCTLR_EL1, TCR_EL1, VBAR_EL1 } from '@thimble/arm64/registers-el1.ts';
import { ELR_EL2, FAR_EL2, SPSR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { DataAbortSyndrome, FSC_EXTERNAL } from '@thimble/arm64/syndrome.ts';
import type { Vcpu } from './vcpu.ts';

/** Undefined mode, and Abort mode, which masks SErrors. */
const UNDEFINED = Pstate32.of({ M: 0x1bn });
const ABORT = Pstate32.of({ M: 0x17n, A: 1n });
/** The classes of aborts of an access have this bit, those of a fetch do not. */
const DATA = ESR_EL1.of({ EC: 0x04n });
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

/** Whether the guest is at one of its own vectors. */
export function atVector(): boolean {
  return wrappingSub(ELR_EL2.read(), vectors()) < VECTORS_BYTES;
}

function vectors(): u64 {
  return Sctlr.get(SCTLR_EL1.read(), 'V') === 0n ? VBAR_EL1.read() & LOW_HALF : HIGH_VECTORS;
}

const KEPT =
  Pstate32.mask('NZCV') | Pstate32.mask('Q') | Pstate32.mask('GE') | Pstate32.mask('DIT') | Pstate32.mask('PAN') | Pstate32.mask('A') | Pstate32.mask('F');

/** What AArch64 would take with syndrome `esr`: an undefined instruction, or a synchronous external abort. */
export function enter(vcpu: Vcpu, esr: u64): void {
  const pstate = vcpu.pstate;
  let ahead: u64 = Pstate32.get(pstate, 'T') === 0n ? AHEAD_UNDEFINED_A32 : AHEAD_UNDEFINED_T32;
  let vector: u64 = VECTOR_UNDEFINED;
  let mode: u64 = UNDEFINED;
  if (ESR_EL1.get(esr, 'EC') !== 0n) {
    const isFetch = (esr & DATA) === 0n;
    ahead = isFetch ? AHEAD_PREFETCH_ABORT : AHEAD_DATA_ABORT;
    vector = isFetch ? VECTOR_PREFETCH_ABORT : VECTOR_DATA_ABORT;
    mode = ABORT;
    tell(esr, isFetch);
  }
  const status = (pstate & ~Spsr32.mask('RES0_24')) | Spsr32.of({ DIT: Pstate32.get(pstate, 'DIT') });
  const link = wrappingAdd(ELR_EL2.read(), ahead);
  if (mode === ABORT) {
    SPSR_abt.write(status);
    vcpu.x[LR_ABORT] = link;
  } else {
    SPSR_und.write(status);
    vcpu.x[LR_UNDEFINED] = link;
  }
  // IRQs are masked, no If-Then block goes on; SCTLR asks for an instruction set and a byte order.
  const sctlr = SCTLR_EL1.read();
  const asked = Pstate32.of({ T: Sctlr.get(sctlr, 'TE'), E: Sctlr.get(sctlr, 'EE'), SSBS: Sctlr.get(sctlr, 'DSSBS'), PAN: Sctlr.get(~sctlr, 'SPAN') });
  SPSR_EL2.write((pstate & KEPT) | mode | asked | Pstate32.of({ I: 1n }));
  ELR_EL2.write(wrappingAdd(vectors(), vector));
}

/** Fault status and address of an abort. */
function tell(esr: u64, isFetch: boolean): void {
  const status: u64 = Ttbcr.get(TCR_EL1.read(), 'EAE') === 0n ? FS_EXTERNAL_SHORT : FaultStatus.of({ LPAE: 1n }) | FSC_EXTERNAL;
  const address = FAR_EL2.read() & LOW_HALF;
  const addresses = FAR_EL1.read();
  if (isFetch) {
    IFSR32_EL2.write(status);
    FAR_EL1.write((addresses & LOW_HALF) | (address << 32n));
  } else {
    ESR_EL1.write(status | FaultStatus.of({ WNR: DataAbortSyndrome.get(esr, 'WNR'), CM: DataAbortSyndrome.get(esr, 'CM') }));
    FAR_EL1.write((addresses & ~LOW_HALF) | address);
  }
}
