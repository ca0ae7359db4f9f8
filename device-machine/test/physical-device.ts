/** The board's virtio devices, as far as the device machine's drivers use them. [virtio 1.2 "MMIO Device Register Layout"] */
import type { Board } from './board.ts';

const DESCRIPTOR_BYTES = 16;
const VERSION_1 = 1n << 32n;
const INDIRECT = 1n << 28n;

interface Piece {
  readonly bytes: Uint8Array;
  readonly isForDevice: boolean;
}

export interface PhysicalRequest {
  readonly queue: number;
  readonly head: number;
  readonly pieces: readonly Piece[];
}

interface Ring {
  size: number;
  readonly addresses: [bigint, bigint, bigint];
  taken: number;
  returned: number;
}

/** What is common to all of them; a kind says what it does with a request. */
export class PhysicalDevice {
  readonly board: Board;
  readonly type: number;
  readonly intid: number;
  readonly configuration = new DataView(new ArrayBuffer(0x100));
  readonly #features: bigint;
  readonly #rings: Ring[] = [0, 1].map(() => ({ size: 0, addresses: [0n, 0n, 0n], taken: 0, returned: 0 }));
  #status = 0;
  #selected = 0;
  #half = 0;

  constructor(board: Board, type: number, intid: number, features = 0n) {
    this.board = board;
    this.type = type;
    this.intid = intid;
    this.#features = features | VERSION_1 | INDIRECT;
  }

