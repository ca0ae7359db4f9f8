/**
 * A virtio device of a machine: what its registers say and do, whatever its type. [virtio 1.2 "MMIO Device Register Layout"]
 *
 * All that outlives a crash of ours is in the slot itself (abi/src/slot-layout.ts): the status, the features, what is selected, and in the
 * notes 7 words a queue. The notes' last word is about the machine (machine.ts).
 */
import { NOTES, NOTIFIED, SLOT_BYTES, SLOTS_MAX, WRITTEN, WRITTEN_VALID, WRITTEN_VALUE } from '@thimble/abi/slot-layout.ts';
import {
  CONFIGURATION, DEVICE_FEATURES, DEVICE_FEATURES_SEL, DEVICE_ID, DRIVER_FEATURES, DRIVER_FEATURES_SEL, DRIVER_OK, FEATURES_OK, INTERRUPT_STATUS,
  MAGIC, MAGIC_VALUE, NEEDS_RESET, QUEUE_DESC, QUEUE_DEVICE, QUEUE_NUM, QUEUE_NUM_MAX, QUEUE_READY, QUEUE_SEL, SHM_BASE_HIGH, SHM_LENGTH, STATUS,
  VENDOR_ID, VERSION,
} from '@thimble/abi/virtio-mmio.ts';
import * as hypervisor from './hypervisor.ts';
import * as inputDevice from './input-device.ts';
import { MACHINES_MAX, QUEUE_SIZE_MAX, QUEUES_MAX } from './limits.ts';
import * as log from './log.ts';
import * as machine from './machine.ts';
import * as screenDevice from './screen-device.ts';
import { describe, Rule, ServedQueue } from './served-queue.ts';
import * as settings from './settings.ts';

/** Ours: bits 32 to 63 of the driver's features. */
const DRIVER_FEATURES_HIGH = 0x028;
/** The last of the registers of a queue's addresses. */
const QUEUE_DEVICE_HIGH = QUEUE_DEVICE + 4;

const VENDOR = 0x424d_4854;
const STATUS_MASK = 0xff;
const INTERRUPT_QUEUE = 1;
const INTERRUPT_CONFIGURATION = 2;

export const FEATURE_INDIRECT = 0x1000_0000n;
export const FEATURE_EVENT_INDEX = 0x2000_0000n;
export const FEATURE_VERSION_1 = 0x1_0000_0000n;
/** The addresses that a machine gives are not just any of its RAM. */
const FEATURE_ACCESS_PLATFORM = 0x2_0000_0000n;

