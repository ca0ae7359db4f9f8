/** The physical disk, a virtio block device: requests by number, each with a header and a status of its own. [virtio 1.2 "Block Device"] */
import * as arena from './arena.ts';
import { DrivenQueue } from './driven-queue.ts';
import * as patience from './patience.ts';
import * as settings from './settings.ts';
import { VirtioDriver } from './virtio-driver.ts';

export const REQUESTS = 64;
export const SECTOR_BYTES = 512;
export const FEATURE_FLUSH = 0x200n;
export const FEATURE_DISCARD = 0x2000n;
export const FEATURE_WRITE_ZEROES = 0x4000n;

export const READ = 0;
export const WRITE = 1;
export const FLUSH = 4;
export const GET_ID = 8;
export const DISCARD = 11;
export const WRITE_ZEROES = 13;
export const OK: u8 = 0;
export const ERROR: u8 = 1;
export const UNSUPPORTED: u8 = 2;

/** Of a request: 16 bytes of header, 16 for a segment of DISCARD, then the status. */
const HEADER_BYTES = 16;
const SEGMENT = 16n;
const STATUS = 32n;
const NOTES_BYTES = 64n;

const driver = new VirtioDriver();
export const queue = new DrivenQueue();
let notes: u64 = 0n;
/** 0 without a disk, and when it does not answer at start. */
export let sectors: u64 = 0n;
export let features: u64 = 0n;
/** Of one DISCARD or WRITE_ZEROES; meaningless without the feature. */
export let discardSectorsMax: u32 = 0;
export let zeroesSectorsMax: u32 = 0;
let intid: u32 = 0;
const MAX_DISCARD_SECTORS = 36n;
const MAX_WRITE_ZEROES_SECTORS = 48n;

/** Takes device `index` of the settings into use. False if it does not work. */
export function open(index: u32): boolean {
  const wanted = FEATURE_FLUSH | FEATURE_DISCARD | FEATURE_WRITE_ZEROES;
  if (!driver.open(settings.deviceAddress(index), settings.TYPE_BLOCK, wanted) || !driver.openQueue(0, queue, REQUESTS)) {
    return false;
  }
  notes = arena.take(u64(REQUESTS) * NOTES_BYTES);
  features = driver.features;
  intid = settings.deviceIntid(index);
  driver.run();
  sectors = (u64(driver.configuration32(4n)) << 32n) | u64(driver.configuration32(0n));
  discardSectorsMax = driver.configuration32(MAX_DISCARD_SECTORS);
  zeroesSectorsMax = driver.configuration32(MAX_WRITE_ZEROES_SECTORS);
  return true;
}

/** Whether interrupt `which` is its own. */
export function interruptsBy(which: u32): boolean {
  return which === intid;
}

export function acknowledge(): void {
  driver.acknowledge();
}

/** Begins request `request`; its data are added to `queue` next. */
export function begin(request: u32, type: u32, sector: u64): void {
  const header = notes + u64(request) * NOTES_BYTES;
  memory.store32(header, type);
  memory.store32(header + 4n, 0);
  memory.store64(header + 8n, sector);
  memory.store8(header + STATUS, 0xff);
  queue.begin();
  queue.add(request, header, HEADER_BYTES, false);
}

/** Where the only segment of a DISCARD or WRITE_ZEROES is, 16 bytes of our own. */
export function rangeAt(request: u32): u64 {
  return notes + u64(request) * NOTES_BYTES + SEGMENT;
}

/** Fills and adds that segment. */
export function addRange(request: u32, sector: u64, count: u32, flags: u32): void {
  const segment = rangeAt(request);
  memory.store64(segment, sector);
  memory.store32(segment + 8n, count);
  memory.store32(segment + 12n, flags);
  queue.add(request, segment, 16, false);
}

/** Offers the request to the disk, which looks when it is next notified. False if it has too many pieces. */
export function end(request: u32): boolean {
  if (!queue.add(request, notes + u64(request) * NOTES_BYTES + STATUS, 1, true)) {
    return false;
  }
  queue.offer(request);
  return true;
}

export function notify(): void {
  driver.notify(0);
}

export function status(request: u32): u8 {
  return mmio.read8(notes + u64(request) * NOTES_BYTES + STATUS);
}

/** Reads `count` sectors to `address`, and waits. For the start, when nothing else is under way. A disk that does not answer is used no more. */
export function readNow(sector: u64, count: u32, address: u64): boolean {
  if (sectors === 0n) {
    return false;
  }
  begin(0, READ, sector);
  queue.add(0, address, count * SECTOR_BYTES, true);
  if (!end(0)) {
    return false;
  }
  notify();
  patience.begin();
  while (queue.take() !== 0) {
    if (patience.isOver()) {
      driver.stop();
      sectors = 0n;
      intid = 0;
      return false;
    }
  }
  return status(0) === OK;
}
