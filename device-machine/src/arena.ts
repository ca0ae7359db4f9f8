/**
 * Memory that queues and buffers are made of at start, and that is never given back. Each piece is contiguous for devices: it does not cross
 * a 2 MiB block. What there is suffices for all that a configuration can ask for; a guest's wishes take nothing of it once all is open.
 */
import { KEPT } from './limits.ts';

const BLOCK_BYTES = 0x20_0000n;
const PAGE_BYTES = 0x1000n;

let next: u64 = 0n;

/** `bytes` zeroed bytes, at most 2 MiB, at a multiple of 4 KiB. */
export function take(bytes: u64): u64 {
  if (next === 0n) {
    next = linkerSymbol('__arena');
  }
  const size = (bytes + PAGE_BYTES - 1n) & ~(PAGE_BYTES - 1n);
  const room = BLOCK_BYTES - (next & (BLOCK_BYTES - 1n));
  const first = size <= room ? next : next + room;
  next = first + size;
  assert(next <= KEPT);
  for (let at = first; at < next; at += 8n) {
    memory.store64(at, 0n);
  }
  return first;
}

/** `bytes` zeroed bytes from a multiple of 2 MiB on: contiguous for us, and in each of their blocks for devices. */
export function takeBlocks(bytes: u64): u64 {
  let rest = (bytes + BLOCK_BYTES - 1n) & ~(BLOCK_BYTES - 1n);
  let first: u64 = 0n;
  while (rest !== 0n) {
    // The first piece goes to the next boundary, the others follow it without a gap.
    const piece = take(BLOCK_BYTES);
    first = first === 0n ? piece : first;
    rest -= BLOCK_BYTES;
  }
  return first;
}