/** Words of a queue's notes: size and whether it is ready, then three addresses. */
const NOTE_WORDS = 7;
const NOTE_READY = 0x8000_0000;
/** Of a device in one life of its machine. */
const REPORTS_MAX = 8;

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
  /** There is more to serve than was served when it was last looked at. */
  isWaiting: boolean = false;
  readonly queues = fixedArray(ServedQueue, QUEUES_MAX);
  /** Lines about it since it was last shown. */
  private reports: u32 = 0;

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
    this.reports = 0;
    this.reset();
  }

  /** Of a machine that lets us see only a part of its RAM, the driver must know that. `describe` has set the features. */
  private required(): u64 {
    return FEATURE_VERSION_1 | (settings.sharesPart(this.machine) ? FEATURE_ACCESS_PLATFORM : 0n);
  }

  /** What the device offers. */
  private offered(): u64 {
    return this.features | this.required();
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
    this.closeQueues();
    for (let i: u32 = 0; i < QUEUES_MAX; i += 1) {
      this.set32(this.note(i, 0), 0);
    }
    this.isWaiting = false;
    this.set32(DRIVER_FEATURES, 0);
    this.set32(DRIVER_FEATURES_HIGH, 0);
    this.set32(DEVICE_FEATURES, u32.wrap(this.offered()));
    this.set32(DRIVER_FEATURES_SEL, 0);
    this.selectQueue(0);
    this.word(INTERRUPT_STATUS).store(0);
    this.word(NOTIFIED).store(0);
    this.set32(STATUS, 0);
  }

  /**
   * We have crashed: what the machine had set up goes on. What we had been told of, and what we had to tell, may be lost: it is to be served
   * and, since an interrupt too many does no harm, interrupted.
   */
  restore(): void {
    for (let i: u32 = 0; i < this.queueCount; i += 1) {
      if ((this.get32(this.note(i, 0)) & NOTE_READY) !== 0) {
        this.openQueue(i);
      }
    }
    if (this.type === settings.TYPE_GPU) {
      screenDevice.restore(this);
    }
    if (this.isRunning()) {
      this.isWaiting = true;
      this.interrupt(INTERRUPT_QUEUE);
    }
  }

  private closeQueues(): void {
    for (let i: u32 = 0; i < QUEUES_MAX; i += 1) {
      this.queues[i].close();
    }
  }

  private note(queue: u32, word: u32): u32 {
    return NOTES + (queue * NOTE_WORDS + word) * 4;
  }

  /** Whether the machine has taken the device into use. */
  isRunning(): boolean {
    const needed = DRIVER_OK | FEATURES_OK;
    return (this.get32(STATUS) & (needed | NEEDS_RESET)) === needed;
  }

  /** Whether the machine has accepted `feature`, one of the low 32 bits. */
  hasAccepted(feature: u64): boolean {
    return (u64(this.get32(DRIVER_FEATURES)) & feature) !== 0n;
  }

  /** The queues that were notified since the last call, a bit each. */
  takeNotified(): u32 {
    return this.get32(NOTIFIED) === 0 ? 0 : this.word(NOTIFIED).exchange(0);
  }

  /**
   * Deals with a write, if there is one that waits for that. A reset while requests are under way waits for their end, and the vCPU that
   * wrote with it: once it goes on, nothing of the device touches the machine's memory. Until then nothing more is taken or given back.
   */
  takeWritten(): void {
    const written = this.word(WRITTEN).load();
    if ((written & WRITTEN_VALID) === 0) {
      return;
    }
    const register = written & (SLOT_BYTES - 1);
    const value = this.get32(WRITTEN_VALUE);
    if (register === STATUS && (value & STATUS_MASK) === 0 && this.underWay !== 0) {
      this.closeQueues();
      return;
    }
    this.write(register, value);
    this.word(WRITTEN).store(0);
    hypervisor.release(this.machine, this.slot);
  }

  private write(register: u32, value: u32): void {
    switch (register) {
      case DEVICE_FEATURES_SEL:
        this.set32(DEVICE_FEATURES, value === 0 ? u32.wrap(this.offered()) : value === 1 ? u32.wrap(this.offered() >> 32n) : 0);
        break;
      case DRIVER_FEATURES_SEL:
        this.set32(DRIVER_FEATURES_SEL, value);
        break;
      case DRIVER_FEATURES:
        this.setFeatures(this.get32(DRIVER_FEATURES_SEL), value);
        break;
      case QUEUE_SEL:
        this.selectQueue(value);
        break;
      case QUEUE_NUM:
        this.setNote(0, value & (NOTE_READY - 1));
        break;
      case QUEUE_READY:
        this.setReady(value);
        break;
      case STATUS:
        this.setStatus(value);
        break;
      default:
        if (register >= QUEUE_DESC && register <= QUEUE_DEVICE_HIGH && (register & 8) === 0) {
          // Three pairs of words, 16 bytes apart.
          this.setNote(1 + (((register - QUEUE_DESC) / 16) * 2 + (register & 4) / 4), value);
        } else if (register >= CONFIGURATION && register < NOTES && this.type === settings.TYPE_INPUT) {
          // What it wants to know. The other types have nothing to write.
          this.setConfigurationByte(register - CONFIGURATION, u8.wrap(value));
          inputDevice.select(this);
        }
    }
  }

  private setFeatures(half: u32, value: u32): void {
    if ((this.get32(STATUS) & FEATURES_OK) === 0 && half < 2) {
      this.set32(half === 0 ? DRIVER_FEATURES : DRIVER_FEATURES_HIGH, value);
    }
  }

  /** What the machine says of the selected queue, which it may until the queue is ready. */
  private setNote(word: u32, value: u32): void {
    const index = this.get32(QUEUE_SEL);
    if (index < this.queueCount && !this.queues[index].isReady) {
      this.set32(this.note(index, word), value);
    }
  }

  private selectQueue(index: u32): void {
    const isThere = index < this.queueCount;
    this.set32(QUEUE_SEL, index);
    this.set32(QUEUE_NUM_MAX, isThere ? u32.wrap(QUEUE_SIZE_MAX) : 0);
    this.set32(QUEUE_READY, isThere && this.queues[index].isReady ? 1 : 0);
  }

  private setReady(value: u32): void {
    const index = this.get32(QUEUE_SEL);
    if (index >= this.queueCount) {
      return;
    }
    const notes = this.note(index, 0);
    const queue = this.queues[index];
    if ((value & 1) === 0) {
      queue.close();
    } else if (!queue.isReady) {
      this.openQueue(index);
    }
    const isReady = queue.isReady;
    this.set32(notes, isReady ? this.get32(notes) | NOTE_READY : this.get32(notes) & ~NOTE_READY);
    this.set32(QUEUE_READY, isReady ? 1 : 0);
  }

  private noteAddress(queue: u32, word: u32): u64 {
    return (u64(this.get32(this.note(queue, word + 1))) << 32n) | u64(this.get32(this.note(queue, word)));
  }

  private openQueue(index: u32): void {
    const size = this.get32(this.note(index, 0)) & (NOTE_READY - 1);
    const queue = this.queues[index];
    queue.open(this.machine, size, this.noteAddress(index, 1), this.noteAddress(index, 3), this.noteAddress(index, 5), this.hasAccepted(FEATURE_EVENT_INDEX));
    if (queue.broken !== Rule.None) {
      this.breakDown(queue);
    }
  }

  private setStatus(value: u32): void {
    let status = value & STATUS_MASK;
    if (status === 0) {
      this.reset();
      return;
    }
    const low = u64(this.get32(DRIVER_FEATURES));
    const high = u64(this.get32(DRIVER_FEATURES_HIGH)) << 32n;
    const required = this.required();
    if (((low | high) & ~this.offered()) !== 0n || (high & required) !== required) {
      status &= ~FEATURES_OK;
    }
    // Only a reset mends a broken device.
    this.set32(STATUS, status | (this.get32(STATUS) & NEEDS_RESET));
  }

  /** The machine broke a rule: the device works no more until it is reset. */
  private breakDown(queue: ServedQueue): void {
    this.report(queue.broken);
    this.closeQueues();
    this.set32(STATUS, this.get32(STATUS) | NEEDS_RESET);
    this.interrupt(INTERRUPT_CONFIGURATION);
  }

  /** A machine that breaks a device, resets it and breaks it again is not told of for ever. */
  private report(rule: Rule): void {
    if (this.reports < REPORTS_MAX) {
      this.reports += 1;
      machine.logAbout(this.machine);
      log.text('virtio device ');
      log.decimal(u64(this.slot));
      log.text(': ');
      log.text(describe(rule));
      log.end();
    }
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
