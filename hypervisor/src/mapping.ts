/**
 * What the hypervisor maps for itself once the MMU is on: device registers, its frames, device trees while it reads
 * them, and the windows into guest memory.
 *
 * **Invariant**: after boot, guest memory is mapped at EL2 only through `window`, one 2 MiB block for reading and one for
 * writing a processor.
 */
import { dsbIsh, dsbIshst, isb, tlbiVaE2 } from '@thimble/arm64/instructions.ts';
import { alignDown, alignUp, pa, type Pa } from './address.ts';
import { BLOCK_DATA, BLOCK_DEVICE, Descriptor, mapPages, PAGE_DATA, PAGE_DEVICE } from './boot-tables.ts';
import { BLOB_VA, BLOCK_BYTES, BLOCK_SHIFT, DEVICES_VA, IMAGE_VA, PAGE_BYTES, PAGE_SHIFT, WINDOWS_VA, WORKSPACE_VA } from './layout.ts';

/** The tables of boot-tables.ts at their virtual addresses. */
const LEVEL2 = WORKSPACE_VA;
const IMAGE_TABLE = WORKSPACE_VA + 0x1000n;
const DEVICE_TABLE = WORKSPACE_VA + 0x2000n;
const PAGES_A_TABLE = 512n;

export enum Window {
  Destination,
  /** It can only be read. */
  Source,
}

/** Device pages handed out so far. */
let devicePages: u64 = 0n;

/** Maps the registers at `base`, for good. Returns their virtual address, or 0 when the table is full. */
export function device(base: Pa, bytes: u64): u64 {
  const offset = unbrand(base) & (PAGE_BYTES - 1n);
  const pages = alignUp(wrappingAdd(offset, bytes), PAGE_BYTES) >> PAGE_SHIFT;
  const first = devicePages;
  if (wrappingAdd(first, pages) > PAGES_A_TABLE) {
    return 0n;
  }
  devicePages = wrappingAdd(first, pages);
  mapPages(DEVICE_TABLE | (first << 3n), alignDown(unbrand(base), PAGE_BYTES), pages, PAGE_DEVICE);
  publish();
  return DEVICES_VA | (first << PAGE_SHIFT) | offset;
}

/** The address of the register at `offset` of mapped ones at `base`. */
export function registerAt(base: u64, offset: u32): u64 {
  return wrappingAdd(base, u64(offset));
}

/** Maps the registers around `address` for reading until the next `deviceProbe` or `blob`. Returns its virtual address. */
export function deviceProbe(address: Pa): u64 {
  return around(BLOB_VA, address, BLOCK_DEVICE & ~BLOCK_DATA);
}

/** Maps `pages` pages of RAM at `base` behind the workspace, for good. False if there is no room. */
export function frames(base: Pa, pages: u64): boolean {
  const first = wrappingSub(framesVa(), IMAGE_VA) >> PAGE_SHIFT;
  if (wrappingAdd(first, pages) > PAGES_A_TABLE) {
    return false;
  }
  mapPages(IMAGE_TABLE | (first << 3n), unbrand(base), pages, PAGE_DATA);
  publish();
  return true;
}

/** Where `frames` maps. */
export function framesVa(): u64 {
  return linkerSymbol('__workspace_end');
}

/** Bytes that `blob` maps from its argument on, at least. */
export const BLOB_BYTES: u32 = 0x20_0000;

/** Maps the device tree at `address`; the previous one goes. Returns its virtual address. */
export function blob(address: Pa): u64 {
  around(BLOB_VA + BLOCK_BYTES, pa(wrappingAdd(unbrand(address), BLOCK_BYTES)), 0n);
  return around(BLOB_VA, address, 0n);
}

/** Ends the mapping of `blob`. */
export function unmapBlob(): void {
  close(BLOB_VA);
}

/** Maps the 2 MiB block around `address` into processor `cpu`'s window. Returns the address's virtual one. */
export function window(cpu: u32, which: Window, address: Pa): u64 {
  const va = WINDOWS_VA + ((u64(cpu) * 2n + u64(u32(which))) << BLOCK_SHIFT);
  return around(va, address, Descriptor.of({ READ_ONLY: u64(u32(which)) }));
}

/** Closes both windows of processor `cpu`. */
export function closeWindows(cpu: u32): void {
  close(WINDOWS_VA + ((u64(cpu) * 2n) << BLOCK_SHIFT));
}

/** Ends the mappings of two blocks. @noinline */
function close(va: u64): void {
  block(va, 0n);
  block(wrappingAdd(va, BLOCK_BYTES), 0n);
}

/** Maps the 2 MiB block around `address` at `va`, as data, and with the bits `more` in its descriptor. Returns the address's virtual one. */
function around(va: u64, address: Pa, more: u64): u64 {
  block(va, alignDown(unbrand(address), BLOCK_BYTES) | BLOCK_DATA | more);
  return va | (unbrand(address) & (BLOCK_BYTES - 1n));
}

/** Replaces a level 2 entry by break-before-make [DDI0487 "TLB maintenance"]; no other processor uses it. */
function block(va: u64, descriptor: u64): void {
  const entry = LEVEL2 + (va >> BLOCK_SHIFT) * 8n;
  const before = memory.load64(entry);
  if (before !== descriptor) {
    // An invalid entry is never in the TLB. (Entered below EL2, this is the only case, and the TLB instruction is undefined.)
    if (before !== 0n) {
      memory.store64(entry, 0n);
      // The invalid entry is visible to the walker before the old translation is dropped.
      dsbIshst();
      tlbiVaE2(va >> PAGE_SHIFT);
      dsbIsh();
    }
    memory.store64(entry, descriptor);
    publish();
  }
}

/** Table entries written so far are visible to the walker before the next access. */
function publish(): void {
  dsbIshst();
  isb();
}
