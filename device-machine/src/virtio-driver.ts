/**
 * A physical virtio-mmio device: found, reset, given its features and queues.
 * [virtio 1.2 "MMIO Device Register Layout", "Device Initialization"]
 */
import { dsbSy } from '@thimble/arm64/instructions.ts';
import type { DrivenQueue } from './driven-queue.ts';
import * as hypervisor from './hypervisor.ts';
import * as patience from './patience.ts';

const MAGIC_VALUE = 0x000n;
const VERSION = 0x004n;
const DEVICE_ID = 0x008n;
const DEVICE_FEATURES = 0x010n;
const DEVICE_FEATURES_SEL = 0x014n;
const DRIVER_FEATURES = 0x020n;
const DRIVER_FEATURES_SEL = 0x024n;
const QUEUE_SEL = 0x030n;
const QUEUE_NUM_MAX = 0x034n;
const QUEUE_NUM = 0x038n;
const QUEUE_READY = 0x044n;
const QUEUE_NOTIFY = 0x050n;
const INTERRUPT_STATUS = 0x060n;
const INTERRUPT_ACK = 0x064n;
const STATUS = 0x070n;
const QUEUE_DESC = 0x080n;
const QUEUE_DRIVER = 0x090n;
const QUEUE_DEVICE = 0x0a0n;
const CONFIG = 0x100n;

const MAGIC = 0x7472_6976;
const ACKNOWLEDGE = 1;
const DRIVER = 2;
const DRIVER_OK = 4;
const FEATURES_OK = 8;
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
    return mmio.read32(this.registers + CONFIG + offset);
  }

  setConfiguration8(offset: u64, value: u8): void {
    mmio.write8(this.registers + CONFIG + offset, value);
  }

  private writeAddress(register: u64, address: u64): void {
    const physical = hypervisor.physical(address);
    this.write(register, u32.wrap(physical));
    this.write(register + 4n, u32.wrap(physical >> 32n));
  }

  private read(register: u64): u32 {
    return mmio.read32(this.registers + register);
  }

  private write(register: u64, value: u32): void {
    mmio.write32(this.registers + register, value);
  }
}
