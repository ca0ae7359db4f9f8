/**
 * Programs at EL0, in AArch64 and in both instruction sets of AArch32, whose exceptions the hypervisor has to tell apart: an instruction
 * may be 2 bytes long there, an abort comes from a lower level, and coprocessors are not system registers.
 */
import { SCTLR_EL1 } from '@thimble/arm64/registers-el1.ts';
import { CNTV_CTL_EL0, CNTV_CVAL_EL0 } from '@thimble/arm64/registers-timer.ts';
import { dsbSy, isb } from '@thimble/arm64/instructions.ts';
import { notes } from './exception-notes.ts';
import * as timers from './timers.ts';
import * as uart from '../runtime/uart.ts';

/** PSTATE at EL0, interrupts masked: AArch64; AArch32 with A32 and with T32 instructions [DDI0487 "SPSR_EL1"]. */
const AARCH64 = 0x3c0n;
const A32 = 0x1d0n;
const T32 = 0x1f0n;

/** Runs the program at `entry` until its first exception. */
const run = naked<(entry: u64, pstate: u64) => void>(asm`
    stp   x29, x30, [sp, #-16]!
    mrs   x2, tpidr_el1
    adr   x3, 1f
    str   x3, [x2, #40]
    msr   elr_el1, x0
    msr   spsr_el1, x1
    eret
  1:
    ldp   x29, x30, [sp], #16
    ret`);

/** Each ends with a supervisor call whose number says that nothing before it was skipped or done twice. */
export const waitInA64 = naked<() => void>(asm`
    wfi
    svc   #1
    svc   #99`);
export const waitInA32 = naked<() => void>(asm`
    .word 0xe320f003                      // wfi
    .word 0xef000002                      // svc #2
    .word 0xef000063                      // svc #99`);
export const waitInT32 = naked<() => void>(asm`
    .hword 0xbf30                         // wfi
    .hword 0xdf03                         // svc #3
    .hword 0xdf63                         // svc #99
    .hword 0xdf63`);
export const loadInA64 = naked<() => void>(asm`
    mov   x0, #0x30000000
    ldr   w0, [x0]
    svc   #99`);
export const loadInA32 = naked<() => void>(asm`
    .word 0xe3a00203                      // mov r0, #0x30000000
    .word 0xe5900000                      // ldr r0, [r0]
    .word 0xef000063                      // svc #99`);
export const debugInA32 = naked<() => void>(asm`
    .word 0xee100e10                      // mrc p14, 0, r0, c0, c0, 0: DBGDIDR
    .word 0xef000063                      // svc #99`);
export const callInA64 = naked<() => void>(asm`
    hvc   #0
    svc   #99`);

function attempt(name: string, entry: u64, pstate: u64): void {
  const before = notes.faults;
  run(entry, pstate);
  uart.text(name);
  uart.text(':');
  uart.field('exceptions', notes.faults - before);
  uart.field('esr', notes.esr);
  uart.line('');
}

function programs(): void {
  // An interrupt that is pending and masked: no wait is long.
  timers.openInterrupts();
  CNTV_CVAL_EL0.write(0n);
  CNTV_CTL_EL0.write(1n);
  SCTLR_EL1.write(SCTLR_EL1.read() | SCTLR_EL1.mask('NTWI'));
  dsbSy();
  isb();
  attempt('wait in A64', linkerSymbol('user_mode_waitInA64'), AARCH64);
  attempt('wait in A32', linkerSymbol('user_mode_waitInA32'), A32);
  attempt('wait in T32', linkerSymbol('user_mode_waitInT32'), T32);
  CNTV_CTL_EL0.write(0n);
  attempt('load in A64', linkerSymbol('user_mode_loadInA64'), AARCH64);
  attempt('load in A32', linkerSymbol('user_mode_loadInA32'), A32);
  attempt('debug register in A32', linkerSymbol('user_mode_debugInA32'), A32);
  attempt('hypercall in A64', linkerSymbol('user_mode_callInA64'), AARCH64);
}

/** The misdeed of that letter, if it is one of these. */
export function act(key: u8): boolean {
  switch (key) {
    case 0x30: // 0
      programs();
      return true;
    default:
      return false;
  }
}
