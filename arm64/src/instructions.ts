/** Instructions that TypeScript has no word for, one function each. */

/** Later instructions see the effect of earlier system register writes. */
export function isb(): void {
  asm`isb`;
}
/** Every earlier memory access, cache and TLB operation has completed for the inner shareable domain. */
export function dsbIsh(): void {
  asm`dsb ish`;
}
/** Every earlier memory access, cache and TLB operation has completed for this processor. */
export function dsbNsh(): void {
  asm`dsb nsh`;
}
/** Every earlier store, table updates above all, is visible to the inner shareable domain. */
export function dsbIshst(): void {
  asm`dsb ishst`;
}
/** Memory accesses before and after stay in order for the inner shareable domain. */
export function dmbIsh(): void {
  asm`dmb ish`;
}
/** Every earlier memory access has completed for the whole system. */
export function dsbSy(): void {
  asm`dsb sy`;
}
/** Sleeps until an interrupt is pending, even a masked one. */
export function wfi(): void {
  asm`wfi`;
}
/** Sleeps until another processor signals an event. */
export function wfe(): void {
  asm`wfe`;
}
/** Wakes every processor that is in `wfe`. */
export function sev(): void {
  asm`sev`;
}
/** Drops every instruction cache line in the inner shareable domain; complete after `dsbIsh`. */
export function icIallUis(): void {
  asm`ic ialluis`;
}
/** Drops every instruction cache line of this processor; complete after `dsbNsh`. */
export function icIallu(): void {
  asm`ic iallu`;
}
/** Drops the EL2 translations of all addresses on this processor. */
export function tlbiAllE2(): void {
  asm`tlbi alle2`;
}
/** Drops the EL2 translation of one address on this processor; `page` is the address >> 12. */
export function tlbiVaE2(page: u64): void {
  asm`tlbi vae2, ${page}`;
}
/** Drops both stages' translations of the VMID in VTTBR_EL2, on all processors. */
export function tlbiVmAllS12E1Is(): void {
  asm`tlbi vmalls12e1is`;
}
/** Drops stage 1 translations of the VMID in VTTBR_EL2 on this processor. */
export function tlbiVmAllE1(): void {
  asm`tlbi vmalle1`;
}
/** Drops both stages' translations of every VMID, on all processors. */
export function tlbiAllE1Is(): void {
  asm`tlbi alle1is`;
}
/** Has EL1's stage 1 translate `address`, as for a load; the answer is in PAR_EL1 after `isb`. */
export function atS1e1r(address: u64): void {
  asm`at s1e1r, ${address}`;
}
/** Invalidates the cache line at `address` to the point of coherency, without writing it back. */
export function dcIvac(address: u64): void {
  asm`dc ivac, ${address}`;
}
/** Writes the cache line at `address` back to the point of coherency and drops it. */
export function dcCivac(address: u64): void {
  asm`dc civac, ${address}`;
}

/** SMCCC 1.1 call by `smc` [DEN0028 "Register use in AArch64 SMC and HVC calls"]; returns x0. */
export const smc = naked<(id: u64, a: u64, b: u64, c: u64) => u64>(asm`
  smc #0
  ret`);

/** The same by `hvc`. */
export const hvc = naked<(id: u64, a: u64, b: u64, c: u64) => u64>(asm`
  hvc #0
  ret`);

/** An instruction, as far as it tells a call [DDI0487 "BL"]. */
export const InstructionWord = bits({ name: 'InstructionWord', fields: { OPCODE: [31, 26] } });
export const OPCODE_BL = 0x25n;
