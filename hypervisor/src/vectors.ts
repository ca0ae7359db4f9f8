/**
 * The exception vectors from offset 0x200 on (the first quarter holds entry.ts), and the two ways out of them.
 * [DDI0487 "Exception entry", "Exception vectors"]
 *
 * While a guest runs, SP_EL2 points to its vCPU, whose first field is x[0..30]: saving the guest's
 * registers takes no scratch register. The processor's own stack ends where TPIDR_EL2, its Cpu, begins.
 *
 *     guest traps -> slot: save x0..x30 -> traps.synchronous(vcpu, cpu) -> x0 = vCPU to run -> resume: load, eret
 *
 * ELR_EL2 and SPSR_EL2 stay in their registers unless another vCPU is to run (scheduler.ts).
 */
import { arrive } from './entry.ts';
import * as panic from './panic.ts';
import * as traps from './traps.ts';

/** x0 to x30 to or from the 31 doublewords at SP. */
const SAVE = comptime(() => {
  let text = '';
  for (let i = 0; i < 30; i += 2) {
    text += `stp x${i}, x${i + 1}, [sp, #${i * 8}]\n`;
  }
  return text + 'str x30, [sp, #240]\n';
});
const LOAD = comptime(() => {
  let text = '';
  for (let i = 0; i < 30; i += 2) {
    text += `ldp x${i}, x${i + 1}, [sp, #${i * 8}]\n`;
  }
  return text + 'ldr x30, [sp, #240]\n';
});

/** Enters the guest of the vCPU in x0. */
export const resume = naked<(vcpu: u64) => never>(
  asm`
    mov   sp, x0
    ${LOAD}
    eret`,
  { section: '.text.entry' },
);

/** A fault of ours: x0 to x30 and SP to the panic stack, which the boot no longer needs. */
const fatal = naked<() => void>(
  asm`
    msr   tpidr_el1, x0
    mov   x0, sp
    msr   sp_el1, x0
    adr   x0, __boot_stack_end
    sub   sp, x0, #2304                 // the boot itself may need what is above: its stack is 2048 bytes at most
    mrs   x0, tpidr_el1
    ${SAVE}
    mrs   x0, sp_el1
    str   x0, [sp, #248]
    mov   x0, sp
    b     ${panic.report}`,
  { section: '.text.entry' },
);

export const table = naked<() => void>(
  asm`
    // Current exception level, SP_ELx: our own fault, but for the arrival from the physical address.
    cmp   sp, #0
    b.eq  ${arrive}
    b     ${fatal}
    .balign 128
    b     ${fatal}
    .balign 128
    b     ${fatal}
    .balign 128
    b     ${fatal}
    .balign 128

    // Lower exception level, AArch64.
  1:
    ${SAVE}
    mov   x0, sp
    mrs   x1, tpidr_el2
    mov   sp, x1
    bl    ${traps.synchronous}
    b     ${resume}
    .balign 128
  2:
    ${SAVE}
    mov   x0, sp
    mrs   x1, tpidr_el2
    mov   sp, x1
    bl    ${traps.interrupt}
    b     ${resume}
    .balign 128
    b     2b
    .balign 128
  3:
    ${SAVE}
    mov   x0, sp
    mrs   x1, tpidr_el2
    mov   sp, x1
    bl    ${traps.systemError}
    b     ${resume}
    .balign 128

    // Lower exception level, AArch32: EL0 of a guest that runs 32-bit programs.
    b     1b
    .balign 128
    b     2b
    .balign 128
    b     2b
    .balign 128
    b     3b`,
  { section: '.text.vectors' },
);
