/**
 * QEMU's clock as an instruction counter: with `-icount shift=0` it advances 1 ns an instruction, and CNTVCT_EL0, at
 * 62.5 MHz, one tick in 16 instructions.
 */
export const INSTRUCTIONS_PER_TICK = 16;

/** Long enough for a Linux boot on a busy machine. */
export const MEASURING_TIMEOUT_MS = 300_000;
