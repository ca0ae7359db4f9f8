/**
 * A machine with two block devices. It breaks each rule of a queue on the first, which is to be lost each time, and reads from the second
 * after that: `misdeed=<n> lost=<1: the first needs a reset> neighbour=<status of the read>`. At last it resets the first and reads from it.
 */
import { QUEUE_NOTIFY, SLOT_BYTES, SLOTS_IPA } from '@thimble/abi/slot-layout.ts';
import { CNTFRQ_EL0, CNTVCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { dsbSy } from '@thimble/arm64/instructions.ts';
import * as firmware from './runtime/firmware.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';

const DRIVER_FEATURES_SEL = 0x24n;
const DRIVER_FEATURES = 0x20n;
const QUEUE_NUM = 0x38n;
const QUEUE_READY = 0x44n;
const STATUS = 0x70n;
const QUEUE_DESC = 0x80n;
const QUEUE_DRIVER = 0x90n;
const QUEUE_DEVICE = 0xa0n;
/** Offset of `idx` and of the entries in both rings. */
const INDEX = 2n;
const RING = 4n;
const DESCRIPTOR_BYTES = 16n;
const FEATURES_OK = 11;
const DRIVER_OK = 15;
const NEEDS_RESET = 0x40;
const NEXT = 1;
const WRITE = 2;
const INDIRECT = 4;
const FLUSH = 4;
const SIZE = 8;
const PATIENCE_SECONDS = 20n;

/** Behind the program: each device's queue, then header, data and status of its request. The RAM is 4 MiB. */
const RAM_END = 0x4040_0000n;
const AREA = 0x4020_0000n;
const AREA_BYTES = 0x1_0000n;
const AVAILABLE = 0x1000n;
const USED = 0x2000n;
const HEADER = 0x3000n;
const STATUS_BYTE = 0x3100n;
const DATA = 0x4000n;
const SECTOR_BYTES = 512;
const UNTOUCHED: u8 = 0xee;

const MISDEEDS = 7;

function area(slot: u32): u64 {
  return AREA + u64(slot) * AREA_BYTES;
}

function at(slot: u32, register: u64): u64 {
  return SLOTS_IPA + u64(slot * SLOT_BYTES) + register;
}

function write(slot: u32, register: u64, value: u32): void {
  mmio.write32(at(slot, register), value);
}

/** Resets the device, and takes it into use with a queue of `size` entries. */
function setUp(slot: u32, size: u32): void {
  write(slot, STATUS, 0);
  for (let offset: u64 = 0n; offset < HEADER; offset += 8n) {
    mmio.write64(area(slot) + offset, 0n);
  }
  write(slot, DRIVER_FEATURES_SEL, 1);
  write(slot, DRIVER_FEATURES, 1);
  write(slot, STATUS, FEATURES_OK);
  write(slot, QUEUE_NUM, size);
  write(slot, QUEUE_DESC, u32(area(slot)));
  write(slot, QUEUE_DRIVER, u32(area(slot) + AVAILABLE));
  write(slot, QUEUE_DEVICE, u32(area(slot) + USED));
  write(slot, QUEUE_READY, 1);
  write(slot, STATUS, DRIVER_OK);
}

function describe(slot: u32, index: u64, address: u64, bytes: u32, flags: u16, next: u16): void {
  const entry = area(slot) + index * DESCRIPTOR_BYTES;
  mmio.write64(entry, address);
  mmio.write32(entry + 8n, bytes);
  mmio.write16(entry + 12n, flags);
  mmio.write16(entry + 14n, next);
}

/** Makes the chain at `head` the first one available, and `count` of them in all. */
function offer(slot: u32, head: u16, count: u16): void {
  mmio.write16(area(slot) + AVAILABLE + RING, head);
  // The index is seen after what it speaks of, and before the notification.
  dsbSy();
  mmio.write16(area(slot) + AVAILABLE + INDEX, count);
  dsbSy();
  write(slot, u64(QUEUE_NOTIFY), 0);
}

/** Reads the first sector, having set the device up; the request's status. */
function read(slot: u32): u8 {
  setUp(slot, SIZE);
  mmio.write64(area(slot) + HEADER, 0n);
  mmio.write64(area(slot) + HEADER + 8n, 0n);
  mmio.write8(area(slot) + STATUS_BYTE, UNTOUCHED);
  describe(slot, 0n, area(slot) + HEADER, 16, NEXT, 1);
  describe(slot, 1n, area(slot) + DATA, SECTOR_BYTES, NEXT | WRITE, 2);
  describe(slot, 2n, area(slot) + STATUS_BYTE, 1, WRITE, 0);
  offer(slot, 0, 1);
  const end = CNTVCT_EL0.read() + PATIENCE_SECONDS * CNTFRQ_EL0.read();
  while (mmio.read16(area(slot) + USED + INDEX) === 0 && CNTVCT_EL0.read() < end) {
    // Its interrupt is not listened to.
  }
  return mmio.read8(area(slot) + STATUS_BYTE);
}

/** Breaks rule `which` on the first device. */
function misdeed(which: u32): void {
  // No power of two.
  setUp(0, which === 0 ? SIZE + 1 : SIZE);
  mmio.write32(area(0) + HEADER, FLUSH);
  switch (which) {
    case 1:
      offer(0, 0, SIZE + 1);
      break;
    case 2:
      offer(0, SIZE, 1);
      break;
    case 3:
      describe(0, 0n, area(0) + HEADER, 16, NEXT, 0);
      offer(0, 0, 1);
      break;
    case 4:
      describe(0, 0n, RAM_END - 8n, 16, 0, 0);
      offer(0, 0, 1);
      break;
    case 5:
      describe(0, 0n, area(0) + HEADER, 24, INDIRECT, 0);
      offer(0, 0, 1);
      break;
    case 6:
      describe(0, 0n, area(0) + HEADER, 16, WRITE, 0);
      offer(0, 0, 1);
      break;
    default:
      break;
  }
}

function isLost(): boolean {
  const end = CNTVCT_EL0.read() + PATIENCE_SECONDS * CNTFRQ_EL0.read();
  while ((mmio.read32(at(0, STATUS)) & NEEDS_RESET) === 0 && CNTVCT_EL0.read() < end) {
    // The device machine says so in its own time.
  }
  return (mmio.read32(at(0, STATUS)) & NEEDS_RESET) !== 0;
}

export function main(): never {
  for (let which: u32 = 0; which < MISDEEDS; which += 1) {
    misdeed(which);
    const lost = isLost();
    uart.text('misdeed');
    uart.field('number', u64(which));
    uart.field('lost', lost ? 1n : 0n);
    uart.field('neighbour', u64(read(1)));
    uart.line('');
  }
  uart.text('mended');
  uart.field('status', u64(read(0)));
  uart.line('');
  firmware.powerOff();
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
