/**
 * A virtio device of a machine: what its registers say and do, whatever its type. [virtio 1.2, 4.2.2 "MMIO Device Register Layout"]
 *
 * All that outlives a crash of ours is in the slot itself (abi/src/slot-layout.ts): the status, the features, and in the notes 7 words a queue.
 */
import { CONFIGURATION, INTERRUPT_STATUS, NOTES, NOTIFIED, SLOT_BYTES, SLOTS_MAX, WRITTEN, WRITTEN_VALUE } from '@thimble/abi/slot-layout.ts';
import * as hypervisor from './hypervisor.ts';
import * as inputDevice from './input-device.ts';
import { MACHINES_MAX, QUEUE_SIZE_MAX, QUEUES_MAX } from './limits.ts';
import * as log from './log.ts';
import * as machine from './machine.ts';
import * as screenDevice from './screen-device.ts';
import { describe, Rule, ServedQueue } from './served-queue.ts';
import * as settings from './settings.ts';

const MAGIC_VALUE = 0x000;
const VERSION = 0x004;
const DEVICE_ID = 0x008;
const VENDOR_ID = 0x00c;
const DEVICE_FEATURES = 0x010;
const DEVICE_FEATURES_SEL = 0x014;
const DRIVER_FEATURES = 0x020;
const DRIVER_FEATURES_SEL = 0x024;
/** Ours: bits 32 to 63 of the driver's features. */
const DRIVER_FEATURES_HIGH = 0x028;
const QUEUE_SEL = 0x030;
const QUEUE_NUM_MAX = 0x034;
const QUEUE_NUM = 0x038;
const QUEUE_READY = 0x044;
const STATUS = 0x070;
const QUEUE_DESC_LOW = 0x080;
const QUEUE_DEVICE_HIGH = 0x0a4;
const SHM_LENGTH = 0x0b0;
const SHM_BASE_HIGH = 0x0bc;

const MAGIC = 0x7472_6976;
const VENDOR = 0x424d_4854;
const STATUS_DRIVER_OK = 4;
const STATUS_FEATURES_OK = 8;
const STATUS_NEEDS_RESET = 0x40;
const INTERRUPT_QUEUE = 1;
const INTERRUPT_CONFIGURATION = 2;

export const FEATURE_INDIRECT = 0x1000_0000n;
export const FEATURE_EVENT_INDEX = 0x2000_0000n;
export const FEATURE_VERSION_1 = 0x1_0000_0000n;

/** Words of a queue's notes: size and whether it is ready, then three addresses. */
const NOTE_WORDS = 7;
const NOTE_READY = 0x8000_0000;

class SharedWord {
  readonly word = new AtomicU32();
}

export class ServedDevice {
  machine: u32 = 0;
  slot: u32 = 0;
  /** As virtio numbers them; 0 if there is no such device. */
  type: u32 = 0;
  /** What its registers say when it is asked for its features; `describe` has set it. */
  features: u64 = 0n;
  queueCount: u32 = 0;
  /** Requests that are under way. */
  underWay: u32 = 0;
  readonly queues = fixedArray(ServedQueue, QUEUES_MAX);
  private featuresSel: u32 = 0;
  private queueSel: u32 = 0;

  private at(register: u32): u64 {
    return machine.pageOf(this.machine) + u64(this.slot * SLOT_BYTES + register);
  }

  private word(register: u32): AtomicU32 {
    return unsafeAt(SharedWord, this.at(register)).word;
  }

  private get32(register: u32): u32 {
    return mmio.read32(this.at(register));
  }

  set32(register: u32, value: u32): void {
    mmio.write32(this.at(register), value);
  }

  /** The machine sees the device, as after a reset. */
  show(): void {
    this.set32(MAGIC_VALUE, MAGIC);
    this.set32(VERSION, 2);
    this.set32(DEVICE_ID, this.type);
    this.set32(VENDOR_ID, VENDOR);
    for (let register: u32 = SHM_LENGTH; register <= SHM_BASE_HIGH; register += 4) {
      // No shared memory region has all ones as its length.
      this.set32(register, 0xffff_ffff);
    }
    this.reset();
  }

