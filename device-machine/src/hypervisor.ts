/** The controller's calls (abi/src/controller-calls.ts). */
import {
  INTERRUPT_END, INTERRUPT_PASS, MACHINE_GRANT, MACHINE_INFO, MACHINE_START, TRANSLATE, VIRTIO_INTERRUPT, VIRTIO_RELEASE,
} from '@thimble/abi/controller-calls.ts';
import { PASSED_MACHINE_SHIFT } from '@thimble/abi/slot-layout.ts';
import { hvc } from '@thimble/arm64/instructions.ts';

const BLOCK_SHIFT = 21n;
const BLOCK_MASK = 0x1f_ffffn;
/** What TRANSLATE has said, by block of 2 MiB: RAM never moves. */
const CACHE_ENTRIES = 1024n;
const cachedBlocks = fixedArray(u64, 1024);
const cachedAddresses = fixedArray(u64, 1024);

export function machineState(machine: u32): u32 {
  return u32.wrap(hvc(u64(MACHINE_INFO), u64(machine), 0n, 0n));
}

/** Four registers of an answer. */
const answer = fixedArray(u64, 4);
const callForAll = naked<(id: u64, a: u64, b: u64, to: u64) => void>(asm`
    mov   x9, x3
    hvc   #0
    stp   x0, x1, [x9]
    stp   x2, x3, [x9, #16]
    ret`);

/** Ticks of the counter that the machine's vCPUs have run, together. */
export function ticksRun(machine: u32): u64 {
  callForAll(u64(MACHINE_INFO), u64(machine), 0n, addressOf(answer));
  return answer[1];
}

export function start(machine: u32): void {
  hvc(u64(MACHINE_START), u64(machine), 0n, 0n);
}

export function interrupt(machine: u32, slot: u32): void {
  hvc(u64(VIRTIO_INTERRUPT), u64(machine), u64(slot), 0n);
}

export function release(machine: u32, slot: u32): void {
  hvc(u64(VIRTIO_RELEASE), u64(machine), u64(slot), 0n);
}

/** Lets the machine see, at `at` | GRANT_READ_ONLY or not, what we see at `address`; nothing there, if that is 0. False if it cannot be. */
export function grant(machine: u32, at: u64, address: u64): boolean {
  return hvc(u64(MACHINE_GRANT), u64(machine), at, address) === 0n;
}

/** The board's interrupt `intid`, one of ours, is from here on SPI `spi` of the machine; if it is active, it ends. */
export function passInterrupt(intid: u32, machine: u32, spi: u32): void {
  hvc(u64(INTERRUPT_PASS), u64(intid), u64((machine << PASSED_MACHINE_SHIFT) | spi), 0n);
}

/** The board's interrupt `intid` may come again. */
export function endInterrupt(intid: u32): void {
  hvc(u64(INTERRUPT_END), u64(intid), 0n, 0n);
}

/** The physical address behind `address`, which is RAM: our own, or in a window. It holds up to the end of the 2 MiB around it. */
export function physical(address: u64): u64 {
  const block = address >> BLOCK_SHIFT;
  const index = u32(block % CACHE_ENTRIES);
  // No RAM is in block 0.
  if (cachedBlocks[index] !== block) {
    cachedAddresses[index] = hvc(u64(TRANSLATE), 0n, block << BLOCK_SHIFT, 0n);
    cachedBlocks[index] = block;
  }
  return cachedAddresses[index] | (address & BLOCK_MASK);
}
