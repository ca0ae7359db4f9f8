/**
 * What every guest program needs before its first line of TypeScript: a stack and zeroed variables. Its entry is
 *
 *     export const entry = naked<() => never>(asm`
 *       bl  ${prepare}
 *       b   ${main}`, { section: '.text.start' });
 */

/** Sets the stack, zeroes the variables; keeps x0 (the device tree) and x19 (for a program that wants to keep something). */
export const prepare = naked<() => void>(asm`
    adrp  x1, __stack_end
    add   x1, x1, :lo12:__stack_end
    mov   sp, x1
    adrp  x1, __bss_start
    add   x1, x1, :lo12:__bss_start
    adrp  x2, __bss_end
    add   x2, x2, :lo12:__bss_end
  1:
    cmp   x1, x2
    b.hs  2f
    stp   xzr, xzr, [x1], #16
    b     1b
  2:
    mov   x29, #0
    ret`);
