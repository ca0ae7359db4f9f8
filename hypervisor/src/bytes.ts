/** Bulk memory operations, as assembly: their inner loops are the only long ones in the hypervisor. */

/** Zeroes [start, end); both multiples of 8. */
export const zero = naked<(start: u64, end: u64) => void>(asm`
    sub   x2, x1, x0
    tbz   x2, #3, 1f
    str   xzr, [x0], #8
  1:
    tbz   x2, #4, 3f
    stp   xzr, xzr, [x0], #16
    b     3f
  2:
    stp   xzr, xzr, [x0], #32
    stp   xzr, xzr, [x0, #-16]
  3:
    cmp   x0, x1
    b.lo  2b
    ret`);

/**
 * Copies `lines` x 64 bytes and writes them back to the point of coherency: the guest starts with its caches off.
 * Both addresses are 64-byte aligned; reading past the source's end is the caller's to allow.
 */
export const copyLines = naked<(destination: u64, source: u64, lines: u64) => void>(asm`
  1:
    ldp   x4, x5, [x1]
    ldp   x6, x7, [x1, #16]
    ldp   x8, x9, [x1, #32]
    ldp   x10, x11, [x1, #48]
    stp   x4, x5, [x0]
    stp   x6, x7, [x0, #16]
    stp   x8, x9, [x0, #32]
    stp   x10, x11, [x0, #48]
    dc    cvac, x0
    add   x0, x0, #64
    add   x1, x1, #64
    subs  x2, x2, #1
    b.ne  1b
    ret`);
