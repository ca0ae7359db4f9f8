/**
 * The first instructions: the arm64 Image header that every boot loader understands, and the way from there, at an
 * unknown physical address with the MMU off, to `main` at the address the image was linked for.
 *
 * Header and entry code live in the first 512 bytes of the vector table (vectors.ts), which belong to exceptions
 * taken with SP_EL0: EL2 never selects SP_EL0, so those vectors are never used.
 *
 * The step from physical to virtual address needs no identity map. VBAR_EL2 already holds the virtual address of the
 * vectors when SCTLR_EL2.M is set; the next instruction fetch, at a physical address that maps to nothing, faults,
 * and the fault's vector is reached at its virtual address. There SP = 0 tells this arrival from a real fault.
 *
 *     x19 image   x20 device tree   x21 workspace   x22 0 on the first processor, else 1
 *     (physical; kept until `arrive`)
 */
import * as bootTables from './boot-tables.ts';
import { AFFINITY_OFFSET, CPU_OFFSET, PROCESSOR_BYTES } from './cpu.ts';
import { CPUS_MAX } from './layout.ts';
import * as main from './main.ts';

/** Finds the image (x0, x19) and the workspace (x1, x21), and gives the C code of `bootTables` a stack. */
const locate = naked<() => void>(
  asm`
    msr   spsel, #1
    msr   daifset, #15
    adr   x19, entry_header
    ldr   x1, [x19, #0x10]
    add   x1, x1, x19                     // the end of the workspace, free until the stack is chosen
    mov   sp, x1
    ldr   x21, [x19, #0x30]
    sub   x21, x1, x21
    mov   x0, x19
    mov   x1, x21
    ret`,
  { section: '.text.entry' },
);

/** Turns the MMU on, and leaves through the fault that follows to `arrive`. */
const enable = naked<() => void>(
  asm`
    mov   x0, x21
    bl    ${bootTables.activate}          // x0 = the value for SCTLR_ELx
    mov   x1, #0
    mov   sp, x1
    mrs   x1, CurrentEL
    tbz   x1, #3, 1f
    msr   sctlr_el2, x0
    isb                                   // the new regime holds from the next fetch on
  1:
    msr   sctlr_el1, x0
    isb
    b     .`,
  { section: '.text.entry' },
);

/** x0 = physical address of the device tree [Linux, Documentation/arch/arm64/booting.rst "Call the kernel image"]. */
export const header = naked<() => void>(
  asm`
    b     1f
    nop
    .quad 0                               // text_offset
    .quad __image_and_workspace_bytes     // image_size: the builder adds what it appends
    .quad 0xa                             // flags: little endian, 4 KiB pages, anywhere in memory
    .quad 0
    .quad 0                               // res3: the manifest's offset in the file, the builder's
    .quad __workspace_bytes               // res4
    .ascii "ARM\\x64"
    .long 0
  1:
    mov   x20, x0
    mov   x22, #0
    bl    ${locate}
    bl    ${bootTables.build}
    b     ${enable}`,
  { section: '.text.entry.header', align: 2048 },
);

/** Where a further processor starts: told so by PSCI, or by the word that it waited for (spin-table). */
export const secondary = naked<() => void>(
  asm`
    mov   x22, #1
    bl    ${locate}
    b     ${enable}`,
  { section: '.text.entry' },
);

/** A further processor finds its Cpu by its affinity fields; a Cpu's address is also that of its empty stack. */
const enroll = naked<() => void>(asm`
    mrs   x0, mpidr_el1
    ubfx  x1, x0, #32, #8                 // Aff3; below it Aff2 to Aff0
    and   w0, w0, #0xffffff
    orr   x0, x0, x1, lsl #32
    adr   x3, __processors + ${CPU_OFFSET}
    mov   w2, #${CPUS_MAX}
  1:
    ldr   x4, [x3, #${AFFINITY_OFFSET}]
    cmp   x4, x0
    b.eq  2f
    add   x3, x3, #${PROCESSOR_BYTES}
    sub   w2, w2, #1
    cbnz  w2, 1b
  3:
    wfe                                   // nobody has called this one
    b     3b
  2:
    mov   sp, x3
    mov   x0, x3
    b     ${main.further}`);

/** At the virtual address at last: a stack, and on to TypeScript. */
export const arrive = naked<() => void>(
  asm`
    mov   x30, #0
    cbnz  x22, ${enroll}
    mov   x0, x20
    adr   x1, __boot_stack_end
    mov   sp, x1
    mov   x1, x19
    mov   x2, x21
    b     ${main.first}`,
  { section: '.text.entry' },
);
