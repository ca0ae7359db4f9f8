/**
 * What measuring programs share: a line a figure, `bench <key> <instructions>`, for the host tool. Under QEMU's
 * `-icount shift=0` the counter advances one tick in 16 instructions.
 */
import * as uart from './uart.ts';

export const INSTRUCTIONS_A_TICK = 16n;

/** Runs an empty loop `count` times and returns the ticks that took: what every measured loop has, and is subtracted. */
export const emptyLoop = naked<(count: u64) => u64>(asm`
    mrs   x9, cntvct_el0
  1:
    subs  x0, x0, #1
    b.ne  1b
    mrs   x0, cntvct_el0
    sub   x0, x0, x9
    ret`);

/** Prints what one of `count` operations took, to the nearest instruction. */
export function report(key: string, ticks: u64, count: u64): void {
  const net = ticks - emptyLoop(count);
  line(key, (net * INSTRUCTIONS_A_TICK + count / 2n) / count);
}

export function line(key: string, value: u64): void {
  uart.text('bench ');
  uart.text(key);
  uart.text(' ');
  uart.decimal(value);
  uart.line('');
}
