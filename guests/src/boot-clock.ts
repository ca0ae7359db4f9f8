/**
 * The first process of a Linux machine that measures its own boot: prints the virtual counter, then powers off.
 *
 * A program for EL0 under Linux, linked by linux-process.ld; everything else in this folder runs at EL1.
 */
import { CNTVCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { isb } from '@thimble/arm64/instructions.ts';

const STANDARD_OUTPUT = 1n;
const REBOOT_MAGIC1 = 0xfee1deadn;
const REBOOT_MAGIC2 = 672274793n;
const REBOOT_POWER_OFF = 0x4321fedcn;

const DIGITS_MAX = 20;
const text = fixedArray(u8, DIGITS_MAX + 1);

/** write(2), call 64. */
const write = naked<(file: u64, address: u64, bytes: u64) => void>(asm`
    mov   x8, #64
    svc   #0
    ret`);

/** reboot(2), call 142. */
const reboot = naked<(magic1: u64, magic2: u64, order: u64) => void>(asm`
    mov   x8, #142
    svc   #0
    ret`);

function print(string: string): void {
  for (let i: u32 = 0; i < string.length; i += 1) {
    text[0] = string.charCodeAt(i);
    write(STANDARD_OUTPUT, addressOf(text), 1n);
  }
}

function printDecimal(value: u64): void {
  let first: u32 = DIGITS_MAX;
  let rest: u64 = value;
  do {
    first -= 1;
    text[first] = u8.wrap(0x30n + (rest % 10n));
    rest /= 10n;
  } while (rest !== 0n);
  write(STANDARD_OUTPUT, addressOf(text) + u64(first), u64(DIGITS_MAX - first));
}

export function main(): void {
  // The counter is not read before the instructions ahead of it are done.
  isb();
  const ticks = CNTVCT_EL0.read();
  print('boot-clock ');
  printDecimal(ticks);
  print('\n');
  reboot(REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_POWER_OFF);
}

/** Linux enters here with the stack that it made [System V ABI for AArch64 "Process initialisation"]. */
export const start = naked<() => void>(asm`
    mov   x29, #0
    bl    ${main}
    b     .`);
