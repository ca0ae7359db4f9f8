/**
 * A virtqueue of a machine's device, from the device's side: split, with indirect descriptors and event indices.
 * [virtio 1.2 "Split Virtqueues"]
 *
 * The machine may write anything there at any time. Each word of it is therefore read once (by the accessors for device registers, which the
 * compiler never repeats), checked, and then used; what breaks a rule names it in `broken`, and the queue is used no more.
 */
import { dmbIsh } from '@thimble/arm64/instructions.ts';
import { QUEUE_SIZE_MAX } from './limits.ts';
import * as machine from './machine.ts';

const FLAG_NEXT = 1;
const FLAG_WRITE = 2;
const FLAG_INDIRECT = 4;
const DESCRIPTOR_BYTES = 16n;
const AVAILABLE_NO_INTERRUPT = 1;
/** `idx` of both rings is behind `flags`. */
const INDEX = 2n;
const RING = 4n;
export const NONE = 0xffff_ffff;

/** What a machine did wrong. */
export enum Rule {
  None,
  Place,
  Index,
  Head,
  Loop,
  Address,
  Indirect,
  Order,
}

export function describe(rule: Rule): string {
  switch (rule) {
    case Rule.None:
      return 'nothing is wrong';
    case Rule.Place:
      return 'a queue of a wrong size, or not in its RAM';
    case Rule.Index:
      return 'the available index jumped by more than the queue has';
    case Rule.Head:
      return 'a descriptor number beyond the queue';
    case Rule.Loop:
      return 'a chain of descriptors that is longer than its table';
    case Rule.Address:
      return 'a descriptor that is empty, or not in its RAM';
    case Rule.Indirect:
      return 'an indirect table of a wrong size, or in another one';
    case Rule.Order:
      return 'a request whose pieces are not those of its kind';
  }
}

export class ServedQueue {
  private owner: u32 = 0;
  size: u32 = 0;
  isReady: boolean = false;
  hasEventIndex: boolean = false;
  broken: Rule = Rule.None;
  private descriptors: u64 = 0n;
  private available: u64 = 0n;
  private used: u64 = 0n;
  /** Both count modulo 2^16. */
  private taken: u32 = 0;
  private returned: u32 = 0;
  /** `returned` when the machine was last interrupted. */
  private told: u32 = 0;
  /** For devices that carry out a chain in several steps: the one under way, or NONE, and the bytes of it that are done. */
  held: u32 = NONE;
  heldBytes: u32 = 0;

  /** The descriptor that `begin` and `advance` have read. */
  address: u64 = 0n;
  bytes: u32 = 0;
  isForDevice: boolean = false;
  private table: u64 = 0n;
  private tableSize: u32 = 0;
  private next: u32 = 0;
  private hasNext: boolean = false;
  private steps: u32 = 0;
  private isIndirect: boolean = false;

  /**
   * Begins to serve `size` entries at these addresses of machine `owner`; what was taken before and not returned is taken again. If they do
   * not do, the queue is broken.
   */
  open(owner: u32, size: u32, descriptors: u64, available: u64, used: u64, hasEventIndex: boolean): void {
    const count = u64(size);
    this.owner = owner;
    this.size = size;
    this.descriptors = machine.memoryOf(owner, descriptors, count * DESCRIPTOR_BYTES);
    this.available = machine.memoryOf(owner, available, count * 2n + 6n);
    this.used = machine.memoryOf(owner, used, count * 8n + 6n);
    this.hasEventIndex = hasEventIndex;
    const isPlaced = this.descriptors !== 0n && this.available !== 0n && this.used !== 0n;
    const isAligned = ((descriptors & 15n) | (available & 1n) | (used & 3n)) === 0n;
    const isSize = size > 0 && size <= QUEUE_SIZE_MAX && (size & (size - 1)) === 0;
    this.isReady = false;
    this.held = NONE;
    if (!isPlaced || !isAligned || !isSize) {
      this.broken = Rule.Place;
      return;
    }
    this.broken = Rule.None;
    this.returned = u32(mmio.read16(this.used + INDEX));
    this.taken = this.returned;
    this.told = this.returned;
    this.isReady = true;
  }

  close(): void {
    this.isReady = false;
    this.held = NONE;
    this.broken = Rule.None;
  }

