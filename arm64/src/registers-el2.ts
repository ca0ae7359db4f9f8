/**
 * The EL2 system registers that a hypervisor programs, with the fields it uses.
 * Names and positions are those of [DDI0487 D19.2 "General system control registers"].
 */

/** Hypervisor Configuration Register: what is virtualized, and what traps. */
export const HCR_EL2 = register({
  name: 'HCR_EL2',
  fields: {
    VM: 0, SWIO: 1, FMO: 3, IMO: 4, AMO: 5, VF: 6, VI: 7, VSE: 8, FB: 9, BSU: [11, 10], DC: 12, TWI: 13, TWE: 14,
    TID3: 18, TSC: 19, TIDCP: 20, TACR: 21, TSW: 22, TGE: 27, RW: 31, E2H: 34, TLOR: 35, TERR: 36, APK: 40, API: 41, ENSCXT: 53,
    ATA: 56,
  },
});

/** System Control Register (EL2): MMU, caches, alignment. */
export const SCTLR_EL2 = register({
  name: 'SCTLR_EL2',
  fields: { M: 0, A: 1, C: 2, SA: 3, RES1_5_4: [5, 4], RES1_11: 11, I: 12, RES1_16: 16, RES1_18: 18, WXN: 19, RES1_23_22: [23, 22], RES1_29_28: [29, 28] },
});

/** Translation Control Register (EL2), with HCR_EL2.E2H = 0. */
export const TCR_EL2 = register({
  name: 'TCR_EL2',
  fields: { T0SZ: [5, 0], IRGN0: [9, 8], ORGN0: [11, 10], SH0: [13, 12], TG0: [15, 14], PS: [18, 16], RES1_23: 23, RES1_31: 31 },
});

/** Virtualization Translation Control Register: the shape of stage 2. */
export const VTCR_EL2 = register({
  name: 'VTCR_EL2',
  fields: { T0SZ: [5, 0], SL0: [7, 6], IRGN0: [9, 8], ORGN0: [11, 10], SH0: [13, 12], TG0: [15, 14], PS: [18, 16], RES1_31: 31 },
});

/** Virtualization Translation Table Base Register. */
export const VTTBR_EL2 = register({ name: 'VTTBR_EL2', fields: { BADDR: [47, 0], VMID: [55, 48] } });

/** Exception Syndrome Register (EL2). */
export const ESR_EL2 = register({ name: 'ESR_EL2', fields: { ISS: [24, 0], IL: 25, EC: [31, 26] } });

/** Hypervisor IPA Fault Address Register: bits [47:12] of the IPA that faulted in stage 2. */
export const HPFAR_EL2 = register({ name: 'HPFAR_EL2', fields: { FIPA: [43, 4] } });

/** Architectural Feature Trap Register (EL2), with HCR_EL2.E2H = 0. */
export const CPTR_EL2 = register({
  name: 'CPTR_EL2',
  fields: { RES1_7_0: [7, 0], TZ: 8, RES1_9: 9, TFP: 10, TSM: 12, RES1_13: 13, TTA: 20, TAM: 30 },
});

/** Monitor Debug Configuration Register (EL2): debug and performance monitor traps. */
export const MDCR_EL2 = register({
  name: 'MDCR_EL2',
  fields: { HPMN: [4, 0], TPMCR: 5, TPM: 6, TDE: 8, TDA: 9, TDOSA: 10, TDRA: 11, TPMS: 14, TTRF: 19 },
});

/** Counter-timer Hypervisor Control Register, with HCR_EL2.E2H = 0. */
export const CNTHCTL_EL2 = register({ name: 'CNTHCTL_EL2', fields: { EL1PCTEN: 0, EL1PCEN: 1 } });
/** What the virtual counter lags behind the physical one, in ticks. */
export const CNTVOFF_EL2 = register({ name: 'CNTVOFF_EL2', fields: {} });
/** The EL2 physical timer. */
export const CNTHP_CTL_EL2 = register({ name: 'CNTHP_CTL_EL2', fields: { ENABLE: 0, IMASK: 1, ISTATUS: 2 } });
export const CNTHP_CVAL_EL2 = register({ name: 'CNTHP_CVAL_EL2', fields: {} });

