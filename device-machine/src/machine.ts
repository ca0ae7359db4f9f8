/** A machine whose devices are served here: its memory, as we see it, and its page of virtio registers. */
import { NOTIFIED, PAGES_IPA, WINDOW_SHIFT } from '@thimble/abi/slot-layout.ts';
import * as log from './log.ts';
import * as settings from './settings.ts';

const PAGE_SHIFT = 12n;

/** Where `bytes` bytes at `ipa` of machine `index` are in our address space; 0 if they are not all in what we see of its RAM. */
export function memoryOf(index: u32, ipa: u64, bytes: u64): u64 {
  const first = settings.sharedFirst(index);
  const size = u64(settings.sharedMib(index)) << 20n;
  const isInside = ipa >= first && ipa - first <= size && bytes <= size - (ipa - first);
  return isInside ? ipa + (u64(index + 1) << WINDOW_SHIFT) : 0n;
}

/** Its page of slots. */
export function pageOf(index: u32): u64 {
  return PAGES_IPA + (u64(index) << PAGE_SHIFT);
}

/** What is kept about it through a crash of ours, as one word; 0 at first. compositor.ts notes there what is on the panel. */
export function note(index: u32): u32 {
  return mmio.read32(noteAt(index));
}

export function setNote(index: u32, value: u32): void {
  mmio.write32(noteAt(index), value);
}

/** In its first slot, behind what is noted of queues. */
function noteAt(index: u32): u64 {
  return pageOf(index) + u64(NOTIFIED - 4);
}

/** Begins a line about machine `index`. */
export function logAbout(index: u32): void {
  log.bytes(settings.machineName(index), settings.NAME_BYTES);
  log.text(': ');
}
