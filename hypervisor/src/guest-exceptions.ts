/**
 * Gives a guest the exception that the architecture has for what it did: as the processor itself would take it
 * to EL1 [DDI0487 "Exception entry"]. An EL1 that is AArch32 takes them in its own way (aarch32-exceptions.ts).
 */
import { ELR_EL1, ESR_EL1, FAR_EL1, SCTLR_EL1, SPSR_EL1, VBAR_EL1 } from '@thimble/arm64/registers-el1.ts';
import { ELR_EL2, FAR_EL2, SPSR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { DataAbortSyndrome, FSC_EXTERNAL } from '@thimble/arm64/syndrome.ts';
import * as aarch32Exceptions from './aarch32-exceptions.ts';
import type { Vcpu } from './vcpu.ts';

/** PSTATE.M [DDI0487 "SPSR_EL1, Saved Program Status Register (EL1)"]: bit 4 is AArch32, then the exception level, then which stack pointer. */
export const MODE_AARCH32 = 0x10n;
const MODE_EL1 = 0x4n;
const MODE_SPX = 0x1n;
const MODE_EL1H = MODE_EL1 | MODE_SPX;
const KEPT = SPSR_EL2.mask('NZCV') | SPSR_EL2.mask('DIT') | SPSR_EL2.mask('PAN');

/** Offsets in the guest's vector table: of those for exceptions from EL0; and of each second group, for SP_EL1 and for AArch32. */
const VECTOR_LOWER = 0x400n;
const VECTOR_SECOND = 0x200n;

/** An instruction that does not exist on the virtual handset. Returns the vCPU, as traps do. @noinline */
export function undefinedInstruction(vcpu: Vcpu): Vcpu {
  enter(vcpu, ESR_EL1.of({ IL: 1n }));
  return vcpu;
}

/** What the guest learns of the access from the syndrome at EL2: whether it was a store, and cache maintenance. A fetch has zeros there. */
const ACCESS_MASK = DataAbortSyndrome.mask('WNR') | DataAbortSyndrome.mask('CM');

/** A synchronous external abort on the access that came to EL2 with syndrome `esr`: nothing answers at that address. */
export function externalAbort(vcpu: Vcpu, esr: u64): void {
  if (!vcpu.isAarch32) {
    FAR_EL1.write(FAR_EL2.read());
  }
  // The class of an abort from the same exception level is the next higher number, an odd one. (EL1 in AArch32 looks at no such thing.)
  const fromSame = (SPSR_EL2.read() & MODE_EL1) / MODE_EL1;
  enter(vcpu, ESR_EL1.of({ EC: ESR_EL1.get(esr, 'EC') | fromSame, IL: 1n, ISS: FSC_EXTERNAL | (esr & ACCESS_MASK) }));
}

/** Takes an exception with syndrome `esr` at EL1. */
function enter(vcpu: Vcpu, esr: u64): void {
  if (vcpu.isAarch32) {
    aarch32Exceptions.enter(vcpu, esr);
    return;
  }
  const pstate = SPSR_EL2.read();
  ESR_EL1.write(esr);
  ELR_EL1.write(ELR_EL2.read());
  SPSR_EL1.write(pstate);
  ELR_EL2.write(wrappingAdd(VBAR_EL1.read(), vectorOffset(pstate)));
  // Condition flags, DIT and PAN stay as they were; but PAN is set where the guest asks for that by SPAN = 0.
  const pan = SCTLR_EL1.get(SCTLR_EL1.read(), 'SPAN') === 0n ? SPSR_EL2.of({ PAN: 1n }) : 0n;
  SPSR_EL2.write((pstate & KEPT) | pan | SPSR_EL2.of({ M: MODE_EL1H, D: 1n, A: 1n, I: 1n, F: 1n }));
}

/** `pstate` is EL1's in AArch64, or EL0's, whose stack pointer is SP_EL0. */
function vectorOffset(pstate: u64): u64 {
  const second: u64 = (pstate & (MODE_AARCH32 | MODE_SPX)) === 0n ? 0n : VECTOR_SECOND;
  return (pstate & MODE_EL1) === 0n ? VECTOR_LOWER | second : second;
}

/** Whether the guest is at one of its own exception vectors' entries: an abort there would only repeat itself. */
export function atVector(vcpu: Vcpu): boolean {
  if (vcpu.isAarch32) {
    return aarch32Exceptions.atVector();
  }
  const offset = wrappingSub(ELR_EL2.read(), VBAR_EL1.read());
  return offset < 0x800n && (offset & 0x7fn) === 0n;
}
