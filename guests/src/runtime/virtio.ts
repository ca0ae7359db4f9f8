/**
 * A virtio-mmio device of the virtual handset, or of QEMU's `virt`, whose transports lie alike; one queue of it, for programs that measure what devices cost.
 * [virtio 1.2 "MMIO Device Register Layout", "Split Virtqueues"]
 */
import { SLOT_BYTES, SLOT_SPI, SLOTS_IPA, SLOTS_MAX } from '@thimble/abi/slot-layout.ts';
import {
  ACKNOWLEDGE, DEVICE_ID, DRIVER, DRIVER_FEATURES, DRIVER_FEATURES_SEL, DRIVER_OK, FEATURES_OK, INTERRUPT_ACK, INTERRUPT_STATUS, QUEUE_DESC, QUEUE_DEVICE,
  QUEUE_DRIVER, QUEUE_NOTIFY, QUEUE_NUM, QUEUE_READY, STATUS,
} from '@thimble/abi/virtio-mmio.ts';
import { dsbSy } from '@thimble/arm64/instructions.ts';

export const SPI_FIRST = 32;
const SIZE = 16;
const AVAILABLE = 0x400n;
const USED = 0x800n;
const INDEX = 2n;
const RING = 4n;
const DESCRIPTOR_BYTES = 16n;
export const NEXT: u16 = 1;
export const FOR_DEVICE: u16 = 2;
export const NONE = 0xffff_ffff;

export class Device {
  intid: u32 = 0;
  private registers: u64 = 0n;
  /** 4 KiB of the queue's own. */
  private area: u64 = 0n;
  private offered: u32 = 0;
  private taken: u32 = 0;

  /** Takes the first device of type `type` into use, with a queue of 16 entries at `area`. False if there is none. */
  open(type: u32, area: u64): boolean {
    for (let slot: u32 = 0; slot < SLOTS_MAX; slot += 1) {
      const registers = SLOTS_IPA + u64(slot * SLOT_BYTES);
      if (mmio.read32(registers + u64(DEVICE_ID)) === type) {
        this.registers = registers;
        this.area = area;
        this.intid = SPI_FIRST + SLOT_SPI + slot;
        this.start();
        return true;
      }
    }
    return false;
  }

  private start(): void {
    this.write(STATUS, 0);
    this.write(DRIVER_FEATURES_SEL, 1);
    this.write(DRIVER_FEATURES, 1);
    this.write(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    this.write(QUEUE_NUM, SIZE);
    this.write(QUEUE_DESC, u32(this.area));
    this.write(QUEUE_DRIVER, u32(this.area + AVAILABLE));
    this.write(QUEUE_DEVICE, u32(this.area + USED));
    this.write(QUEUE_READY, 1);
    this.write(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
  }

  private write(register: u32, value: u32): void {
    mmio.write32(this.registers + u64(register), value);
  }

  describe(index: u16, address: u64, bytes: u32, flags: u16, next: u16): void {
    const entry = this.area + u64(index) * DESCRIPTOR_BYTES;
    mmio.write64(entry, address);
    mmio.write32(entry + 8n, bytes);
    mmio.write16(entry + 12n, flags);
    mmio.write16(entry + 14n, next);
  }

  /** Offers the chain at `head`; the device looks when it is next notified. */
  offer(head: u16): void {
    mmio.write16(this.area + AVAILABLE + RING + u64(this.offered % SIZE) * 2n, head);
    this.offered = (this.offered + 1) & 0xffff;
    // The chain is there before the index that says so.
    dsbSy();
    mmio.write16(this.area + AVAILABLE + INDEX, u16(this.offered));
  }

  notify(): void {
    // All that was offered is there before the device looks.
    dsbSy();
    this.write(QUEUE_NOTIFY, 0);
  }

  /** The head of the next chain that the device is done with; NONE if there is none. */
  take(): u32 {
    if (u32(mmio.read16(this.area + USED + INDEX)) === this.taken) {
      return NONE;
    }
    const head = mmio.read32(this.area + USED + RING + u64(this.taken % SIZE) * 8n);
    this.taken = (this.taken + 1) & 0xffff;
    return head;
  }

  acknowledge(): void {
    this.write(INTERRUPT_ACK, mmio.read32(this.registers + u64(INTERRUPT_STATUS)));
  }
}
