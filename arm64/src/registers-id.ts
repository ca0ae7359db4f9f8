/**
 * The identification registers, in which a processor says what it implements. Fields are four bits wide, at the positions of
 * [DDI0487 D19.2 "General system control registers"]; only those that a guest may see, or EL2 asks for, are named here, so that what a
 * later architecture adds stays hidden until somebody has thought about it (hypervisor/src/identity-registers.ts).
 */

export const ID_PFR0_EL1 = register({ name: 'ID_PFR0_EL1', fields: { STATE0: [3, 0], STATE1: [7, 4], STATE2: [11, 8], STATE3: [15, 12], CSV2: [19, 16], DIT: [27, 24] } });
export const ID_PFR1_EL1 = register({ name: 'ID_PFR1_EL1', fields: { PROGMOD: [3, 0], SECURITY: [7, 4], GENTIMER: [19, 16], GIC: [31, 28] } });
export const ID_DFR0_EL1 = register({ name: 'ID_DFR0_EL1', fields: { COPDBG: [3, 0] } });
export const ID_AA64PFR0_EL1 = register({
  name: 'ID_AA64PFR0_EL1',
  fields: { EL0: [3, 0], EL1: [7, 4], FP: [19, 16], ADVSIMD: [23, 20], GIC: [27, 24], RAS: [31, 28], MPAM: [43, 40], DIT: [51, 48], CSV2: [59, 56], CSV3: [63, 60] },
});
export const ID_AA64PFR1_EL1 = register({ name: 'ID_AA64PFR1_EL1', fields: { BT: [3, 0], SSBS: [7, 4], SME: [27, 24], CSV2_FRAC: [35, 32] } });
export const ID_AA64DFR0_EL1 = register({
  name: 'ID_AA64DFR0_EL1',
  fields: { DEBUGVER: [3, 0], BRPS: [15, 12], WRPS: [23, 20], CTX_CMPS: [31, 28], DOUBLELOCK: [39, 36] },
});
export const ID_AA64ISAR0_EL1 = register({
  name: 'ID_AA64ISAR0_EL1',
  fields: {
    AES: [7, 4], SHA1: [11, 8], SHA2: [15, 12], CRC32: [19, 16], ATOMIC: [23, 20], RDM: [31, 28], SHA3: [35, 32],
    SM3: [39, 36], SM4: [43, 40], DP: [47, 44], FHM: [51, 48], TS: [55, 52], TLB: [59, 56], RNDR: [63, 60],
  },
});
export const ID_AA64ISAR1_EL1 = register({
  name: 'ID_AA64ISAR1_EL1',
  fields: {
    DPB: [3, 0], JSCVT: [15, 12], FCMA: [19, 16], LRCPC: [23, 20], FRINTTS: [35, 32], SB: [39, 36], SPECRES: [43, 40],
    BF16: [47, 44], DGH: [51, 48], I8MM: [55, 52], XS: [59, 56],
  },
});
export const ID_AA64ISAR2_EL1 = register({
  name: 'ID_AA64ISAR2_EL1',
  encoding: 'S3_0_C0_C6_2',
  fields: { RPRES: [7, 4], BC: [23, 20], CLRBHB: [31, 28], RPRFM: [51, 48], CSSC: [55, 52] },
});
export const ID_AA64MMFR0_EL1 = register({
  name: 'ID_AA64MMFR0_EL1',
  fields: {
    PARANGE: [3, 0], ASIDBITS: [7, 4], BIGEND: [11, 8], SNSMEM: [15, 12], BIGENDEL0: [19, 16], TGRAN16: [23, 20],
    TGRAN64: [27, 24], TGRAN4: [31, 28], EXS: [47, 44], FGT: [59, 56], ECV: [63, 60],
  },
});
export const ID_AA64MMFR1_EL1 = register({
  name: 'ID_AA64MMFR1_EL1',
  fields: {
    HAFDBS: [3, 0], HPDS: [15, 12], PAN: [23, 20], SPECSEI: [27, 24], XNX: [31, 28], ETS: [39, 36], HCX: [43, 40], AFP: [47, 44],
    NTLBPA: [51, 48], TIDCP1: [55, 52], CMOW: [59, 56], ECBHB: [63, 60],
  },
});
export const ID_AA64MMFR2_EL1 = register({
  name: 'ID_AA64MMFR2_EL1',
  fields: {
    CNP: [3, 0], UAO: [7, 4], LSM: [11, 8], VARANGE: [19, 16], CCIDX: [23, 20], ST: [31, 28], AT: [35, 32], IDS: [39, 36],
    TTL: [51, 48], BBM: [55, 52], E0PD: [63, 60],
  },
});