  setConfigurationByte(offset: u32, value: u8): void {
    mmio.write8(this.at(CONFIGURATION + offset), value);
  }

  configurationByte(offset: u32): u8 {
    return mmio.read8(this.at(CONFIGURATION + offset));
  }

  setConfiguration(offset: u32, value: u32): void {
    this.set32(CONFIGURATION + offset, value);
  }

  /** What was under way has ended. */
  reset(): void {
    if (this.type === settings.TYPE_GPU) {
      screenDevice.reset(this);
    }
    for (let i: u32 = 0; i < QUEUES_MAX; i += 1) {
      this.queues[i].close();
      this.set32(this.note(i, 0), 0);
    }
    this.set32(DRIVER_FEATURES, 0);
    this.set32(DRIVER_FEATURES_HIGH, 0);
    this.set32(DEVICE_FEATURES, u32.wrap(this.features));
    this.featuresSel = 0;
    this.selectQueue(0);
    this.word(INTERRUPT_STATUS).store(0);
    this.word(NOTIFIED).store(0);
    this.set32(STATUS, 0);
  }

  /** We have crashed: what the machine had set up goes on. */
  restore(): void {
    for (let i: u32 = 0; i < this.queueCount; i += 1) {
      if ((this.get32(this.note(i, 0)) & NOTE_READY) !== 0) {
        this.openQueue(i);
      }
    }
  }

  private note(queue: u32, word: u32): u32 {
    return NOTES + (queue * NOTE_WORDS + word) * 4;
  }

  /** Whether the machine has taken the device into use. */
  isRunning(): boolean {
    return (this.get32(STATUS) & (STATUS_DRIVER_OK | STATUS_NEEDS_RESET)) === STATUS_DRIVER_OK;
  }

  /** The queues that were notified since the last call, a bit each. */
  takeNotified(): u32 {
    return this.get32(NOTIFIED) === 0 ? 0 : this.word(NOTIFIED).exchange(0);
  }

  /** Deals with a write, if there is one that waits for that. */
  takeWritten(): void {
    const written = this.word(WRITTEN).load();
    if (written !== 0) {
      this.write(written & (SLOT_BYTES - 1), this.get32(WRITTEN_VALUE));
      this.word(WRITTEN).store(0);
      hypervisor.release(this.machine, this.slot);
    }
  }

  private write(register: u32, value: u32): void {
    switch (register) {
      case DEVICE_FEATURES_SEL:
        this.set32(DEVICE_FEATURES, value === 0 ? u32.wrap(this.features) : value === 1 ? u32.wrap(this.features >> 32n) : 0);
        break;
      case DRIVER_FEATURES_SEL:
        this.featuresSel = value;
        break;
      case DRIVER_FEATURES:
        if ((this.get32(STATUS) & STATUS_FEATURES_OK) === 0 && this.featuresSel < 2) {
          this.set32(this.featuresSel === 0 ? DRIVER_FEATURES : DRIVER_FEATURES_HIGH, value);
        }
        break;
      case QUEUE_SEL:
        this.selectQueue(value);
        break;
      case QUEUE_NUM:
        if (this.queueSel < this.queueCount) {
          this.set32(this.note(this.queueSel, 0), value & (NOTE_READY - 1));
        }
        break;
      case QUEUE_READY:
        this.setReady(value);
        break;
      case STATUS:
        this.setStatus(value);
        break;
      default:
        if (register >= QUEUE_DESC_LOW && register <= QUEUE_DEVICE_HIGH && this.queueSel < this.queueCount && (register & 8) === 0) {
          // Three pairs of words, 16 bytes apart.
          const word = 1 + (((register - QUEUE_DESC_LOW) / 16) * 2 + (register & 4) / 4);
          this.set32(this.note(this.queueSel, word), value);
        } else if (register >= CONFIGURATION && register < NOTES && this.type === settings.TYPE_INPUT) {
          // What it wants to know. The other types have nothing to write.
          this.setConfigurationByte(register - CONFIGURATION, u8.wrap(value));
          inputDevice.select(this);
        }
    }
  }

