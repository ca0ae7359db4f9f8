/**
 * Every system register that an encoding can name at EL1: read into a table, or written. Most of them are not there, which costs an exception
 * that steps over the instruction.
 *
 * Left alone are the timers (Op1 = 3, CRn = 14), whose interrupts nobody would take, and what these programs stand on: SCTLR_EL1 and
 * VBAR_EL1. What reading itself changes is not read: the registers of the exceptions, and random numbers.
 */
import { VBAR_EL1 } from '@thimble/arm64/registers-el1.ts';
import { isb } from '@thimble/arm64/instructions.ts';

/** Op0 2 and 3; Op1 0 to 3; CRn; CRm; Op2: the number of a register counts them in this order. */
export const REGISTERS = 16_384;

const READS = comptime(() => {
  let text = '';
  for (let number = 0; number < 16_384; number += 1) {
    const crn = (number >> 7) & 15;
    const name = `${2 + (number >> 13)}_${(number >> 11) & 3}_C${crn}_C${(number >> 3) & 15}_${number & 7}`;
    const isOfExceptions = name === '3_0_C4_C0_0' || name === '3_0_C4_C0_1' || name === '3_0_C5_C2_0';
    const isRandom = name === '3_3_C2_C4_0' || name === '3_3_C2_C4_1';
    if (isOfExceptions || isRandom || (number >> 11 === 7 && crn === 14)) text += 'str xzr, [x2], #8\n';
    else text += `mov x0, #0\nmrs x0, S${name}\nstr x0, [x2], #8\n`;
  }
  return text;
});
const WRITES = comptime(() => {
  let text = '';
  for (let number = 0; number < 16_384; number += 1) {
    const crn = (number >> 7) & 15;
    const name = `${2 + (number >> 13)}_${(number >> 11) & 3}_C${crn}_C${(number >> 3) & 15}_${number & 7}`;
    if (name !== '3_0_C1_C0_0' && name !== '3_0_C12_C0_0' && !(number >> 11 === 7 && crn === 14)) text += `msr S${name}, x0\n`;
  }
  return text;
});

/** Steps over what is undefined, with whichever stack pointer; changes x1 only. */
export const vectors = naked<() => void>(
  asm`
    mrs   x1, elr_el1
    add   x1, x1, #4
    msr   elr_el1, x1
    eret
    .balign 128
    b     .
    .balign 128
    b     .
    .balign 128
    b     .
    .balign 128
    mrs   x1, elr_el1
    add   x1, x1, #4
    msr   elr_el1, x1
    eret
    .balign 128
    b     .`,
  { align: 2048 },
);

export function open(): void {
  VBAR_EL1.write(linkerSymbol('every_register_vectors'));
  isb();
}

/** Reads them all to the doublewords from `table` on; what is not there reads as 0. */
export const readAll = naked<(table: u64) => void>(asm`
    mov   x2, x0
    msr   nzcv, xzr                       // the only other thing that the reader itself changes
    ${READS}
    ret`);

/** Writes `value` to them all; the stack pointer and the interrupt masks are as before. */
export const writeAll = naked<(value: u64) => void>(asm`
    ${WRITES}
    msr   spsel, #1
    msr   daifset, #15
    ret`);
