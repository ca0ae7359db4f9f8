/**
 * Reads a flattened device tree, token by token, without ever trusting it: every access is checked against the
 * blob's own bounds, and a damaged blob only ends the walk early with `damaged` set.
 * [Devicetree 0.4, 5 "Flattened Devicetree (DTB) Format"]
 */
import { alignUp } from './address.ts';

const MAGIC = 0xd00d_feed;
const VERSION_READABLE = 17;
const HEADER_BYTES: u32 = 40;
/** An address and a length. */
const RESERVATION_BYTES = 16;

export enum Token {
  BeginNode,
  EndNode,
  Property,
  End,
}

/** A walk over one blob; restart with `rewind`. All addresses are virtual. */
export class Fdt {
  /** Start and length of the structure and strings blocks. */
  private structure: u64 = 0n;
  private structureBytes: u32 = 0;
  private strings: u64 = 0n;
  private stringsBytes: u32 = 0;
  /** The memory reservation block. */
  private reservations: u64 = 0n;
  private reservationsBytes: u32 = 0;
  /** What `readReservation` found: a physical range. */
  reservedBase: u64 = 0n;
  reservedBytes: u64 = 0n;
  /** Bytes of the whole blob. */
  totalBytes: u32 = 0;
  /** Offset of the next token in the structure block. */
  private next: u32 = 0;
  /** Depth of the current node: 1 is the root's own content. */
  depth: u32 = 0;
  /**
   * The current node's or property's name: its address, and its bytes without the NUL. Of a property's name, which may end
   * earlier, these are the bytes up to the end of the strings block: most are compared once and need not be measured.
   */
  name: u64 = 0n;
  nameBytes: u32 = 0;
  /** The current property's value. */
  value: u64 = 0n;
  valueBytes: u32 = 0;
  damaged: boolean = false;

  /** Takes the blob at `address`, of which `bytesMax` are mapped. False if it is no device tree. */
  open(address: u64, bytesMax: u32): boolean {
    if (bytesMax < HEADER_BYTES || beU32(address) !== MAGIC) {
      return false;
    }
    const total = beU32(address + 4n);
    const structureOffset = beU32(address + 8n);
    const stringsOffset = beU32(address + 12n);
    const structureBytes = beU32(address + 36n);
    const stringsBytes = beU32(address + 32n);
    if (total > bytesMax || beU32(address + 24n) > VERSION_READABLE || (structureOffset & 3) !== 0) {
      return false;
    }
    if (!isWithin(structureOffset, structureBytes, total) || !isWithin(stringsOffset, stringsBytes, total)) {
      return false;
    }
    const reservationsOffset = beU32(address + 16n);
    if (!isWithin(reservationsOffset, 0, total) || (reservationsOffset & 7) !== 0) {
      return false;
    }
    this.reservations = address + u64(reservationsOffset);
    this.reservationsBytes = total - reservationsOffset;
    this.structure = address + u64(structureOffset);
    this.structureBytes = structureBytes;
    this.strings = address + u64(stringsOffset);
    this.stringsBytes = stringsBytes;
    this.totalBytes = total;
    this.rewind();
    return true;
  }

  /** Reads entry `index` of the memory reservation block. False if it is the one of all zeros that ends it, or behind the blob. */
  readReservation(index: u32): boolean {
    if (index >= this.reservationsBytes / RESERVATION_BYTES) {
      return false;
    }
    const entry = this.reservations + u64(index * RESERVATION_BYTES);
    this.reservedBase = byteSwap(memory.load64(entry));
    this.reservedBytes = byteSwap(memory.load64(entry + 8n));
    return (this.reservedBase | this.reservedBytes) !== 0n;
  }

  rewind(): void {
    this.next = 0;
    this.depth = 0;
    this.damaged = false;
  }

