/**
 * 4 KiB frames for stage 2 tables: one run of RAM, claimed at boot for exactly the VMs of the manifest, mapped behind
 * the workspace so that a frame's physical address gives its virtual one by an addition.
 */
import { pa, paAdd, type Pa } from './address.ts';
import { zero } from './bytes.ts';
import { PAGE_BYTES, PAGE_SHIFT } from './layout.ts';
import * as mapping from './mapping.ts';
import * as ram from './ram.ts';

let base: u64 = 0n;
let taken: u64 = 0n;
let count: u64 = 0n;

/** Claims `pages` frames. False if the board has no such RAM or EL2 no such address space. */
export function prepare(pages: u64): boolean {
  base = ram.claim(pages << PAGE_SHIFT, PAGE_BYTES);
  count = pages;
  return base !== ram.NONE && mapping.frames(pa(base), pages);
}

/** A zeroed frame. The manifest's sum is exact, so running out is our own bug. */
export function take(): Pa {
  assert(taken < count);
  const frame = paAdd(pa(base), taken << PAGE_SHIFT);
  taken += 1n;
  const va = at(frame);
  zero(va, va + PAGE_BYTES);
  return frame;
}

/** The virtual address of a frame. */
export function at(frame: Pa): u64 {
  return mapping.framesVa() + (unbrand(frame) - base);
}

/** The frame at the virtual address `va`. */
export function paOf(va: u64): Pa {
  return paAdd(pa(base), va - mapping.framesVa());
}

/** RAM that the frames take. */
export function bytes(): u64 {
  return count << PAGE_SHIFT;
}
