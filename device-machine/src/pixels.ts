/**
 * Rows of pixels, 4 bytes each, filled, copied and made smaller: the most that the device machine ever does at a time, and so done by the vector registers. Nothing else of it
 * uses them, and the hypervisor exchanges them only when somebody does. [DDI0487 "UHADD", "LD2 (multiple structures)"]
 */

/** The compiler may not use these registers, so the assembler has to be told, in the same statement. */
const V = '.arch_extension simd;';

/** `count` pixels of one colour. */
export const fill = naked<(to: u64, count: u64, colour: u32) => void>(asm`
    ${V} dup   v0.4s, w2
  1:
    subs  x1, x1, #8
    b.lo  2f
    ${V} stp   q0, q0, [x0], #32
    b     1b
  2:
    adds  x1, x1, #8
    b.eq  4f
  3:
    str   w2, [x0], #4
    subs  x1, x1, #1
    b.ne  3b
  4:
    ret`);

/** Copies `bytes` bytes, a multiple of 4, that do not overlap. */
export const copy = naked<(to: u64, from: u64, bytes: u64) => void>(asm`
  1:
    subs  x2, x2, #128
    b.lo  2f
    ${V} ldp   q0, q1, [x1]
    ${V} ldp   q2, q3, [x1, #32]
    ${V} ldp   q4, q5, [x1, #64]
    ${V} ldp   q6, q7, [x1, #96]
    add   x1, x1, #128
    ${V} stp   q0, q1, [x0]
    ${V} stp   q2, q3, [x0, #32]
    ${V} stp   q4, q5, [x0, #64]
    ${V} stp   q6, q7, [x0, #96]
    add   x0, x0, #128
    b     1b
  2:
    add   x2, x2, #128
  3:
    subs  x2, x2, #16
    b.lo  4f
    ${V} ldr   q0, [x1], #16
    ${V} str   q0, [x0], #16
    b     3b
  4:
    adds  x2, x2, #16
    b.eq  6f
  5:
    ldr   w3, [x1], #4
    str   w3, [x0], #4
    subs  x2, x2, #4
    b.ne  5b
  6:
    ret`);

/** Makes `count` pixels, each the mean of two by two of the rows `above` and `below`: each part of a colour by itself, rounded down in two steps. */
export const halve = naked<(to: u64, above: u64, below: u64, count: u64) => void>(asm`
  1:
    subs  x3, x3, #8
    b.lo  2f
    ${V} ld2   {v0.4s, v1.4s}, [x1], #32       // pixels of even columns, and of odd ones
    ${V} ld2   {v2.4s, v3.4s}, [x1], #32
    ${V} ld2   {v4.4s, v5.4s}, [x2], #32
    ${V} ld2   {v6.4s, v7.4s}, [x2], #32
    ${V} uhadd v0.16b, v0.16b, v4.16b
    ${V} uhadd v1.16b, v1.16b, v5.16b
    ${V} uhadd v2.16b, v2.16b, v6.16b
    ${V} uhadd v3.16b, v3.16b, v7.16b
    ${V} uhadd v0.16b, v0.16b, v1.16b
    ${V} uhadd v2.16b, v2.16b, v3.16b
    ${V} stp   q0, q2, [x0], #32
    b     1b
  2:
    adds  x3, x3, #8
    b.eq  4f
  3:
    ${V} ld2   {v0.s, v1.s}[0], [x1], #8
    ${V} ld2   {v4.s, v5.s}[0], [x2], #8
    ${V} uhadd v0.8b, v0.8b, v4.8b
    ${V} uhadd v1.8b, v1.8b, v5.8b
    ${V} uhadd v0.8b, v0.8b, v1.8b
    ${V} str   s0, [x0], #4
    subs  x3, x3, #1
    b.ne  3b
  4:
    ret`);
