/** The board's random numbers, from a virtio entropy device: a store of bytes, each of which is given out once. [virtio 1.2 "Entropy Device"] */
import * as arena from './arena.ts';
import * as bytes from './bytes.ts';
import { DrivenQueue, NONE } from './driven-queue.ts';
import * as settings from './settings.ts';
import { VirtioDriver } from './virtio-driver.ts';

const STORE_BYTES = 1024;

const driver = new VirtioDriver();
const queue = new DrivenQueue();
let store: u64 = 0n;
/** Of the store, what has been given out, and what there was. */
let given: u32 = 0;
let filled: u32 = 0;
let intid: u32 = 0;

/** Takes device `index` of the settings into use. False if it does not work. */
export function open(index: u32): boolean {
  if (!driver.open(settings.deviceAddress(index), settings.TYPE_ENTROPY, 0n) || !driver.openQueue(0, queue, 1)) {
    return false;
  }
  store = arena.take(u64(STORE_BYTES));
  intid = settings.deviceIntid(index);
  driver.run();
  ask();
  return true;
}

export function isThere(): boolean {
  return intid !== 0;
}

function ask(): void {
  given = 0;
  filled = 0;
  queue.begin();
  queue.add(0, store, STORE_BYTES, true);
  queue.offer(0);
  driver.notify(0);
}

/** Whether interrupt `which` is its own. The store is then full, or as full as the device would fill it. */
export function interruptsBy(which: u32): boolean {
  if (intid === 0 || which !== intid) {
    return false;
  }
  driver.acknowledge();
  // A device that gives nothing is asked no more: it might go on like that for ever.
  if (queue.take() !== NONE) {
    filled = queue.bytes < STORE_BYTES ? queue.bytes : STORE_BYTES;
  }
  return true;
}

export function isReady(): boolean {
  return given < filled;
}

/** Gives out `count` bytes to `to`, or as many as there are; how many. Nothing of them is kept. */
export function take(to: u64, count: u32): u32 {
  const most = filled - given;
  const taken = count < most ? count : most;
  const from = store + u64(given);
  bytes.copy(to, from, u64(taken));
  for (let i: u64 = 0n; i < u64(taken); i += 1n) {
    memory.store8(from + i, 0);
  }
  given += taken;
  if (taken !== 0 && given === filled) {
    ask();
  }
  return taken;
}
