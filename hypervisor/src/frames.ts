/**
 * 4 KiB frames for stage 2 tables: one run of RAM, claimed at boot for exactly the VMs of the manifest, mapped behind
 * the workspace so that a frame's physical address gives its virtual one by an addition.
 */
import { pa, type Pa } from './address.ts';
import { zero } from './bytes.ts';
import { PAGE_BYTES, PAGE_SHIFT } from './layout.ts';
import * as mapping from './mapping.ts';
import * as ram from './ram.ts';

/** The next frame, and where they end. */
let next: u64 = 0n;
let end: u64 = 0n;
/** Virtual less physical address. */
let distance: u64 = 0n;
/** RAM that the frames take. */
export let bytes: u64 = 0n;

/** Claims `pages` frames. False if the board has no such RAM or EL2 no such address space. */
export function prepare(pages: u64): boolean {
  bytes = pages << PAGE_SHIFT;
  next = ram.claim(bytes, PAGE_BYTES);
  end = wrappingAdd(next, bytes);
  distance = wrappingSub(mapping.framesVa(), next);
  return next !== ram.NONE && mapping.frames(pa(next), pages);
}

/** A zeroed frame. The manifest's sum is exact, so running out is our own bug. */
export function take(): Pa {
  assert(next < end);
  const frame = pa(next);
  next += PAGE_BYTES;
  const va = at(frame);
  zero(va, wrappingAdd(va, PAGE_BYTES));
  return frame;
}

/** The virtual address of a frame. */
export function at(frame: Pa): u64 {
  return wrappingAdd(unbrand(frame), distance);
}

/** The frame at the virtual address `va`. */
export function paOf(va: u64): Pa {
  return pa(wrappingSub(va, distance));
}
