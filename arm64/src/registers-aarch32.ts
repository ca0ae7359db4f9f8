/**
 * What EL2 sees of a guest whose EL1 is AArch32: the registers that only AArch32 has, and the layouts that differ from AArch64's where a
 * register is shared [DDI0487 "Mapping of the System registers between the Execution states"]: SCTLR is the low half of SCTLR_EL1, TTBCR of TCR_EL1, DFSR of ESR_EL1;
 * DFAR and IFAR are the halves of FAR_EL1.
 */

/** Domain Access Control Register. */
export const DACR32_EL2 = register({ name: 'DACR32_EL2', fields: {} });
/** Instruction Fault Status Register. */
export const IFSR32_EL2 = register({ name: 'IFSR32_EL2', fields: {} });
/** Floating-point Exception Control register; its access from EL2 traps as that to v0 to v31 does (CPTR_EL2.TFP). */
export const FPEXC32_EL2 = register({ name: 'FPEXC32_EL2', fields: { EN: 30 } });
export const SPSR_abt = register({ name: 'SPSR_abt', fields: {} });
export const SPSR_und = register({ name: 'SPSR_und', fields: {} });
export const SPSR_irq = register({ name: 'SPSR_irq', fields: {} });
export const SPSR_fiq = register({ name: 'SPSR_fiq', fields: {} });

/** SCTLR: vectors at 0xffff0000, and how an exception begins (PAN, byte order, instruction set, SSBS). */
export const Sctlr = bits({ name: 'SCTLR', fields: { V: 13, SPAN: 23, EE: 25, TE: 30, DSSBS: 31 } });
/** TTBCR: whether the long descriptors are in use. */
export const Ttbcr = bits({ name: 'TTBCR', fields: { EAE: 31 } });
/** DFSR and IFSR; the latter has neither WNR nor CM. */
export const FaultStatus = bits({ name: 'DFSR', fields: { STATUS: [5, 0], LPAE: 9, WNR: 11, CM: 13 } });
/** Synchronous external abort, not on a table walk, in the short descriptors' code; the long ones' is FSC_EXTERNAL. */
export const FS_EXTERNAL_SHORT = 0x08n;

/** PSTATE of AArch32 as SPSR_EL2 holds it. IT7_2 and IT1_0 are the two parts of the If-Then state. */
export const Pstate32 = bits({
  name: 'PSTATE, AArch32',
  fields: { M: [4, 0], T: 5, F: 6, I: 7, A: 8, E: 9, IT7_2: [15, 10], GE: [19, 16], PAN: 22, SSBS: 23, DIT: 24, IT1_0: [26, 25], Q: 27, NZCV: [31, 28] },
});
/** Where AArch32's own SPSRs have DIT. */
export const Spsr32 = bits({ name: 'SPSR, AArch32', fields: { DIT: 21, RES0_24: 24 } });
