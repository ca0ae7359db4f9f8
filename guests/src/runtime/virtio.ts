/**
 * A virtio-mmio device of the virtual handset, or of QEMU's `virt`, whose transports lie alike; one queue of it, for programs that measure what devices cost.
 * [virtio 1.2 "MMIO Device Register Layout", "Split Virtqueues"]
 */
import { SLOT_BYTES, SLOT_SPI, SLOTS_IPA, SLOTS_MAX } from '@thimble/abi/slot-layout.ts';
import { dsbSy } from '@thimble/arm64/instructions.ts';

const DEVICE_ID = 0x08n;
const DRIVER_FEATURES_SEL = 0x24n;
const DRIVER_FEATURES = 0x20n;
const QUEUE_NUM = 0x38n;
const QUEUE_READY = 0x44n;
const QUEUE_NOTIFY = 0x50n;
const INTERRUPT_STATUS = 0x60n;
const INTERRUPT_ACK = 0x64n;
const STATUS = 0x70n;
const QUEUE_DESC = 0x80n;
const QUEUE_DRIVER = 0x90n;
const QUEUE_DEVICE = 0xa0n;
const FEATURES_OK = 11;
const DRIVER_OK = 15;

const SPI_FIRST = 32;
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
      if (mmio.read32(registers + DEVICE_ID) === type) {
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
    this.write(STATUS, FEATURES_OK);
    this.write(QUEUE_NUM, SIZE);
    this.write(QUEUE_DESC, u32(this.area));
    this.write(QUEUE_DRIVER, u32(this.area + AVAILABLE));
    this.write(QUEUE_DEVICE, u32(this.area + USED));
    this.write(QUEUE_READY, 1);
    this.write(STATUS, DRIVER_OK);
  }

  private write(register: u64, value: u32): void {
    mmio.write32(this.registers + register, value);
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
    this.write(INTERRUPT_ACK, mmio.read32(this.registers + INTERRUPT_STATUS));
  }
}
