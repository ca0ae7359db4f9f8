/**
 * Exception vectors of a guest that does wrong on purpose and lives on: a fault is noted and stepped over, an interrupt is
 * counted, acknowledged and ended, but never silenced.
 *
 * TPIDR_EL1 holds the address of `notes`; x0 and x1 are kept on the stack.
 */
import { VBAR_EL1, TPIDR_EL1 } from '@thimble/arm64/registers-el1.ts';
import { isb } from '@thimble/arm64/instructions.ts';
import * as uart from '../runtime/uart.ts';

/** The assembly below knows the fields' order. */
class Notes {
  faults: u64 = 0n;
  /** Of the last fault. */
  esr: u64 = 0n;
  far: u64 = 0n;
  elr: u64 = 0n;
  interrupts: u64 = 0n;
  /** Where an exception of EL0 ends. */
  home: u64 = 0n;
}

export const notes = new Notes();

export function open(): void {
  TPIDR_EL1.write(addressOf(notes));
  VBAR_EL1.write(linkerSymbol('exception_notes_vectors'));
  isb();
}

/** Prints what the misdeed `name` led to since `faultsBefore`: the syndrome and address of its fault, or that there was none. */
export function report(name: string, faultsBefore: u64): void {
  uart.text(name);
  if (notes.faults === faultsBefore) {
    uart.line(': no fault');
    return;
  }
  uart.text(': fault');
  uart.field('esr', notes.esr);
  uart.field('far', notes.far);
  uart.line('');
}

/** A failed fetch goes on where its caller called; anything else at the next instruction. */
const noteFault = naked<() => never>(asm`
    stp   x0, x1, [sp, #-16]!
    mrs   x0, tpidr_el1
    ldr   x1, [x0, #0]
    add   x1, x1, #1
    str   x1, [x0, #0]
    mrs   x1, far_el1
    str   x1, [x0, #16]
    mrs   x1, elr_el1
    str   x1, [x0, #24]
    mrs   x1, esr_el1
    str   x1, [x0, #8]
    lsr   x1, x1, #26
    cmp   x1, #0x21
    mrs   x1, elr_el1
    add   x1, x1, #4
    csel  x1, x30, x1, eq
    msr   elr_el1, x1
    ldp   x0, x1, [sp], #16
    eret`);

/** Any exception of EL0, in AArch64 or AArch32 state: noted, and the program there does not go on. */
const noteUser = naked<() => never>(asm`
    mrs   x0, tpidr_el1
    ldr   x1, [x0, #0]
    add   x1, x1, #1
    str   x1, [x0, #0]
    mrs   x1, esr_el1
    str   x1, [x0, #8]
    mrs   x1, far_el1
    str   x1, [x0, #16]
    ldr   x1, [x0, #40]
    msr   elr_el1, x1
    mov   x1, #0x3c5                      // EL1 with its own stack, interrupts masked
    msr   spsr_el1, x1
    eret`);

const noteInterrupt = naked<() => never>(asm`
    stp   x0, x1, [sp, #-16]!
    mrs   x0, tpidr_el1
    ldr   x1, [x0, #32]
    add   x1, x1, #1
    str   x1, [x0, #32]
    mrs   x1, icc_iar1_el1
    msr   icc_eoir1_el1, x1
    ldp   x0, x1, [sp], #16
    eret`);

export const vectors = naked<() => void>(
  asm`
    b     .
    .balign 128
    b     .
    .balign 128
    b     .
    .balign 128
    b     .
    .balign 128
    b     ${noteFault}
    .balign 128
    b     ${noteInterrupt}
    .balign 128
    b     .
    .balign 128
    b     .
    .balign 128
    b     ${noteUser}                     // EL0 in AArch64
    .balign 512
    b     ${noteUser}                     // EL0 in AArch32`,
  { align: 2048 },
);
