/** A machine whose devices are served here: its memory, as we see it, and its page of virtio registers. */
import { PAGES_IPA, WINDOW_SHIFT } from '@thimble/abi/slot-layout.ts';
import * as log from './log.ts';
import * as settings from './settings.ts';

const RAM_IPA = 0x4000_0000n;
const PAGE_SHIFT = 12n;

/** Where `bytes` bytes at `ipa` of machine `index` are in our address space; 0 if they are not all in its RAM. */
export function memoryOf(index: u32, ipa: u64, bytes: u64): u64 {
  const size = u64(settings.machineMib(index)) << 20n;
  const isInside = ipa >= RAM_IPA && ipa - RAM_IPA <= size && bytes <= size - (ipa - RAM_IPA);
  return isInside ? ipa + (u64(index + 1) << WINDOW_SHIFT) : 0n;
}

/** Its page of slots. */
export function pageOf(index: u32): u64 {
  return PAGES_IPA + (u64(index) << PAGE_SHIFT);
}

/** Begins a line about machine `index`. */
export function logAbout(index: u32): void {
  log.bytes(settings.machineName(index), settings.NAME_BYTES);
  log.text(': ');
}