export const ELR_EL2 = register({ name: 'ELR_EL2', fields: {} });
/** Saved PSTATE; the same layout as SPSR_EL1. */
export const SPSR_EL2 = register({
  name: 'SPSR_EL2',
  fields: { M: [4, 0], F: 6, I: 7, A: 8, D: 9, IL: 20, SS: 21, PAN: 22, DIT: 24, NZCV: [31, 28] },
});
export const FAR_EL2 = register({ name: 'FAR_EL2', fields: {} });
export const MAIR_EL2 = register({ name: 'MAIR_EL2', fields: { ATTR0: [7, 0], ATTR1: [15, 8] } });
export const TTBR0_EL2 = register({ name: 'TTBR0_EL2', fields: {} });
export const VBAR_EL2 = register({ name: 'VBAR_EL2', fields: {} });
export const TPIDR_EL2 = register({ name: 'TPIDR_EL2', fields: {} });
/** Traps of AArch32's accesses to CP15, a bit for each CRn. */
export const HSTR_EL2 = register({ name: 'HSTR_EL2', fields: { T15: 15 } });
/** Extended Hypervisor Configuration Register, of processors with FEAT_HCX. */
export const HCRX_EL2 = register({ name: 'HCRX_EL2', encoding: 'S3_4_C1_C2_2', fields: {} });
// Fine-grained traps of reads, writes and instructions, of processors with FEAT_FGT; those with a 2, FEAT_FGT2.
export const HFGRTR_EL2 = register({ name: 'HFGRTR_EL2', encoding: 'S3_4_C1_C1_4', fields: {} });
export const HFGWTR_EL2 = register({ name: 'HFGWTR_EL2', encoding: 'S3_4_C1_C1_5', fields: {} });
export const HFGITR_EL2 = register({ name: 'HFGITR_EL2', encoding: 'S3_4_C1_C1_6', fields: {} });
export const HDFGRTR_EL2 = register({ name: 'HDFGRTR_EL2', encoding: 'S3_4_C3_C1_4', fields: {} });
export const HDFGWTR_EL2 = register({ name: 'HDFGWTR_EL2', encoding: 'S3_4_C3_C1_5', fields: {} });
export const HFGRTR2_EL2 = register({ name: 'HFGRTR2_EL2', encoding: 'S3_4_C3_C1_2', fields: {} });
export const HFGWTR2_EL2 = register({ name: 'HFGWTR2_EL2', encoding: 'S3_4_C3_C1_3', fields: {} });
export const HFGITR2_EL2 = register({ name: 'HFGITR2_EL2', encoding: 'S3_4_C3_C1_7', fields: {} });
export const HDFGRTR2_EL2 = register({ name: 'HDFGRTR2_EL2', encoding: 'S3_4_C3_C1_0', fields: {} });
export const HDFGWTR2_EL2 = register({ name: 'HDFGWTR2_EL2', encoding: 'S3_4_C3_C1_1', fields: {} });
/** What a guest writes and reads as DISR_EL1, of processors with FEAT_RAS. */
export const VDISR_EL2 = register({ name: 'VDISR_EL2', encoding: 'S3_4_C12_C1_1', fields: {} });
/** Memory partitioning: who of EL1 and EL0 may name a partition. */
export const MPAM2_EL2 = register({ name: 'MPAM2_EL2', encoding: 'S3_4_C10_C5_0', fields: { TRAPMPAM1EL1: 48, TRAPMPAM0EL1: 49 } });
/** What a guest reads as MIDR_EL1 and MPIDR_EL1. */
export const VPIDR_EL2 = register({ name: 'VPIDR_EL2', fields: {} });
export const VMPIDR_EL2 = register({ name: 'VMPIDR_EL2', fields: { AFF0: [7, 0], RES1_31: 31 } });