  /** Moves to the next token and fills the fields that describe it. */
  advance(): Token {
    while (this.next + 4 <= this.structureBytes) {
      const token = beU32(this.structure + u64(this.next));
      this.next += 4;
      switch (token) {
        case 1:
          return this.beginNode();
        case 2:
          if (this.depth === 0) {
            return this.damage();
          }
          this.depth -= 1;
          return Token.EndNode;
        case 3:
          return this.property();
        case 4:
          break;
        case 9:
          return Token.End;
        default:
          return this.damage();
      }
    }
    return this.damage();
  }

  private beginNode(): Token {
    this.name = this.structure + u64(this.next);
    this.nameBytes = stringBytes(this.name, this.structureBytes - this.next);
    this.depth += 1;
    return this.skip(this.nameBytes + 1, Token.BeginNode);
  }

  private property(): Token {
    if (this.structureBytes - this.next < 8) {
      return this.damage();
    }
    const bytes = beU32(this.structure + u64(this.next));
    const nameOffset = beU32(this.structure + u64(this.next) + 4n);
    this.next += 8;
    if (bytes > this.structureBytes - this.next || nameOffset >= this.stringsBytes) {
      return this.damage();
    }
    this.value = this.structure + u64(this.next);
    this.valueBytes = bytes;
    this.name = this.strings + u64(nameOffset);
    this.nameBytes = this.stringsBytes - nameOffset;
    return this.skip(bytes, Token.Property);
  }

  /** Steps over `bytes` of payload to the next token, which is 4-byte aligned. */
  private skip(bytes: u32, token: Token): Token {
    const padded = alignUp(u64(this.next) + u64(bytes), 4n);
    if (padded > u64(this.structureBytes)) {
      return this.damage();
    }
    this.next = u32(padded);
    return token;
  }

  private damage(): Token {
    this.damaged = true;
    this.next = this.structureBytes;
    return Token.End;
  }

  /** Whether the current node or property has exactly this name; a node's unit address counts. */
  isNamed(name: string): boolean {
    // Most names differ in their first byte; that one is always there, be it the NUL.
    return memory.load8(this.name) === name.charCodeAt(0) && startsWith(this.name, this.nameBytes, name) && this.nameEndsAt(name.length);
  }

  /** Whether the current name has `bytes` bytes; it has that many at least. @inline */
  nameEndsAt(bytes: u32): boolean {
    return this.nameBytes === bytes || memory.load8(this.name + u64(bytes)) === 0;
  }

  /** Cell `index` of the current property's value; 0 where it has fewer. */
  cell(index: u32): u32 {
    const offset = u64(index) * 4n;
    return offset + 4n <= u64(this.valueBytes) ? beU32(this.value + offset) : 0;
  }

  /** Two cells, or one, as a number: the `cells` cells from `index` on. */
  number(index: u32, cells: u32): u64 {
    return cells === 2 ? (u64(this.cell(index)) << 32n) | u64(this.cell(index + 1)) : u64(this.cell(index));
  }

  /** Whether the current property's value begins with `text`. */
  valueBegins(text: string): boolean {
    return startsWith(this.value, this.valueBytes, text);
  }
}

/** Whether `bytes` at `offset` lie in a blob of `total`. */
function isWithin(offset: u32, bytes: u32, total: u32): boolean {
  return offset <= total && bytes <= total - offset;
}

/** A big-endian u32, 4-byte aligned. */
export function beU32(address: u64): u32 {
  return byteSwap(memory.load32(address));
}

/** Bytes before the NUL at or after `address`, at most `bytesMax`. */
export function stringBytes(address: u64, bytesMax: u32): u32 {
  let bytes: u32 = 0;
  while (bytes < bytesMax && memory.load8(address + u64(bytes)) !== 0) {
    bytes += 1;
  }
  return bytes;
}

/** Whether the `bytes` bytes at `address` begin with `text`. */
export function startsWith(address: u64, bytes: u32, text: string): boolean {
  if (bytes < text.length) {
    return false;
  }
  for (let i: u32 = 0; i < text.length; i += 1) {
    if (memory.load8(address + u64(i)) !== text.charCodeAt(i)) {
      return false;
    }
  }
  return true;
}