  private selectQueue(index: u32): void {
    const isThere = index < this.queueCount;
    this.queueSel = index;
    this.set32(QUEUE_NUM_MAX, isThere ? u32.wrap(QUEUE_SIZE_MAX) : 0);
    this.set32(QUEUE_READY, isThere && this.queues[index].isReady ? 1 : 0);
  }

  private setReady(value: u32): void {
    const index = this.queueSel;
    if (index >= this.queueCount) {
      return;
    }
    const notes = this.note(index, 0);
    if (value === 1) {
      this.openQueue(index);
      this.set32(notes, this.get32(notes) | NOTE_READY);
    } else {
      this.queues[index].close();
      this.set32(notes, this.get32(notes) & ~NOTE_READY);
    }
    this.set32(QUEUE_READY, value & 1);
  }

  private noteAddress(queue: u32, word: u32): u64 {
    return (u64(this.get32(this.note(queue, word + 1))) << 32n) | u64(this.get32(this.note(queue, word)));
  }

  private openQueue(index: u32): void {
    const size = this.get32(this.note(index, 0)) & (NOTE_READY - 1);
    const hasEventIndex = (u64(this.get32(DRIVER_FEATURES)) & FEATURE_EVENT_INDEX) !== 0n;
    this.queues[index].open(this.machine, size, this.noteAddress(index, 1), this.noteAddress(index, 3), this.noteAddress(index, 5), hasEventIndex);
  }

  private setStatus(value: u32): void {
    if (value === 0) {
      if (this.underWay === 0) {
        this.reset();
      } else {
        // Its queues are dead at once; the rest follows when nothing of it is under way any more.
        this.set32(STATUS, STATUS_NEEDS_RESET);
      }
      return;
    }
    let status = value & 0xff;
    const low = u64(this.get32(DRIVER_FEATURES));
    const high = u64(this.get32(DRIVER_FEATURES_HIGH)) << 32n;
    if (((low | high) & ~this.features) !== 0n || (high & FEATURE_VERSION_1) === 0n) {
      status &= ~STATUS_FEATURES_OK;
    }
    this.set32(STATUS, status);
  }

  /** The machine broke a rule: the device works no more until it is reset. */
  breakDown(queue: ServedQueue): void {
    machine.logAbout(this.machine);
    log.text('virtio device ');
    log.decimal(u64(this.slot));
    log.text(': ');
    log.text(describe(queue.broken));
    log.end();
    for (let i: u32 = 0; i < QUEUES_MAX; i += 1) {
      this.queues[i].close();
    }
    this.set32(STATUS, this.get32(STATUS) | STATUS_NEEDS_RESET);
    this.interrupt(INTERRUPT_CONFIGURATION);
  }

  /** Tells the machine of what was given back to `queue`, if it wants to know. */
  tell(queue: ServedQueue): void {
    if (queue.broken !== Rule.None) {
      this.breakDown(queue);
    } else if (queue.isReady && queue.mustTell()) {
      this.interrupt(INTERRUPT_QUEUE);
    }
  }

  private interrupt(why: u32): void {
    this.word(INTERRUPT_STATUS).fetchOr(why);
    hypervisor.interrupt(this.machine, this.slot);
  }
}

/** All that there may be, slot by slot of machine by machine. */
const devices = fixedArray(ServedDevice, SLOTS_MAX * MACHINES_MAX);

export function at(machineIndex: u32, slot: u32): ServedDevice {
  return devices[machineIndex * SLOTS_MAX + slot];
}
