/**
 * The registers of EL1 and EL0: those that belong to a vCPU and change hands with it, and those that only
 * describe the processor. Names and positions are those of [DDI0487 D19.2 "General system control registers"].
 */

/** 1 << 2 at EL1, 2 << 2 at EL2. */
export const CurrentEL = register({ name: 'CurrentEL', fields: { EL: [3, 2] } });
/** Multiprocessor affinity of this processor (a guest reads VMPIDR_EL2 instead). */
export const MPIDR_EL1 = register({ name: 'MPIDR_EL1', fields: { AFF0: [7, 0], AFF1: [15, 8], AFF2: [23, 16], AFF3: [39, 32] } });
export const MIDR_EL1 = register({ name: 'MIDR_EL1', fields: {} });
/** Pending physical interrupts of this processor. */
export const ISR_EL1 = register({ name: 'ISR_EL1', fields: { F: 6, I: 7, A: 8 } });

/** Monitor Debug System Control Register. */
export const MDSCR_EL1 = register({ name: 'MDSCR_EL1', fields: {} });

export const SCTLR_EL1 = register({ name: 'SCTLR_EL1', fields: { M: 0, C: 2, I: 12, SPAN: 23, NTWI: 16, RES1: [29, 28] } });
export const TCR_EL1 = register({
  name: 'TCR_EL1',
  fields: { T0SZ: [5, 0], IRGN0: [9, 8], ORGN0: [11, 10], SH0: [13, 12], TG0: [15, 14], EPD1: 23, IPS: [34, 32] },
});
export const TTBR0_EL1 = register({ name: 'TTBR0_EL1', fields: {} });
export const TTBR1_EL1 = register({ name: 'TTBR1_EL1', fields: {} });
export const MAIR_EL1 = register({ name: 'MAIR_EL1', fields: {} });
export const AMAIR_EL1 = register({ name: 'AMAIR_EL1', fields: {} });
export const VBAR_EL1 = register({ name: 'VBAR_EL1', fields: {} });
export const ESR_EL1 = register({ name: 'ESR_EL1', fields: { ISS: [24, 0], IL: 25, EC: [31, 26] } });
export const FAR_EL1 = register({ name: 'FAR_EL1', fields: {} });
export const AFSR0_EL1 = register({ name: 'AFSR0_EL1', fields: {} });
export const AFSR1_EL1 = register({ name: 'AFSR1_EL1', fields: {} });
export const ELR_EL1 = register({ name: 'ELR_EL1', fields: {} });
export const SPSR_EL1 = register({ name: 'SPSR_EL1', fields: {} });
export const SP_EL0 = register({ name: 'SP_EL0', fields: {} });
export const SP_EL1 = register({ name: 'SP_EL1', fields: {} });
export const TPIDR_EL0 = register({ name: 'TPIDR_EL0', fields: {} });
export const TPIDRRO_EL0 = register({ name: 'TPIDRRO_EL0', fields: {} });
/** Of processors with FEAT_SME. */
export const TPIDR2_EL0 = register({ name: 'TPIDR2_EL0', encoding: 'S3_3_C13_C0_5', fields: {} });
export const TPIDR_EL1 = register({ name: 'TPIDR_EL1', fields: {} });
export const CONTEXTIDR_EL1 = register({ name: 'CONTEXTIDR_EL1', fields: {} });
export const CPACR_EL1 = register({ name: 'CPACR_EL1', fields: { FPEN: [21, 20] } });
export const PAR_EL1 = register({ name: 'PAR_EL1', fields: { PA: [47, 12] } });
export const CSSELR_EL1 = register({ name: 'CSSELR_EL1', fields: {} });
