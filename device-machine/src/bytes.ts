/**
 * Copying, between our own memory and machines' too. Beside this, what machines have in their memory is reached by the accessors for device
 * registers alone, which the compiler neither repeats nor leaves out: a machine may change it at any time.
 */

/** Copies `bytes` bytes that do not overlap. Each is read once. */
export const copy = naked<(to: u64, from: u64, bytes: u64) => void>(asm`
  1:
    cmp   x2, #64
    b.lo  2f
    ldp   x3, x4, [x1]
    ldp   x5, x6, [x1, #16]
    ldp   x7, x8, [x1, #32]
    ldp   x9, x10, [x1, #48]
    add   x1, x1, #64
    stp   x3, x4, [x0]
    stp   x5, x6, [x0, #16]
    stp   x7, x8, [x0, #32]
    stp   x9, x10, [x0, #48]
    add   x0, x0, #64
    sub   x2, x2, #64
    b     1b
  2:
    cmp   x2, #4
    b.lo  3f
    ldr   w3, [x1], #4
    str   w3, [x0], #4
    sub   x2, x2, #4
    b     2b
  3:
    cbz   x2, 4f
    ldrb  w3, [x1], #1
    strb  w3, [x0], #1
    sub   x2, x2, #1
    b     3b
  4:
    ret`);
