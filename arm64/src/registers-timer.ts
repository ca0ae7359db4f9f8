/**
 * The architected timers of EL1 and the counters [DDI0487 D11 "The Generic Timer in AArch64 state"].
 * One tick of a counter is 1 / CNTFRQ_EL0 seconds.
 */

/** Counter frequency in Hz, as firmware set it. */
export const CNTFRQ_EL0 = register({ name: 'CNTFRQ_EL0', fields: {} });
/** The physical counter, in ticks. */
export const CNTPCT_EL0 = register({ name: 'CNTPCT_EL0', fields: {} });
/** The virtual counter, in ticks: the physical one less CNTVOFF_EL2. */
export const CNTVCT_EL0 = register({ name: 'CNTVCT_EL0', fields: {} });
/** EL1 access of EL0 to the timers; belongs to the vCPU. */
export const CNTKCTL_EL1 = register({ name: 'CNTKCTL_EL1', fields: {} });
/** The virtual timer: its interrupt line is high while ENABLE = 1, IMASK = 0 and ISTATUS = 1. */
export const CNTV_CTL_EL0 = register({ name: 'CNTV_CTL_EL0', fields: { ENABLE: 0, IMASK: 1, ISTATUS: 2 } });
export const CNTV_CVAL_EL0 = register({ name: 'CNTV_CVAL_EL0', fields: {} });
/** The EL1 physical timer. */
export const CNTP_CTL_EL0 = register({ name: 'CNTP_CTL_EL0', fields: { ENABLE: 0, IMASK: 1, ISTATUS: 2 } });
export const CNTP_CVAL_EL0 = register({ name: 'CNTP_CVAL_EL0', fields: {} });
