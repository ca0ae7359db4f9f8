/**
 * What a guest reads in the identification registers, all of which trap (HCR_EL2.TID3): the processor's own value, each field
 * no larger than its limit below. A field without a limit reads as zero, and so does a register that is not listed: what is not
 * switched or emulated is not there. Why each field is as it is: docs/adr/0020-what-of-the-processor-a-guest-sees.md.
 */
import {
  ID_AA64DFR0_EL1, ID_AA64ISAR0_EL1, ID_AA64ISAR1_EL1, ID_AA64ISAR2_EL1, ID_AA64MMFR0_EL1, ID_AA64MMFR1_EL1, ID_AA64MMFR2_EL1,
  ID_AA64PFR0_EL1, ID_AA64PFR1_EL1,
} from '@thimble/arm64/registers-id.ts';

/** Whatever the processor has. Fields that count from -1 (0xf: not implemented) have no other limit. */
const ALL = 0xfn;

/** Op2 0 to 2 of CRm 4 to 7. */
const limits: readonly u64[] = [
  // EL1 of a VM is AArch64. CSV2 above 1 means SCXTNUM registers, which trap.
  ID_AA64PFR0_EL1.of({ EL0: ALL, EL1: 1n, FP: ALL, ADVSIMD: ALL, GIC: 1n, DIT: ALL, CSV2: 1n, CSV3: ALL }),
  ID_AA64PFR1_EL1.of({ BT: ALL, SSBS: ALL, CSV2_FRAC: 1n }),
  0n,
  // A debug architecture there must be; its registers read as zero.
  ID_AA64DFR0_EL1.of({ DEBUGVER: 6n, BRPS: 1n, WRPS: 1n, CTX_CMPS: 1n, DOUBLELOCK: ALL }),
  0n,
  0n,
  ID_AA64ISAR0_EL1.of({
    AES: ALL, SHA1: ALL, SHA2: ALL, CRC32: ALL, ATOMIC: ALL, RDM: ALL, SHA3: ALL, SM3: ALL, SM4: ALL, DP: ALL, FHM: ALL, TS: ALL,
    TLB: ALL, RNDR: ALL,
  }),
  ID_AA64ISAR1_EL1.of({
    DPB: ALL, JSCVT: ALL, FCMA: ALL, LRCPC: ALL, FRINTTS: ALL, SB: ALL, SPECRES: 1n, BF16: ALL, DGH: ALL, I8MM: ALL, XS: ALL,
  }),
  ID_AA64ISAR2_EL1.of({ RPRES: ALL, BC: ALL, CLRBHB: ALL, RPRFM: ALL, CSSC: ALL }),
  // 40 bits of address are the most that stage 2 takes from a guest (39).
  ID_AA64MMFR0_EL1.of({
    PARANGE: 2n, ASIDBITS: ALL, BIGEND: ALL, SNSMEM: ALL, BIGENDEL0: ALL, TGRAN16: ALL, TGRAN64: ALL, TGRAN4: ALL, EXS: ALL, ECV: 1n,
  }),
  // HAFDBS above 2 needs TCR2_EL1, which traps.
  ID_AA64MMFR1_EL1.of({
    HAFDBS: 2n, HPDS: ALL, PAN: ALL, SPECSEI: ALL, XNX: ALL, ETS: ALL, AFP: ALL, NTLBPA: ALL, TIDCP1: ALL, CMOW: ALL, ECBHB: ALL,
  }),
  ID_AA64MMFR2_EL1.of({
    CNP: ALL, UAO: ALL, LSM: ALL, VARANGE: ALL, CCIDX: ALL, ST: ALL, AT: ALL, IDS: ALL, TTL: ALL, BBM: ALL, E0PD: ALL,
  }),
];

/**
 * The registers that are shown at all: three each of CRm 2 to 7. In 2 and 3 that is what a kernel tells 32-bit programs at
 * EL0 of (ID_ISAR5, ID_MMFR4, ID_ISAR6, MVFR0 to 2), which has no limits. MRS takes its register as part of the instruction: two instructions each.
 */
const READS = comptime(() => {
  let text = '';
  for (let crm = 2; crm < 8; crm += 1) {
    for (let op2 = 0; op2 < 3; op2 += 1) {
      text += `mrs x0, S3_0_C0_C${crm}_${crm === 2 ? op2 + 5 : op2}\nret\n`;
    }
  }
  return text;
});
const UNLIMITED = 6;

/** The register at `index` as the processor has it. */
const own = naked<(index: u32) => u64>(asm`
    adr   x1, 1f
    add   x1, x1, w0, uxtw #3
    br    x1
  1:
    ${READS}`);

const ONE_FIELD = 0xfn;
const FIELD_BITS = 4n;

/** What S3_0_C0_C<crm>_<op2> is to a guest. */
export function visible(crm: u32, op2: u32): u64 {
  const row = wrappingSub(crm, 2);
  const column = row === 0 ? wrappingSub(op2, 5) : op2;
  if (row > 5 || column > 2) {
    return 0n;
  }
  const index = row * 3 + column;
  const value = own(index);
  if (index < UNLIMITED) {
    return value;
  }
  const limit = limits[index - UNLIMITED];
  let seen: u64 = 0n;
  for (let field: u64 = ONE_FIELD; field !== 0n; field <<= FIELD_BITS) {
    seen |= (value & field) < (limit & field) ? value & field : limit & field;
  }
  return seen;
}
