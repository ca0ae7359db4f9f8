/**
 * What the whole board executes, counted by a process of Linux while the board waits for its devices. QEMU's instruction clock jumps to the next timer when every
 * CPU waits; so a second process spins on a CPU of its own and counts its rounds. All that the clock has counted, less these rounds, somebody else has executed.
 */
import { CNTVCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { isb } from '@thimble/arm64/instructions.ts';
import * as linux from './linux-calls.ts';
import { INSTRUCTIONS_A_TICK } from './measuring.ts';

const ROUND_INSTRUCTIONS = 4n;
const PAGE_BYTES = 0x1000n;

/** Where the rounds are counted; 0 while nobody spins. */
let counted: u64 = 0n;
let roundsBefore: u64 = 0n;
let ticksBefore: u64 = 0n;

const spin = naked<(counted: u64) => void>(asm`
    mov   x1, #0
  1:
    add   x1, x1, #1
    str   x1, [x0]
    wfe                                   // QEMU turns to another CPU, if one is ready
    b     1b`);

/** Starts to spin on CPU `cpu`, and keeps this process on CPU 0. A machine without such a CPU counts nothing. */
export function start(cpu: u64): void {
  linux.pinTo(0n);
  const page = linux.mapShared(PAGE_BYTES);
  if (linux.fork() === 0n) {
    if (linux.pinTo(cpu)) {
      spin(page);
    }
    linux.exit(0n);
  }
  counted = page;
}

function rounds(): u64 {
  return mmio.read64(counted);
}

function ticks(): u64 {
  isb();
  return CNTVCT_EL0.read();
}

/** Instructions are counted from here on. */
export function begin(): void {
  roundsBefore = rounds();
  ticksBefore = ticks();
}

/** Instructions since `begin` that were not the spinner's. */
export function instructions(): u64 {
  const passed = ticks() - ticksBefore;
  return passed * INSTRUCTIONS_A_TICK - (rounds() - roundsBefore) * ROUND_INSTRUCTIONS;
}

/** Prints what one of `count` operations since `begin` took. */
export function report(key: string, count: u64): void {
  const all = instructions();
  linux.print('bench ');
  linux.print(key);
  linux.print(' ');
  linux.printDecimal((all + count / 2n) / count);
  linux.print('\n');
}
