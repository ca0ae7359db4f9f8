/**
 * What the whole board executes, counted by a machine of ours while it waits for its devices: as spinner.ts does it for Linux, its second vCPU spins, and counts
 * its rounds.
 */
import { hvc, isb } from '@thimble/arm64/instructions.ts';
import { CNTVCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import * as measuring from './measuring.ts';

const CPU_ON = 0xc400_0003n;
const ROUND_INSTRUCTIONS = 4n;

class Counted {
  rounds: u64 = 0n;
}
const counted = new Counted();
let roundsBefore: u64 = 0n;
let ticksBefore: u64 = 0n;

/** x0 is the address of `counted`. */
export const spin = naked<() => never>(asm`
    mov   x1, #0
  1:
    add   x1, x1, #1
    str   x1, [x0]
    wfe                                   // QEMU turns to another CPU, if one is ready
    b     1b`);

/** A machine without a second vCPU counts nothing. */
export function start(): void {
  hvc(CPU_ON, 1n, linkerSymbol('second_cpu_spin'), addressOf(counted));
}

function ticks(): u64 {
  isb();
  return CNTVCT_EL0.read();
}

/** Instructions are counted from here on. */
export function begin(): void {
  roundsBefore = mmio.read64(addressOf(counted));
  ticksBefore = ticks();
}

/** Instructions since `begin` that were not the second vCPU's. */
export function instructions(): u64 {
  const passed = (ticks() - ticksBefore) * measuring.INSTRUCTIONS_A_TICK;
  const own = (mmio.read64(addressOf(counted)) - roundsBefore) * ROUND_INSTRUCTIONS;
  // The clock is coarser than the count.
  return passed > own ? passed - own : 0n;
}
