/**
 * Copying, between our own memory and machines' too. Beside this, what machines have in their memory is reached by the accessors for device
 * registers alone, which the compiler neither repeats nor leaves out: a machine may change it at any time.
 */

/**
 * What we have of `bytes` bytes in our caches goes: what is read next is what is in memory, for who writes there past the caches. [DDI0487 "CTR_EL0",
 * "DC CIVAC"]
 */
export const freshen = naked<(address: u64, bytes: u64) => void>(asm`
    mrs   x2, ctr_el0
    ubfx  x2, x2, #16, #4                 // DminLine: words of the smallest line, as a power of two
    mov   x3, #4
    lsl   x2, x3, x2
    add   x1, x0, x1
    sub   x3, x2, #1
    bic   x0, x0, x3
  1:
    dc    civac, x0
    add   x0, x0, x2
    cmp   x0, x1
    b.lo  1b
    dsb   sy                              // the lines are gone before anything is read
    ret`);

/**
 * A number that is another one if the `bytes` bytes, a multiple of 32 and more than none, are others, but for a coincidence of 2^-64 or so; not for who
 * would make one. Each word goes into one of four lanes: multiplied by an odd number, with what that moves to the top brought down again.
 */
export const digest = naked<(address: u64, bytes: u64) => u64>(asm`
    ldr   x2, =0x9e3779b97f4a7c15
    mov   x3, x2
    mov   x4, x2
    mov   x5, x2
    mov   x6, x2
  1:
    ldp   x7, x8, [x0], #16
    ldp   x9, x10, [x0], #16
    eor   x3, x3, x7
    eor   x4, x4, x8
    eor   x5, x5, x9
    eor   x6, x6, x10
    mul   x3, x3, x2
    mul   x4, x4, x2
    mul   x5, x5, x2
    mul   x6, x6, x2
    eor   x3, x3, x3, lsr #32
    eor   x4, x4, x4, lsr #32
    eor   x5, x5, x5, lsr #32
    eor   x6, x6, x6, lsr #32
    subs  x1, x1, #32
    b.ne  1b
    eor   x0, x3, x4, ror #16
    eor   x0, x0, x5, ror #32
    eor   x0, x0, x6, ror #48
    ret
    .ltorg`);

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
