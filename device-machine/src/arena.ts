/** Memory that queues and buffers are made of at start, and that is never given back. Each piece is contiguous for devices: it does not cross a 2 MiB block. */
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
  for (let at = first; at < next; at += 8n) {
    memory.store64(at, 0n);
  }
  return first;
}