  /** The head of the next chain that the machine has made available, which is taken; NONE if there is none, or something is wrong. */
  take(): u32 {
    if (!this.isReady || this.broken !== Rule.None) {
      return NONE;
    }
    const waiting = this.waiting();
    if (waiting === 0) {
      return NONE;
    }
    if (waiting > this.size) {
      this.broken = Rule.Index;
      return NONE;
    }
    // The entry is read after the index that says that it is there.
    dmbIsh();
    const head = u32(mmio.read16(this.available + RING + u64(this.taken & (this.size - 1)) * 2n));
    if (head >= this.size) {
      this.broken = Rule.Head;
      return NONE;
    }
    this.taken = (this.taken + 1) & 0xffff;
    return head;
  }

  private waiting(): u32 {
    return wrappingSub(u32(mmio.read16(this.available + INDEX)), this.taken) & 0xffff;
  }

  /** Reads the first descriptor of the chain at `head`. False if something is wrong. */
  begin(head: u32): boolean {
    this.table = this.descriptors;
    this.tableSize = this.size;
    this.next = head;
    this.hasNext = true;
    this.steps = 0;
    this.isIndirect = false;
    return this.advance();
  }

  /** Whether the chain goes on. */
  isMore(): boolean {
    return this.hasNext;
  }

  /** Reads the next descriptor of the chain, through an indirect table. False if there is none, or something is wrong. */
  advance(): boolean {
    if (!this.hasNext) {
      return false;
    }
    let flags = this.read();
    if ((flags & FLAG_INDIRECT) !== 0 && this.broken === Rule.None) {
      if (this.isIndirect || (flags & FLAG_NEXT) !== 0 || this.bytes % 16 !== 0 || this.bytes / 16 > QUEUE_SIZE_MAX) {
        return this.fail(Rule.Indirect);
      }
      this.table = this.address;
      this.tableSize = this.bytes / 16;
      this.next = 0;
      this.steps = 0;
      this.isIndirect = true;
      flags = this.read();
      if ((flags & FLAG_INDIRECT) !== 0) {
        return this.fail(Rule.Indirect);
      }
    }
    this.isForDevice = (flags & FLAG_WRITE) !== 0;
    this.hasNext = (flags & FLAG_NEXT) !== 0;
    return this.broken === Rule.None;
  }

  /** Reads one descriptor; its flags. */
  private read(): u32 {
    if (this.steps >= this.tableSize || this.next >= this.tableSize) {
      this.broken = Rule.Loop;
      return 0;
    }
    const at = this.table + u64(this.next) * DESCRIPTOR_BYTES;
    const address = mmio.read64(at);
    this.bytes = mmio.read32(at + 8n);
    const flags = u32(mmio.read16(at + 12n));
    this.next = u32(mmio.read16(at + 14n));
    this.steps += 1;
    this.address = machine.memoryOf(this.owner, address, u64(this.bytes));
    if (this.address === 0n || this.bytes === 0) {
      this.broken = Rule.Address;
    }
    return flags;
  }

  fail(rule: Rule): boolean {
    this.broken = rule;
    return false;
  }

  /** Gives the chain at `head` back, with `bytes` written into it. */
  giveBack(head: u32, bytes: u32): void {
    const at = this.used + RING + u64(this.returned & (this.size - 1)) * 8n;
    mmio.write32(at, head);
    mmio.write32(at + 4n, bytes);
    this.returned = (this.returned + 1) & 0xffff;
    // What the chain holds, and its entry, are visible before the index that says so.
    dmbIsh();
    mmio.write16(this.used + INDEX, u16.wrap(this.returned));
  }

  /** Whether the machine wants to be told of what was given back since it was last told; it counts as told. */
  mustTell(): boolean {
    if (this.returned === this.told) {
      return false;
    }
    // The index is visible before what the machine thinks of it is read.
    dmbIsh();
    const before = this.told;
    this.told = this.returned;
    if (!this.hasEventIndex) {
      return (mmio.read16(this.available) & AVAILABLE_NO_INTERRUPT) === 0;
    }
    const event = u32(mmio.read16(this.available + RING + u64(this.size) * 2n));
    return (wrappingSub(wrappingSub(this.returned, event), 1) & 0xffff) < (wrappingSub(this.returned, before) & 0xffff);
  }

  /**
   * Asks for a notification of the next chain. True if one has come meanwhile, for which there may be none.
   */
  listen(): boolean {
    if (!this.isReady || this.broken !== Rule.None) {
      return false;
    }
    if (this.hasEventIndex) {
      mmio.write16(this.used + RING + u64(this.size) * 8n, u16.wrap(this.taken));
    }
    // The machine sees the wish before we look once more.
    dmbIsh();
    return this.waiting() !== 0;
  }
}
