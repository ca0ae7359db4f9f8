/**
 * The least driver of a virtio block device, for guests that want to see what becomes of each step: a queue and one request at known places of a
 * machine with 4 MiB of RAM, and no interrupts. [virtio 1.2 "MMIO Device Register Layout", "Block Device"]
 */
import { SLOT_BYTES, SLOTS_IPA } from '@thimble/abi/slot-layout.ts';
import {
  ACKNOWLEDGE, DRIVER, DRIVER_FEATURES, DRIVER_FEATURES_SEL, DRIVER_OK, FEATURES_OK, NEEDS_RESET, QUEUE_DESC, QUEUE_DEVICE, QUEUE_DRIVER, QUEUE_NOTIFY,
  QUEUE_NUM, QUEUE_READY, STATUS,
} from '@thimble/abi/virtio-mmio.ts';
import { CNTFRQ_EL0, CNTVCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { dsbSy } from '@thimble/arm64/instructions.ts';

/** Offset of `idx` and of the entries in both rings. */
const INDEX = 2n;
const RING = 4n;
const DESCRIPTOR_BYTES = 16n;
export const NEXT = 1;
export const WRITE = 2;
export const INDIRECT = 4;
export const FLUSH = 4;
export const SIZE = 8;
const PATIENCE_SECONDS = 20n;

/** Behind the program: each device's queue, then header, data and status of its request. The RAM is 4 MiB. */
export const RAM_END = 0x4040_0000n;
const AREA = 0x4020_0000n;
const AREA_BYTES = 0x1_0000n;
const AVAILABLE = 0x1000n;
const USED = 0x2000n;
export const HEADER = 0x3000n;
export const STATUS_BYTE = 0x3100n;
export const DATA = 0x4000n;
const SECTOR_BYTES = 512;
const UNTOUCHED: u8 = 0xee;

/** The high halves of a driver's features: VERSION_1, with and without ACCESS_PLATFORM. */
export const PLAIN = 1;
export const RESTRICTED = 3;

export function area(slot: u32): u64 {
  return AREA + u64(slot) * AREA_BYTES;
}

function at(slot: u32, register: u32): u64 {
  return SLOTS_IPA + u64(slot * SLOT_BYTES + register);
}

function write(slot: u32, register: u32, value: u32): void {
  mmio.write32(at(slot, register), value);
}

/** Resets the device, and takes it into use with a queue of `size` entries. Whether it agrees to `features`, their high half. */
export function setUp(slot: u32, size: u32, features: u32): boolean {
  write(slot, STATUS, 0);
  for (let offset: u64 = 0n; offset < HEADER; offset += 8n) {
    mmio.write64(area(slot) + offset, 0n);
  }
  write(slot, DRIVER_FEATURES_SEL, 1);
  write(slot, DRIVER_FEATURES, features);
  write(slot, STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
  const agrees = (mmio.read32(at(slot, STATUS)) & FEATURES_OK) === FEATURES_OK;
  write(slot, QUEUE_NUM, size);
  write(slot, QUEUE_DESC, u32(area(slot)));
  write(slot, QUEUE_DRIVER, u32(area(slot) + AVAILABLE));
  write(slot, QUEUE_DEVICE, u32(area(slot) + USED));
  write(slot, QUEUE_READY, 1);
  write(slot, STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
  return agrees;
}

export function describe(slot: u32, index: u64, address: u64, bytes: u32, flags: u16, next: u16): void {
  const entry = area(slot) + index * DESCRIPTOR_BYTES;
  mmio.write64(entry, address);
  mmio.write32(entry + 8n, bytes);
  mmio.write16(entry + 12n, flags);
  mmio.write16(entry + 14n, next);
}

/** Makes the chain at `head` the first one available, and `count` of them in all. */
export function offer(slot: u32, head: u16, count: u16): void {
  mmio.write16(area(slot) + AVAILABLE + RING, head);
  // The index is seen after what it speaks of, and before the notification.
  dsbSy();
  mmio.write16(area(slot) + AVAILABLE + INDEX, count);
  dsbSy();
  write(slot, QUEUE_NOTIFY, 0);
}

/** Reads the first sector to `data`, having set the device up; the request's status. */
export function read(slot: u32, features: u32, data: u64): u8 {
  setUp(slot, SIZE, features);
  mmio.write64(area(slot) + HEADER, 0n);
  mmio.write64(area(slot) + HEADER + 8n, 0n);
  mmio.write8(area(slot) + STATUS_BYTE, UNTOUCHED);
  describe(slot, 0n, area(slot) + HEADER, 16, NEXT, 1);
  describe(slot, 1n, data, SECTOR_BYTES, NEXT | WRITE, 2);
  describe(slot, 2n, area(slot) + STATUS_BYTE, 1, WRITE, 0);
  offer(slot, 0, 1);
  const end = CNTVCT_EL0.read() + PATIENCE_SECONDS * CNTFRQ_EL0.read();
  while (mmio.read16(area(slot) + USED + INDEX) === 0 && !needsReset(slot) && CNTVCT_EL0.read() < end) {
    // Its interrupt is not listened to.
  }
  return mmio.read8(area(slot) + STATUS_BYTE);
}

function needsReset(slot: u32): boolean {
  return (mmio.read32(at(slot, STATUS)) & NEEDS_RESET) !== 0;
}

/** Whether the device has broken down, now or within the time that it may take. */
export function isLost(slot: u32): boolean {
  const end = CNTVCT_EL0.read() + PATIENCE_SECONDS * CNTFRQ_EL0.read();
  while (!needsReset(slot) && CNTVCT_EL0.read() < end) {
    // The device machine says so in its own time.
  }
  return needsReset(slot);
}
