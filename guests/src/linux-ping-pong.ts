/**
 * The first process of a Linux machine with two CPUs, which measures how they wake each other: two processes, one a CPU, pass a
 * byte back and forth. Prints the ticks that takes and powers off; the same without a hypervisor.
 *
 * A program for EL0 under Linux, linked by linux-process.ld.
 */
import { CNTVCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { isb } from '@thimble/arm64/instructions.ts';
import * as linux from './runtime/linux-calls.ts';
import * as pingPong from './runtime/ping-pong.ts';

const PING_PONGS = 2_000n;
/** Until both processes are where they stay. */
const WARM_UP = 20n;

export function main(): void {
  pingPong.play(WARM_UP, 0n, 1n);
  isb();
  const start = CNTVCT_EL0.read();
  pingPong.play(PING_PONGS, 0n, 1n);
  isb();
  const ticks = CNTVCT_EL0.read() - start;
  linux.print('bench pingPong ');
  linux.printDecimal(ticks);
  linux.print('\n');
  linux.powerOff();
}

export const start = naked<() => void>(
  asm`
    bl    ${main}
    b     .`,
  { section: '.text.start' },
);
