/** A machine's side of one of its virtio devices: a driver, honest or not. */
import { type Board, RAM } from './board.ts';

const WRITTEN_VALID = 0x8000_0000;
const NOTIFIED = 0x1f0;
const WRITTEN = 0x1f4;
const WRITTEN_VALUE = 0x1f8;
const DESCRIPTOR_BYTES = 16;
const FLAG_NEXT = 1;
const FLAG_WRITE = 2;
const FLAG_INDIRECT = 4;
export const VERSION_1 = 1n << 32n;
export const EVENT_INDEX = 1n << 29n;
export const NEEDS_RESET = 0x40;

export interface GuestPiece {
  /** Offset in the machine's RAM. */
  readonly at: number;
  readonly bytes: number;
  readonly isForDevice: boolean;
}

export class GuestQueue {
  readonly size: number;
  readonly #ram: DataView;
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
  next = 0;
  seen = 0;
  #free = 0;

  constructor(ram: Uint8Array, at: number, size: number) {
    this.#ram = new DataView(ram.buffer, ram.byteOffset, ram.byteLength);
    this.size = size;
    this.descriptors = at;
    this.available = at + size * DESCRIPTOR_BYTES;
    this.used = Math.ceil((this.available + 6 + 2 * size) / 4) * 4;
  }

  describe(index: number, address: bigint, bytes: number, flags: number, next = 0, table = this.descriptors): void {
    const at = table + index * DESCRIPTOR_BYTES;
    this.#ram.setBigUint64(at, address, true);
    this.#ram.setUint32(at + 8, bytes, true);
    this.#ram.setUint16(at + 12, flags, true);
    this.#ram.setUint16(at + 14, next, true);
  }

  #chain(pieces: readonly GuestPiece[], first: number, table: number): void {
    pieces.forEach(({ at, bytes, isForDevice }, index) => {
      const isLast = index === pieces.length - 1;
      this.describe(first + index, RAM + BigInt(at), bytes, (isForDevice ? FLAG_WRITE : 0) | (isLast ? 0 : FLAG_NEXT), first + index + 1, table);
    });
  }

  /** Makes a chain of descriptors available; its head. */
  add(pieces: readonly GuestPiece[]): number {
    if (this.#free + pieces.length > this.size) this.#free = 0;
    const head = this.#free;
    this.#chain(pieces, head, this.descriptors);
    this.#free = (head + pieces.length) % this.size;
    this.offer(head);
    return head;
  }

  /** The same through an indirect table at offset `table`. */
  addIndirect(pieces: readonly GuestPiece[], table: number): number {
    this.#chain(pieces, 0, table);
    const head = this.#free;
    this.describe(head, RAM + BigInt(table), pieces.length * DESCRIPTOR_BYTES, FLAG_INDIRECT);
    this.#free = (head + 1) % this.size;
    this.offer(head);
    return head;
  }

  offer(head: number): void {
    this.#ram.setUint16(this.available + 4 + (this.next % this.size) * 2, head, true);
    this.next = (this.next + 1) & 0xffff;
    this.#ram.setUint16(this.available + 2, this.next, true);
  }

  /** When the device is to interrupt. */
  setUsedEvent(index: number): void {
    this.#ram.setUint16(this.available + 4 + this.size * 2, index, true);
  }

  get availableEvent(): number {
    return this.#ram.getUint16(this.used + 4 + this.size * 8, true);
  }

  /** Both indices begin at `index`, as if that many chains had been exchanged. */
  startAt(index: number): void {
    this.next = index;
    this.seen = index;
    this.#ram.setUint16(this.available + 2, index, true);
    this.#ram.setUint16(this.used + 2, index, true);
  }

  /** What was given back since the last call: heads and lengths. */
  take(): { head: number; bytes: number }[] {
    const taken: { head: number; bytes: number }[] = [];
    while (this.#ram.getUint16(this.used + 2, true) !== this.seen) {
      const at = this.used + 4 + (this.seen % this.size) * 8;
      taken.push({ head: this.#ram.getUint32(at, true), bytes: this.#ram.getUint32(at + 4, true) });
      this.seen = (this.seen + 1) & 0xffff;
    }
    return taken;
  }
}

export class GuestDevice {
  readonly board: Board;
  readonly machine: number;
  readonly slot: number;

  constructor(board: Board, machine: number, slot: number) {
    this.board = board;
    this.machine = machine;
    this.slot = slot;
  }

  get ram(): Uint8Array {
    return this.board.rams.get(this.machine)!;
  }

  read(register: number): number {
    return this.board.pageWord(this.machine, this.slot * 0x200 + register);
  }

  #set(register: number, value: number): void {
    this.board.setPageWord(this.machine, this.slot * 0x200 + register, value);
  }

  get status(): number {
    return this.read(0x70);
  }

  /** Writes a register. False if the vCPU that wrote still waits. */
  write(register: number, value: number): boolean {
    this.#set(WRITTEN_VALUE, value);
    this.#set(WRITTEN, (WRITTEN_VALID | register | (2 << 16)) >>> 0);
    this.board.ring();
    return !this.isBlocked;
  }

  get isBlocked(): boolean {
    return this.read(WRITTEN) !== 0;
  }

  notify(queue: number): void {
    this.#set(NOTIFIED, this.read(NOTIFIED) | (1 << queue));
    this.board.ring();
  }

  /** Up to FEATURES_OK. False if the device does not agree. */
  negotiate(features: bigint): boolean {
    this.write(0x70, 0);
    this.write(0x70, 1);
    this.write(0x70, 3);
    [0, 1].forEach((half) => {
      this.write(0x24, half);
      this.write(0x20, Number((features >> BigInt(32 * half)) & 0xffff_ffffn));
    });
    this.write(0x70, 11);
    return (this.status & 8) !== 0;
  }

  setQueue(index: number, queue: { readonly size: number; readonly descriptors: number; readonly available: number; readonly used: number }): void {
    this.write(0x30, index);
    this.write(0x38, queue.size);
    [queue.descriptors, queue.available, queue.used].forEach((offset, which) => {
      const address = RAM + BigInt(offset);
      this.write(0x80 + which * 16, Number(address & 0xffff_ffffn));
      this.write(0x84 + which * 16, Number(address >> 32n));
    });
    this.write(0x44, 1);
  }

  /** Takes the device into use, with queues from offset 0x10000 of RAM on. */
  start(queueCount: number, size = 16, features = VERSION_1, firstIndex = 0): GuestQueue[] {
    if (!this.negotiate(features)) throw new Error('the device does not agree');
    const queues = Array.from({ length: queueCount }, (_, index) => {
      const queue = new GuestQueue(this.ram, 0x1_0000 + 0x4000 * (this.slot * 4 + index), size);
      queue.startAt(firstIndex);
      this.setQueue(index, queue);
      return queue;
    });
    this.write(0x70, 15);
    return queues;
  }
}
