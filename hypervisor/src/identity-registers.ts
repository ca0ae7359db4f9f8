/**
 * What a guest reads in the identification registers, all of which trap (HCR_EL2.TID3): the processor's own value, each field
 * no larger than its limit below. A field without a limit reads as zero, and so does a register that is not listed: what is not
 * switched or emulated is not there. Why each field is as it is: docs/adr/0020-what-of-the-processor-a-guest-sees.md.
 */
import {
  ID_AA64DFR0_EL1, ID_AA64ISAR0_EL1, ID_AA64ISAR1_EL1, ID_AA64ISAR2_EL1, ID_AA64MMFR0_EL1, ID_AA64MMFR1_EL1, ID_AA64MMFR2_EL1,
  ID_AA64PFR0_EL1, ID_AA64PFR1_EL1, ID_DFR0_EL1, ID_PFR0_EL1, ID_PFR1_EL1,
} from '@thimble/arm64/registers-id.ts';

/** Whatever the processor has. Fields that count from -1 (0xf: not implemented) have no other limit. */
const ALL = 0xfn;

/** Of the first of the registers in `READS`. */
const limits: readonly u64[] = [
  // 40 bits of address are the most that stage 2 takes from a guest (39).
  ID_AA64MMFR0_EL1.of({
    PARANGE: 2n, ASIDBITS: ALL, BIGEND: ALL, SNSMEM: ALL, BIGENDEL0: ALL, TGRAN16: ALL, TGRAN64: ALL, TGRAN4: ALL, EXS: ALL, ECV: 1n,
  }),
  ID_AA64ISAR0_EL1.of({
    AES: ALL, SHA1: ALL, SHA2: ALL, CRC32: ALL, ATOMIC: ALL, RDM: ALL, SHA3: ALL, SM3: ALL, SM4: ALL, DP: ALL, FHM: ALL, TS: ALL,
    TLB: ALL, RNDR: ALL,
  }),
  // A debug architecture there must be; its registers read as zero.
  ID_AA64DFR0_EL1.of({ DEBUGVER: 6n, BRPS: 1n, WRPS: 1n, CTX_CMPS: 1n, DOUBLELOCK: ALL }),
  // EL1 of a VM is AArch64. CSV2 above 1 means SCXTNUM registers, which trap.
  ID_AA64PFR0_EL1.of({ EL0: ALL, EL1: 1n, FP: ALL, ADVSIMD: ALL, GIC: 1n, DIT: ALL, CSV2: 1n, CSV3: ALL }),
  // HAFDBS above 2 needs TCR2_EL1, which traps.
  ID_AA64MMFR1_EL1.of({
    HAFDBS: 2n, HPDS: ALL, PAN: ALL, SPECSEI: ALL, XNX: ALL, ETS: ALL, AFP: ALL, NTLBPA: ALL, TIDCP1: ALL, CMOW: ALL, ECBHB: ALL,
  }),
  ID_AA64ISAR1_EL1.of({
    DPB: ALL, JSCVT: ALL, FCMA: ALL, LRCPC: ALL, FRINTTS: ALL, SB: ALL, SPECRES: 1n, BF16: ALL, DGH: ALL, I8MM: ALL, XS: ALL,
  }),
  0n,
  ID_AA64PFR1_EL1.of({ BT: ALL, SSBS: ALL, CSV2_FRAC: 1n }),
  ID_AA64MMFR2_EL1.of({
    CNP: ALL, UAO: ALL, LSM: ALL, VARANGE: ALL, CCIDX: ALL, ST: ALL, AT: ALL, IDS: ALL, TTL: ALL, BBM: ALL, E0PD: ALL,
  }),
  ID_AA64ISAR2_EL1.of({ RPRES: ALL, BC: ALL, CLRBHB: ALL, RPRFM: ALL, CSSC: ALL }),
  ID_PFR0_EL1.of({ STATE0: ALL, STATE1: ALL, STATE2: ALL, STATE3: ALL, CSV2: 1n, DIT: ALL }),
  // No Monitor and no Hyp mode; but VBAR, which comes with the former.
  ID_PFR1_EL1.of({ PROGMOD: ALL, SECURITY: 1n, GENTIMER: ALL, GIC: 1n }),
  ID_DFR0_EL1.of({ COPDBG: 6n }),
];

/** Those of AArch64: CRm 7 to 4 with Op2 = 0, then with 1, and so on to the last that is shown. */
const REGISTERS_64 = 10;
/** Those of AArch32 follow, by their numbers: CRm 1 to 3, eight a CRm. */
const NUMBER_FIRST = 8;
const REGISTERS_32 = 19;
/** Of these a 64-bit kernel reads what it tells 32-bit programs at EL0 of: ID_ISAR5, ID_MMFR4, ID_ISAR6, MVFR0 to 2, which have no limits. */
const TOLD_FIRST = 13;
/** The registers that are shown at all. MRS takes its register as part of the instruction: they are read by fours. */
const READS = comptime(() => {
  let text = '';
  for (let i = 0; i < REGISTERS_64 + REGISTERS_32; i += 1) {
    const number = i < REGISTERS_64 ? (7 - (i & 3)) * 8 + (i >> 2) : NUMBER_FIRST + i - REGISTERS_64;
    text += `mrs x${i & 3}, S3_0_C0_C${number >> 3}_${number & 7}\n`;
    if ((i & 3) === 3) text += 'b 2f\n';
  }
  return text;
});

/** The register at `index` as the processor has it. */
const own = naked<(index: u32) => u64>(asm`
    adr   x4, 1f
    and   w5, w0, #3
    sub   w0, w0, w5
    add   x4, x4, x0, lsl #2
    add   x4, x4, x0                      // 20 bytes a group
    br    x4
  1:
    ${READS}
  2:
    tst   w5, #1
    csel  x0, x0, x1, eq
    csel  x2, x2, x3, eq
    tst   w5, #2
    csel  x0, x0, x2, eq
    ret`);

const ONE_FIELD = 0xfn;
const FIELD_BITS = 4n;

/** What S3_0_C0_C<crm>_<op2>, or the register of CP15 with these numbers, is to a guest. */
export function visible(isAarch32: boolean, crm: u32, op2: u32): u64 {
  const number = wrappingSub(crm * 8 + op2, NUMBER_FIRST);
  const first: u32 = isAarch32 ? 0 : TOLD_FIRST;
  if (number >= first && number < REGISTERS_32) {
    return withinLimit(REGISTERS_64 + number);
  }
  const index = op2 * 4 + (~crm & 3);
  return isAarch32 || crm >> 2 !== 1 || index >= REGISTERS_64 ? 0n : withinLimit(index);
}

/** The register at that position, as a guest may see it. */
function withinLimit(index: u32): u64 {
  const value = own(index);
  if (index >= limits.length) {
    return value;
  }
  const limit = limits[index];
  let seen: u64 = 0n;
  for (let field: u64 = ONE_FIELD; field !== 0n; field <<= FIELD_BITS) {
    seen |= (value & field) < (limit & field) ? value & field : limit & field;
  }
  return seen;
}
