/**
 * What every processor keeps from every guest, set once. A register that a guest can write is exchanged with its vCPU
 * (context.ts, floating-point.ts) or traps: here. What traps and is not emulated (system-registers.ts) is undefined to the guest, and the
 * identification registers deny it (identity-registers.ts).
 *
 * Nothing of what firmware leaves in these registers is trusted: on a warm reset most keep what they had, or are unknown.
 */
import { MDSCR_EL1, MIDR_EL1 } from '@thimble/arm64/registers-el1.ts';
import {
  HCR_EL2, HCRX_EL2, HDFGRTR2_EL2, HDFGRTR_EL2, HDFGWTR2_EL2, HDFGWTR_EL2, HFGITR2_EL2, HFGITR_EL2, HFGRTR2_EL2, HFGRTR_EL2,
  HFGWTR2_EL2, HFGWTR_EL2, HSTR_EL2, MDCR_EL2, MPAM2_EL2, VPIDR_EL2,
} from '@thimble/arm64/registers-el2.ts';
import { ID_AA64MMFR0_EL1, ID_AA64MMFR1_EL1, ID_AA64PFR0_EL1 } from '@thimble/arm64/registers-id.ts';

/**
 * Zero in a bit that is not named traps too, or makes the instruction undefined: pointer authentication's keys and instructions (APK, API), memory
 * tags (ATA), SCXTNUM_ELx (ENSCXT), transactions.
 */
const CONFINED = HCR_EL2.of({
  VM: 1n, SWIO: 1n, FMO: 1n, IMO: 1n, AMO: 1n, FB: 1n, BSU: 1n, TWI: 1n, TID3: 1n, TSC: 1n, TIDCP: 1n, TACR: 1n, RW: 1n, TLOR: 1n, TERR: 1n,
});

/** What this processor sets up for itself before it runs guests. */
export function startCpu(): void {
  HCR_EL2.write(CONFINED);
  // What AArch32 reads or writes with CRn = 15 is the processor's maker's own. AArch64's is trapped by TIDCP.
  HSTR_EL2.write(HSTR_EL2.of({ T15: 1n }));
  VPIDR_EL2.write(MIDR_EL1.read());
  // HPMN keeps its reset value, all counters; every access to them traps. The profiling and trace buffers (E2PB, E2TB = 0) are EL2's own.
  MDCR_EL2.write(
    (MDCR_EL2.read() & MDCR_EL2.mask('HPMN')) | MDCR_EL2.of({ TPMCR: 1n, TPM: 1n, TDA: 1n, TDOSA: 1n, TDRA: 1n, TPMS: 1n, TTRF: 1n }),
  );
  // Guests cannot turn off what firmware left of breakpoints: their accesses trap and are ignored.
  MDSCR_EL1.write(0n);
  startLaterFeatures();
}

/** Trap registers that processors have who have more to trap. Firmware lets EL2 use them [Linux, Documentation/arch/arm64/booting.rst "Call the kernel image"]. */
function startLaterFeatures(): void {
  if (ID_AA64MMFR1_EL1.get(ID_AA64MMFR1_EL1.read(), 'HCX') !== 0n) {
    // Every bit of a feature is an enable: with zero, 64-byte stores, TCR2_EL1, SCTLR2_EL1, copies (FEAT_MOPS) and guarded stacks are not there.
    HCRX_EL2.write(0n);
  }
  const fineGrained = ID_AA64MMFR0_EL1.get(ID_AA64MMFR0_EL1.read(), 'FGT');
  if (fineGrained !== 0n) {
    // Old registers trap by a one, those that came later by a zero (nTPIDR2_EL0, nPIR_EL1, nGCS_EL1, nBRBDATA, ...).
    HFGRTR_EL2.write(0n);
    HFGWTR_EL2.write(0n);
    HFGITR_EL2.write(0n);
    HDFGRTR_EL2.write(0n);
    HDFGWTR_EL2.write(0n);
  }
  if (fineGrained > 1n) {
    HFGRTR2_EL2.write(0n);
    HFGWTR2_EL2.write(0n);
    HFGITR2_EL2.write(0n);
    HDFGRTR2_EL2.write(0n);
    HDFGWTR2_EL2.write(0n);
  }
  if (ID_AA64PFR0_EL1.get(ID_AA64PFR0_EL1.read(), 'MPAM') !== 0n) {
    MPAM2_EL2.write(MPAM2_EL2.of({ TRAPMPAM1EL1: 1n, TRAPMPAM0EL1: 1n }));
  }
}