  read(register: number): number {
    switch (register) {
      case 0x000: return 0x7472_6976;
      case 0x004: return 2;
      case 0x008: return this.type;
      case 0x010: return Number((this.#features >> BigInt(32 * this.#half)) & 0xffff_ffffn);
      case 0x034: return 1024;
      case 0x060: return 1;
      case 0x070: return this.#status;
      default: return register >= 0x100 ? this.configuration.getUint32(register - 0x100, true) : 0;
    }
  }

  write(register: number, value: number): void {
    const ring = this.#rings[this.#selected]!;
    switch (register) {
      case 0x014: this.#half = value; break;
      case 0x030: this.#selected = value; break;
      case 0x038: ring.size = value; break;
      case 0x050: this.#notified(value); break;
      case 0x070:
        this.#status = value;
        if (value === 0) {
          this.reset();
          for (const one of this.#rings) Object.assign(one, { size: 0, taken: 0, returned: 0 });
        }
        break;
      default:
        if (register >= 0x080 && register < 0x0a8 && (register & 8) === 0) {
          const which = (register - 0x080) >> 4;
          const shift = BigInt((register & 4) * 8);
          ring.addresses[which] = (ring.addresses[which]! & ~(0xffff_ffffn << shift)) | (BigInt(value) << shift);
        }
    }
  }

  /** What was under way is forgotten. */
  protected reset(): void { /* A kind that keeps requests forgets them here. */ }

  protected handle(request: PhysicalRequest): void {
    this.finish(request, 0);
  }

  #notified(queue: number): void {
    for (let request = this.take(queue); request !== null; request = this.take(queue)) this.handle(request);
  }

  #view(address: bigint, bytes: number): DataView {
    const found = this.board.at(address, bytes);
    return new DataView(found.buffer, found.byteOffset, bytes);
  }

  /** The next request of a queue. */
  take(queue: number): PhysicalRequest | null {
    const ring = this.#rings[queue]!;
    const [descriptors, available] = ring.addresses;
    if (ring.size === 0 || this.#view(available, 4).getUint16(2, true) === (ring.taken & 0xffff)) return null;
    const head = this.#view(available + 4n + BigInt((ring.taken % ring.size) * 2), 2).getUint16(0, true);
    ring.taken += 1;
    const entry = this.#view(descriptors + BigInt(head * DESCRIPTOR_BYTES), DESCRIPTOR_BYTES);
    const table = entry.getBigUint64(0, true);
    const count = entry.getUint32(8, true) / DESCRIPTOR_BYTES;
    const pieces = Array.from({ length: count }, (_, index) => {
      const one = this.#view(table + BigInt(index * DESCRIPTOR_BYTES), DESCRIPTOR_BYTES);
      return { bytes: this.board.at(one.getBigUint64(0, true), one.getUint32(8, true), true), isForDevice: (one.getUint16(12, true) & 2) !== 0 };
    });
    return { queue, head, pieces };
  }

  /** Gives a request back, and interrupts. */
  finish({ queue, head }: PhysicalRequest, written: number): void {
    const ring = this.#rings[queue]!;
    const used = ring.addresses[2];
    const entry = this.#view(used + 4n + BigInt((ring.returned % ring.size) * 8), 8);
    entry.setUint32(0, head, true);
    entry.setUint32(4, written, true);
    ring.returned += 1;
    this.#view(used, 4).setUint16(2, ring.returned & 0xffff, true);
    this.board.pending.push(this.intid);
  }
}

const SECTOR = 512;

/** A disk in memory. While it `isSlow`, requests wait until they are told to end. */
export class PhysicalDisk extends PhysicalDevice {
  readonly content: Buffer;
  isSlow = false;
  readonly waiting: PhysicalRequest[] = [];
  /** Types of the requests that it was given. */
  readonly seen: number[] = [];

  constructor(board: Board, intid: number, content: Buffer) {
    super(board, 2, intid, 0x6200n);
    this.content = content;
    this.configuration.setBigUint64(0, BigInt(content.length / SECTOR), true);
    this.configuration.setUint32(36, 0x3f_ffff, true);
    this.configuration.setUint32(48, 0x3f_ffff, true);
  }

  protected override reset(): void {
    this.waiting.length = 0;
  }

  protected override handle(request: PhysicalRequest): void {
    if (this.isSlow) this.waiting.push(request);
    else this.carryOut(request);
  }

  carryOut(request: PhysicalRequest): void {
    const header = Buffer.from(request.pieces[0]!.bytes);
    const status = request.pieces.at(-1)!.bytes;
    const type = header.readUInt32LE(0);
    let at = Number(header.readBigUInt64LE(8)) * SECTOR;
    this.seen.push(type);
    let written = 1;
    for (const { bytes, isForDevice } of request.pieces.slice(1, -1)) {
      if (type === 0 && isForDevice) written += this.content.copy(bytes, 0, at, at + bytes.length);
      else if (type === 1) this.content.set(bytes, at);
      else if (type === 11 || type === 13) {
        const range = Buffer.from(bytes);
        at = Number(range.readBigUInt64LE(0)) * SECTOR;
        this.content.fill(0, at, at + range.readUInt32LE(8) * SECTOR);
      }
      at += bytes.length;
    }
    status[0] = 0;
    this.finish(request, written);
  }
}

/** The network that the handset is on: what it sent, and what it is to hear. */
export class PhysicalNetwork extends PhysicalDevice {
  readonly sent: Buffer[] = [];
  readonly #rooms: PhysicalRequest[] = [];

  constructor(board: Board, intid: number) {
    super(board, 1, intid);
  }

  protected override handle(request: PhysicalRequest): void {
    if (request.queue === 0) {
      this.#rooms.push(request);
      return;
    }
    this.sent.push(Buffer.concat(request.pieces.map(({ bytes }) => bytes)).subarray(12));
    this.finish(request, 0);
  }

  protected override reset(): void {
    this.#rooms.length = 0;
  }

  hear(frame: Uint8Array): void {
    const room = this.#rooms.shift()!;
    room.pieces[0]!.bytes.set(frame, 12);
    this.finish(room, frame.length + 12);
    this.board.run();
  }
}

/** A panel of a fixed size, whose picture is in the device machine's memory. */
export class PhysicalPanel extends PhysicalDevice {
  readonly #size: readonly [number, number];
  readonly backing: { address: bigint; bytes: number }[] = [];
  commands = 0;
  /** Rectangles that were sent. */
  readonly sent: number[][] = [];

  constructor(board: Board, intid: number, width: number, height: number) {
    super(board, 16, intid);
    this.#size = [width, height];
  }

  protected override handle(request: PhysicalRequest): void {
    this.commands += 1;
    const command = Buffer.from(request.pieces[0]!.bytes);
    const answer = Buffer.from(request.pieces[1]!.bytes.buffer, request.pieces[1]!.bytes.byteOffset, request.pieces[1]!.bytes.length);
    const type = command.readUInt32LE(0);
    answer.writeUInt32LE(type === 0x100 ? 0x1101 : 0x1100, 0);
    if (type === 0x100) this.#size.forEach((side, index) => answer.writeUInt32LE(side, 32 + 4 * index));
    if (type === 0x104) this.sent.push([0, 1, 2, 3].map((index) => command.readUInt32LE(24 + 4 * index)));
    if (type === 0x106) {
      for (let i = 0; i < command.readUInt32LE(28); i += 1) {
        this.backing.push({ address: command.readBigUInt64LE(32 + 16 * i), bytes: command.readUInt32LE(40 + 16 * i) });
      }
    }
    this.finish(request, answer.length);
  }

  pixel(x: number, y: number): number {
    let offset = (y * this.#size[0] + x) * 4;
    for (const { address, bytes } of this.backing) {
      if (offset < bytes) return this.board.program.memory.load32(address + BigInt(offset)) & 0xff_ffff;
      offset -= bytes;
    }
    throw new Error('a pixel beyond the picture');
  }
}

const ABS_MT = { slot: 0x2f, x: 0x35, y: 0x36, id: 0x39 } as const;

/** A tablet or a keyboard; or a touch screen that tells of several fingers, and how long its axes are. */
export class PhysicalInput extends PhysicalDevice {
  readonly #rooms: PhysicalRequest[] = [];
  /** What the greatest value on each axis is, if it tells of several fingers. */
  axisMax = 0;
  #asked: [what: number, which: number] = [0, 0];

  constructor(board: Board, intid: number) {
    super(board, 18, intid);
  }

  protected override reset(): void {
    this.#rooms.length = 0;
  }

  protected override handle(request: PhysicalRequest): void {
    this.#rooms.push(request);
  }

  override write(register: number, value: number): void {
    if (register !== 0x100 && register !== 0x101) return super.write(register, value);
    this.#asked[register - 0x100] = value;
    const answer = this.axisMax === 0 ? Buffer.alloc(0) : this.#answer();
    this.configuration.setUint8(2, answer.length);
    answer.forEach((byte, index) => this.configuration.setUint8(8 + index, byte));
  }

  #answer(): Buffer {
    const [what, which] = this.#asked;
    const axes: readonly number[] = Object.values(ABS_MT);
    const bits = Buffer.alloc(8);
    for (const axis of axes) bits[axis >> 3]! |= 1 << (axis & 7);
    if (what === 0x11 && which === 3) return bits;
    if (what !== 0x12 || !axes.includes(which)) return Buffer.alloc(0);
    const range = Buffer.alloc(20);
    range.writeUInt32LE(which === ABS_MT.slot ? 9 : this.axisMax, 4);
    return range;
  }

  feel(...events: readonly (readonly [type: number, code: number, value: number])[]): void {
    for (const [type, code, value] of events) {
      const room = this.#rooms.shift()!;
      const { bytes } = room.pieces[0]!;
      const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
      view.setUint16(0, type, true);
      view.setUint16(2, code, true);
      view.setUint32(4, value, true);
      this.finish(room, 8);
    }
    this.board.run();
  }
}

/** A source of bytes that count upwards, and then are no part of that. While it `isSlow`, requests wait until they are told to end. */
export class PhysicalEntropy extends PhysicalDevice {
  isSlow = false;
  /** How much of a request it fills. */
  bytesMax = Infinity;
  readonly waiting: PhysicalRequest[] = [];
  asked = 0;
  #next = 0;

  constructor(board: Board, intid: number) {
    super(board, 4, intid);
  }

  protected override reset(): void {
    this.waiting.length = 0;
  }

  protected override handle(request: PhysicalRequest): void {
    this.asked += 1;
    if (this.isSlow) this.waiting.push(request);
    else this.carryOut(request);
  }

  carryOut(request: PhysicalRequest): void {
    const { bytes } = request.pieces[0]!;
    const count = Math.min(bytes.length, this.bytesMax);
    for (let i = 0; i < count; i += 1, this.#next += 1) bytes[i] = this.#next < 256 ? this.#next : this.#next * 167;
    this.finish(request, count);
  }
}

/** A line to the outside. While it `isStalled`, nobody reads what is sent. */
export class PhysicalConsole extends PhysicalDevice {
  isStalled = false;
  readonly sent: string[] = [];
  readonly #held: PhysicalRequest[] = [];
  readonly #rooms: PhysicalRequest[] = [];

  constructor(board: Board, intid: number) {
    super(board, 3, intid);
  }

  protected override reset(): void {
    this.#held.length = 0;
    this.#rooms.length = 0;
  }

  get rooms(): number {
    return this.#rooms.length;
  }

  protected override handle(request: PhysicalRequest): void {
    if (request.queue === 0) this.#rooms.push(request);
    else if (this.isStalled) this.#held.push(request);
    else this.#carryOut(request);
  }

  #carryOut(request: PhysicalRequest): void {
    this.sent.push(Buffer.concat(request.pieces.map(({ bytes }) => bytes)).toString());
    this.finish(request, 0);
  }

  /** Somebody reads again. */
  goOn(): void {
    this.isStalled = false;
    for (const request of this.#held.splice(0)) this.#carryOut(request);
    this.board.run();
  }

  /** Comes in. False if there is no room. */
  hear(text: string): boolean {
    const room = this.#rooms.shift();
    if (room === undefined) return false;
    this.finish(room, Buffer.from(text).copy(room.pieces[0]!.bytes));
    this.board.run();
    return true;
  }
}
