/**
 * A physical virtio-mmio device: found, reset, given its features and queues.
 * [virtio 1.2 "MMIO Device Register Layout", "Device Initialization"]
 */
import {
  ACKNOWLEDGE, CONFIGURATION, DEVICE_FEATURES, DEVICE_FEATURES_SEL, DEVICE_ID, DRIVER, DRIVER_FEATURES, DRIVER_FEATURES_SEL, DRIVER_OK, FEATURES_OK,
  INTERRUPT_ACK, INTERRUPT_STATUS, MAGIC, MAGIC_VALUE, QUEUE_DESC, QUEUE_DEVICE, QUEUE_DRIVER, QUEUE_NOTIFY, QUEUE_NUM, QUEUE_NUM_MAX, QUEUE_READY,
  QUEUE_SEL, STATUS, VERSION,
} from '@thimble/abi/virtio-mmio.ts';
import { dsbSy } from '@thimble/arm64/instructions.ts';
import type { DrivenQueue } from './driven-queue.ts';
import * as hypervisor from './hypervisor.ts';
import * as patience from './patience.ts';

const VERSION_1 = 0x1_0000_0000n;
export const INDIRECT_DESC = 0x1000_0000n;

export class VirtioDriver {
  registers: u64 = 0n;
  features: u64 = 0n;

  /** Takes the device of type `type` at `registers` into use, with those of `wanted` features that it has. False if it is not there, or too old. */
  open(registers: u64, type: u32, wanted: u64): boolean {
    this.registers = registers;
    if (this.read(MAGIC_VALUE) !== MAGIC || this.read(VERSION) !== 2 || this.read(DEVICE_ID) !== type) {
      return false;
    }
    this.stop();
    patience.begin();
    while (this.read(STATUS) !== 0) {
      if (patience.isOver()) {
        return false;
      }
    }
    this.write(STATUS, ACKNOWLEDGE | DRIVER);
    this.features = this.offered() & (wanted | VERSION_1 | INDIRECT_DESC);
    this.write(DRIVER_FEATURES_SEL, 0);
    this.write(DRIVER_FEATURES, u32.wrap(this.features));
    this.write(DRIVER_FEATURES_SEL, 1);
    this.write(DRIVER_FEATURES, u32.wrap(this.features >> 32n));
    this.write(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    const needed = VERSION_1 | INDIRECT_DESC;
    return (this.read(STATUS) & FEATURES_OK) !== 0 && (this.features & needed) === needed;
  }

  private offered(): u64 {
    this.write(DEVICE_FEATURES_SEL, 1);
    const high = u64(this.read(DEVICE_FEATURES));
    this.write(DEVICE_FEATURES_SEL, 0);
    return (high << 32n) | u64(this.read(DEVICE_FEATURES));
  }

  /** Gives the device queue `index`, as long as the device and `sizeMax` allow. False if it has none. */
  openQueue(index: u32, queue: DrivenQueue, sizeMax: u32): boolean {
    this.write(QUEUE_SEL, index);
    const most = this.read(QUEUE_NUM_MAX);
    if (most === 0) {
      return false;
    }
    let size = sizeMax;
    while (size > most) {
      size /= 2;
    }
    queue.open(size);
    this.write(QUEUE_NUM, size);
    this.writeAddress(QUEUE_DESC, queue.descriptors);
    this.writeAddress(QUEUE_DRIVER, queue.available);
    this.writeAddress(QUEUE_DEVICE, queue.used);
    this.write(QUEUE_READY, 1);
    return true;
  }

  /** Resets the device: it touches no memory any more, if it works at all. */
  stop(): void {
    this.write(STATUS, 0);
  }

  /** The device may work from here on. */
  run(): void {
    this.write(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
  }

  notify(queue: u32): void {
    // What the queue says is in memory before the device is told to look.
    dsbSy();
    this.write(QUEUE_NOTIFY, queue);
  }

  /** The device's interrupt has come: its line falls. */
  acknowledge(): void {
    this.write(INTERRUPT_ACK, this.read(INTERRUPT_STATUS));
  }

  configuration32(offset: u64): u32 {
    return mmio.read32(this.registers + u64(CONFIGURATION) + offset);
  }

  setConfiguration8(offset: u64, value: u8): void {
    mmio.write8(this.registers + u64(CONFIGURATION) + offset, value);
  }

  private writeAddress(register: u32, address: u64): void {
    const physical = hypervisor.physical(address);
    this.write(register, u32.wrap(physical));
    this.write(register + 4, u32.wrap(physical >> 32n));
  }

  private read(register: u32): u32 {
    return mmio.read32(this.registers + u64(register));
  }

  private write(register: u32, value: u32): void {
    mmio.write32(this.registers + u64(register), value);
  }
}
