/**
 * The exception vectors from offset 0x200 on (the first quarter holds entry.ts), and the two ways out of them.
 * [DDI0487 "Exception entry", "Exception vectors"]
 *
 * While a guest runs, SP_EL2 points to its vCPU, whose first field is x[0..30]: saving the guest's
 * registers takes no scratch register. The processor's own stack ends where TPIDR_EL2, its Cpu, begins.
 *
 *     guest traps -> slot: save x0..x30 -> traps.synchronous(cpu, vcpu) -> x0 = vCPU to run -> resume: load, eret
 *     interrupt   -> slot: save x0..x19, x30 -> traps.interrupt(vcpu, cpu) -> load those, eret
 *                                            -> cpu.reschedule: save the rest, scheduler.reschedule(cpu, vcpu), resume
 *
 * An interrupt most often leaves the same guest running, and nothing looks at its registers: those that TypeScript's
 * functions keep (x19 to x29, [AAPCS64 "Parameter passing"]) stay where they are until another vCPU is to run.
 *
 * Each vector is 128 bytes long and most need few of them; the linker puts other functions into the rest (thimble.ld).
 *
 * ELR_EL2 and SPSR_EL2 stay in their registers unless another vCPU is to run (scheduler.ts).
 */
import * as aarch32Traps from './aarch32-traps.ts';
import { RESCHEDULE_OFFSET } from './cpu.ts';
import { arrive } from './entry.ts';
import * as panic from './panic.ts';
import * as scheduler from './scheduler.ts';
import * as traps from './traps.ts';

/** x0 to x30 to or from the 31 doublewords at SP; first what a function may change, and x19. */
const SAVE_CHANGED_BUT_LINK = comptime(() => {
  let text = '';
  for (let i = 0; i < 20; i += 2) {
    text += `stp x${i}, x${i + 1}, [sp, #${i * 8}]\n`;
  }
  return text;
});
/** Behind x30 is what an instruction names by 31. */
const SAVE_LINK = 'stp x30, xzr, [sp, #240]';
const SAVE_CHANGED = comptime(() => SAVE_LINK + '\n' + SAVE_CHANGED_BUT_LINK);
const LOAD_CHANGED = comptime(() => {
  let text = 'ldr x30, [sp, #240]\n';
  for (let i = 0; i < 20; i += 2) {
    text += `ldp x${i}, x${i + 1}, [sp, #${i * 8}]\n`;
  }
  return text;
});
const SAVE_KEPT = comptime(() => {
  let text = '';
  for (let i = 20; i < 30; i += 2) {
    text += `stp x${i}, x${i + 1}, [sp, #${i * 8}]\n`;
  }
  return text;
});
const LOAD_KEPT = comptime(() => {
  let text = '';
  for (let i = 20; i < 30; i += 2) {
    text += `ldp x${i}, x${i + 1}, [sp, #${i * 8}]\n`;
  }
  return text;
});

/** Enters the guest of the vCPU in x0; from `.Lresume_changed` on of that at SP, whose x20 to x29 are in the processor. */
export const resume = naked<(vcpu: u64) => never>(
  asm`
    mov   sp, x0
    ${LOAD_KEPT}
  .Lresume_changed:
    ${LOAD_CHANGED}
    eret`,
  { section: '.text.entry' },
);

/** Enters whatever the Cpu in x0 is to run instead of the vCPU in x1; that is any while the Cpu is not `running`. */
export const run = naked<(cpu: u64) => never>(
  asm`
    bl    ${scheduler.reschedule}
    b     ${resume}`,
  { section: '.text.entry' },
);

/** The vCPU in x19, of which the first half is saved, may have to leave the processor, on whose stack we are. */
const leave = naked<() => never>(
  asm`
    mov   x1, x19
    mov   x0, sp
    mov   sp, x1
    bl    .Lsave_kept
    mov   sp, x0
    b     ${run}`,
  { section: '.text.entry' },
);

/** x0 to x29 to the vCPU or the stack at SP, where speed does not matter; from `.Lsave_kept` on x20 to x29. */
const save = naked<() => void>(
  asm`
    ${SAVE_CHANGED_BUT_LINK}
  .Lsave_kept:
    ${SAVE_KEPT}
    ret`,
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
    str   x30, [sp, #240]
    bl    ${save}
    mrs   x0, sp_el1
    str   x0, [sp, #248]
    mov   x0, sp
    b     ${panic.report}`,
  { section: '.text.entry' },
);

/** Current exception level, SP_ELx: our own fault, but for the arrival from the physical address. */
export const ownSynchronous = naked<() => void>(
  asm`
    cmp   sp, #0
    b.eq  ${arrive}
    b     ${fatal}`,
  { section: '.text.vectors.200' },
);
export const ownInterrupt = naked<() => void>(asm`b ${fatal}`, { section: '.text.vectors.280' });
export const ownFastInterrupt = naked<() => void>(asm`b ${fatal}`, { section: '.text.vectors.300' });
export const ownSystemError = naked<() => void>(asm`b ${fatal}`, { section: '.text.vectors.380' });

/** Lower exception level, where EL1 is AArch64. */
export const synchronous = naked<() => void>(
  asm`
    ${SAVE_CHANGED}
    ${SAVE_KEPT}
    mov   x1, sp
    mrs   x0, tpidr_el2
    mov   sp, x0
    bl    ${traps.synchronous}
    b     ${resume}`,
  { section: '.text.vectors.400' },
);
export const interrupt = naked<() => void>(
  asm`
    ${SAVE_CHANGED}
    mov   x19, sp
    mov   x0, sp
    mrs   x1, tpidr_el2
    mov   sp, x1
    bl    ${traps.interrupt}
    ldrb  w0, [sp, #${RESCHEDULE_OFFSET}]             // cpu.reschedule
    tbnz  w0, #0, ${leave}
    mov   sp, x19
    b     .Lresume_changed`,
  { section: '.text.vectors.480' },
);
export const fastInterrupt = naked<() => void>(asm`b ${interrupt}`, { section: '.text.vectors.500' });
/** An SError says so in ESR_EL2 as a synchronous exception says what it is. */
export const systemError = naked<() => void>(asm`b ${synchronous}`, { section: '.text.vectors.580' });

/** Lower exception level, where EL1 is AArch32. (Programs in AArch32 come in above if their EL1 is AArch64.) */
export const synchronous32 = naked<() => void>(
  asm`
    ${SAVE_LINK}
    bl    ${save}
    mov   x1, sp
    mrs   x0, tpidr_el2
    mov   sp, x0
    bl    ${aarch32Traps.synchronous}
    b     ${resume}`,
  { section: '.text.vectors.600' },
);
export const interrupt32 = naked<() => void>(asm`b ${interrupt}`, { section: '.text.vectors.680' });
export const fastInterrupt32 = naked<() => void>(asm`b ${interrupt}`, { section: '.text.vectors.700' });
export const systemError32 = naked<() => void>(asm`b ${synchronous32}`, { section: '.text.vectors.780' });
