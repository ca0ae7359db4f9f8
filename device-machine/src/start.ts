/** The first instructions: the MMU, a stack, zeroed variables, exception vectors; then main.ts. */
import { CPACR_EL1 } from '@thimble/arm64/registers-el1.ts';
import { ATTRIBUTES, SCTLR, tables, TCR } from './address-space.ts';
import { crash } from './crash.ts';
import { main } from './main.ts';

const VECTORS_ON = CPACR_EL1.of({ FPEN: 3n });

const vectors = naked<() => never>(
  asm`
    b     ${crash}
    .balign 128
    b     ${crash}
    .balign 128
    b     ${crash}
    .balign 128
    b     ${crash}
    .balign 128
    mov   x0, sp                          // the rest of the stack is of no use any more
    b     ${crash}
    .balign 128
    b     ${crash}
    .balign 128
    b     ${crash}
    .balign 128
    b     ${crash}`,
  { align: 2048 },
);

export const entry = naked<() => never>(
  asm`
    ldr   x1, =${ATTRIBUTES}
    msr   mair_el1, x1
    ldr   x1, =${TCR}
    msr   tcr_el1, x1
    adr   x1, ${tables}
    msr   ttbr0_el1, x1
    isb                                   // the registers hold before the MMU is on
    ldr   x1, =${SCTLR}
    msr   sctlr_el1, x1
    mov   x1, #${VECTORS_ON}               // for pixels.ts
    msr   cpacr_el1, x1
    isb
    adr   x1, __stack_end
    mov   sp, x1
    adr   x1, __bss_start
    adr   x2, __bss_end
  1:
    cmp   x1, x2
    b.hs  2f
    stp   xzr, xzr, [x1], #16
    b     1b
  2:
    adr   x1, ${vectors}
    msr   vbar_el1, x1
    mov   x29, #0
    b     ${main}
    .ltorg`,
  { section: '.text.start' },
);
