/**
 * The GICv3 system registers: the CPU interface (ICC_*), and the hypervisor's control of the virtual one (ICH_*).
 * [IHI0069 12.2 "AArch64 System register descriptions", 12.4 "AArch64 virtualization control System
 * registers"].
 */

export const ICC_SRE_EL1 = register({ name: 'ICC_SRE_EL1', fields: { SRE: 0, DFB: 1, DIB: 2 } });
/** Enable lets EL1 use ICC_SRE_EL1 without a trap. */
export const ICC_SRE_EL2 = register({ name: 'ICC_SRE_EL2', fields: { SRE: 0, DFB: 1, DIB: 2, ENABLE: 3 } });
export const ICC_PMR_EL1 = register({ name: 'ICC_PMR_EL1', fields: {} });
/** EOIMODE = 1: ICC_EOIR1_EL1 only drops the priority, ICC_DIR_EL1 deactivates. */
export const ICC_CTLR_EL1 = register({ name: 'ICC_CTLR_EL1', fields: { EOIMODE: 1 } });
export const ICC_IGRPEN1_EL1 = register({ name: 'ICC_IGRPEN1_EL1', fields: { ENABLE: 0 } });
/** Active priorities of group 1. */
export const ICC_AP1R0_EL1 = register({ name: 'ICC_AP1R0_EL1', fields: {} });
export const ICC_IAR1_EL1 = register({ name: 'ICC_IAR1_EL1', fields: { INTID: [23, 0] } });
export const ICC_EOIR1_EL1 = register({ name: 'ICC_EOIR1_EL1', fields: {} });
export const ICC_DIR_EL1 = register({ name: 'ICC_DIR_EL1', fields: {} });
/** Sends a group 1 SGI; IRM = 1 means to all others. */
export const ICC_SGI1R_EL1 = register({
  name: 'ICC_SGI1R_EL1',
  fields: { TARGETLIST: [15, 0], AFF1: [23, 16], INTID: [27, 24], AFF2: [39, 32], IRM: 40, RS: [47, 44], AFF3: [55, 48] },
});

/**
 * EN: the virtual CPU interface works; UIE, LRENPIE, NPIE: maintenance interrupts when list registers run (almost) empty, when EOICOUNT
 * ends of interrupts have found none of theirs, or when none is pending.
 */
export const ICH_HCR_EL2 = register({
  name: 'ICH_HCR_EL2',
  fields: { EN: 0, UIE: 1, LRENPIE: 2, NPIE: 3, TC: 10, TALL0: 11, TALL1: 12, EOICOUNT: [31, 27] },
});
/** LISTREGS: how many list registers there are, less one; PREBITS: preemption bits, less one. */
export const ICH_VTR_EL2 = register({ name: 'ICH_VTR_EL2', fields: { LISTREGS: [4, 0], PREBITS: [28, 26] } });
/** The guest's own view of its CPU interface's controls. */
export const ICH_VMCR_EL2 = register({ name: 'ICH_VMCR_EL2', fields: { VENG0: 0, VENG1: 1, VEOIM: 9, VBPR1: [20, 18], VPMR: [31, 24] } });
/** A bit a list register: empty, and no end of interrupt to be lost. */
export const ICH_ELRSR_EL2 = register({ name: 'ICH_ELRSR_EL2', fields: { STATUS: [15, 0] } });
export const ICH_AP0R0_EL2 = register({ name: 'ICH_AP0R0_EL2', fields: {} });
export const ICH_AP1R0_EL2 = register({ name: 'ICH_AP1R0_EL2', fields: {} });
export const ICH_LR0_EL2 = register({ name: 'ICH_LR0_EL2', fields: {} });
export const ICH_LR1_EL2 = register({ name: 'ICH_LR1_EL2', fields: {} });
export const ICH_LR2_EL2 = register({ name: 'ICH_LR2_EL2', fields: {} });
export const ICH_LR3_EL2 = register({ name: 'ICH_LR3_EL2', fields: {} });

/**
 * A list register [IHI0069 12.4 "AArch64 virtualization control System registers"]. With HW = 1 the guest's deactivation also deactivates the physical
 * interrupt PINTID; with HW = 0, EOI asks for a maintenance interrupt when the guest ends this one.
 */
export const ListRegister = bits({
  name: 'ICH_LR<n>_EL2',
  fields: { VINTID: [31, 0], PINTID: [40, 32], EOI: 41, PRIORITY: [55, 48], GROUP: 60, HW: 61, PENDING: 62, ACTIVE: 63 },
});
