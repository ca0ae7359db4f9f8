/**
 * The board's RAM that nothing uses yet, as sorted-by-discovery ranges of physical addresses. Filled once from the device
 * tree, then given out at boot and never taken back: a VM keeps its RAM over every reset.
 */
import { alignUp, pa, type Pa } from './address.ts';

const RANGES_MAX = 32;

class Range {
  base: u64 = 0n;
  end: u64 = 0n;
}

/** Those of no bytes are free places. */
const ranges = fixedArray(Range, RANGES_MAX);
/** Bytes of RAM that the board has; exact until something is reserved. */
export let boardBytes: u64 = 0n;

/** What `claim` returns when nothing fits. */
export const NONE = 0xffff_ffff_ffff_ffffn;

/** A bank of RAM. More than `RANGES_MAX` ranges are ignored: RAM that is not used harms nobody. */
export function addBank(base: u64, bytes: u64): void {
  // What two banks both claim is RAM only once.
  reserve(base, bytes);
  append(base, endOf(base, bytes));
  boardBytes = 0n;
  for (const range of ranges) {
    boardBytes = wrappingAdd(boardBytes, wrappingSub(range.end, range.base));
  }
}

/** Takes `bytes` at `base` out of every range, as far as they are RAM at all. */
export function reserve(base: u64, bytes: u64): void {
  const end = endOf(base, bytes);
  for (const range of ranges) {
    if (base < end && base < range.end && end > range.base) {
      const tail = range.end;
      range.end = base > range.base ? base : range.base;
      append(end, tail);
    }
  }
}

/** Where `bytes` at `base` end; a length beyond all addresses ends at the last one. */
function endOf(base: u64, bytes: u64): u64 {
  const end = wrappingAdd(base, bytes);
  return end >= base ? end : NONE;
}

/** `bytes` of RAM at a multiple of `alignment`, from the first range that has them; the address, or NONE. */
export function claim(bytes: u64, alignment: u64): u64 {
  for (const range of ranges) {
    const head = range.base;
    const start = alignUp(head, alignment);
    if (start >= head && start < range.end && wrappingSub(range.end, start) >= bytes) {
      range.base = wrappingAdd(start, bytes);
      append(head, start);
      return start;
    }
  }
  return NONE;
}

/** A 2 MiB block; NONE when RAM is used up. */
export function claimBlock(): u64 {
  return claim(0x20_0000n, 0x20_0000n);
}

/** For code that has checked for NONE. */
export function claimed(address: u64): Pa {
  return pa(address);
}

/** Keeps [base, end), unless it is empty, in the first place that is. */
function append(base: u64, end: u64): void {
  if (base < end) {
    for (const range of ranges) {
      if (range.base === range.end) {
        range.base = base;
        range.end = end;
        return;
      }
    }
  }
}
