/**
 * Reads a flattened device tree, node by node, without ever trusting it: every access is checked against the
 * blob's own bounds, and a damaged blob only ends the walk early with `damaged` set. Of each node on the way down it keeps where
 * the values of those properties are that names.ts knows. [Devicetree 0.4, 5 "Flattened Devicetree (DTB) Format"]
 *
 * Addresses are virtual ones, of which EL2 has 30 bits (layout.ts).
 */
import { zero } from './bytes.ts';
import { HASH_START, hashText, Meaning, meaningOf, Property, propertyOf, textBytes } from './names.ts';

const MAGIC = 0xd00d_feed;
const VERSION_READABLE = 17;
const HEADER_BYTES: u32 = 40;
/** An address and a length. */
const RESERVATION_BYTES = 16;
/** Nodes that are deeper are passed over. */
const DEPTH_MAX = 15;

/** Where a property's value is: its address, which is 0 if the node has no such property, and its bytes. */
class Value {
  at: u32 = 0;
  bytes: u32 = 0;
}

/** A node, valid until the walk goes on. */
export class Node {
  /** 1 is the root. */
  depth: u32 = 0;
  above: Node | null = null;
  /** Its name, and the name's bytes without the NUL. */
  name: u32 = 0;
  nameBytes: u32 = 0;
  /** Hash of its path, in which a slash follows each name. */
  path: u32 = 0;
  readonly values = fixedArray(Value, u32(Property.Count));

  has(property: Property): boolean {
    return this.values[u32(property)].at !== 0;
  }

  /** Cells of the property's value. */
  cells(property: Property): u32 {
    return this.values[u32(property)].bytes / 4;
  }

  /** The first cell of the property's value; 0 if it has none. @noinline */
  number(property: Property): u64 {
    const value = this.values[u32(property)];
    return value.bytes < 4 ? 0n : u64(beU32(u64(value.at)));
  }

  /** The lowest two bits of it, or `usual` where there is no such property. @noinline */
  smallNumber(property: Property, usual: u32): u32 {
    return this.has(property) ? u32.wrap(this.number(property)) & 3 : usual;
  }

  /** From here on `cells` are those of the property's value. @noinline */
  open(property: Property): void {
    cells.at = u64(this.values[u32(property)].at);
    cells.left = this.cells(property);
  }

  /** Hash of the property's value as text before a NUL or `end`. @inline */
  text(property: Property, end: u8): u32 {
    const value = this.values[u32(property)];
    return hashText(HASH_START, value.at, value.bytes, end);
  }

  /** A Meaning: what the first name that is known in the property's value, a list of names, stands for. */
  meaning(property: Property): u32 {
    const value = this.values[u32(property)];
    for (let at: u32 = 0; at < value.bytes; at = wrappingAdd(at, wrappingAdd(textBytes, 1))) {
      const meaning = meaningOf(hashText(HASH_START, wrappingAdd(value.at, at), wrappingSub(value.bytes, at), 0));
      if (meaning !== u32(Meaning.Unknown)) {
        return meaning;
      }
    }
    return u32(Meaning.Unknown);
  }
}

/** The cells of one property, which are read one after the other. */
class Cells {
  /** The next one, and how many there are from it on. */
  at: u64 = 0n;
  left: u32 = 0;

  /** The next `count`, as far as there are so many, as a number of which 64 bits are kept. @noinline */
  take(count: u32): u64 {
    let number: u64 = 0n;
    for (let i = count; i > 0 && this.left > 0; i -= 1) {
      number = (number << 32n) | u64(beU32(this.at));
      this.at = wrappingAdd(this.at, 4n);
      this.left -= 1;
    }
    return number;
  }

  /** The next one; 0 if there is none. @noinline */
  next(): u64 {
    return this.take(1);
  }
}
/** What `Node.open` opened last. */
export const cells = new Cells();

/** A walk over one blob; restart with `rewind`. */
export class Fdt {
  /** The memory reservation block, and its entries at most. */
  private reservations: u32 = 0;
  private reservationsMax: u32 = 0;
  /** What `readReservation` found: a physical range. */
  reservedBase: u64 = 0n;
  reservedBytes: u64 = 0n;
  private strings: u32 = 0;
  private stringsBytes: u32 = 0;
  private structure: u32 = 0;
  private structureEnd: u32 = 0;
  /** The next token in the structure block; never behind its end. */
  private at: u32 = 0;
  /** The last node that has begun and not ended; before the root, and behind it, one of depth 0. */
  private node: Node | null = null;
  /** Hash of the name of one more property: `Property.Alias`. */
  alias: u32 = 0;
  /** The walk has ended before the tree. */
  damaged: boolean = false;
  /** By depth. Those that are too deep share the last place. */
  private readonly nodes = fixedArray(Node, DEPTH_MAX + 2);

  /** Takes the blob at `address`, of which `bytesMax` are mapped. False if it is no device tree. */
  open(address: u64, bytesMax: u32): boolean {
    if (bytesMax < HEADER_BYTES || beU32(address) !== MAGIC) {
      return false;
    }
    const start = u32.wrap(address);
    const total = header(address, 4n);
    const structure = header(address, 8n);
    const strings = header(address, 12n);
    const reservations = header(address, 16n);
    const structureBytes = header(address, 36n);
    this.stringsBytes = header(address, 32n);
    this.strings = wrappingAdd(start, strings);
    this.structure = wrappingAdd(start, structure);
    this.structureEnd = wrappingAdd(this.structure, structureBytes);
    this.reservations = wrappingAdd(start, reservations);
    this.reservationsMax = wrappingSub(total, reservations) / RESERVATION_BYTES;
    this.rewind();
    return (
      total <= bytesMax && header(address, 24n) <= VERSION_READABLE && ((structure & 3) | (reservations & 7)) === 0 && reservations <= total &&
      isWithin(structure, structureBytes, total) && isWithin(strings, this.stringsBytes, total)
    );
  }

  /** Reads entry `index` of the memory reservation block. False if it is the one of all zeros that ends it, or behind the blob. */
  readReservation(index: u32): boolean {
    if (index >= this.reservationsMax) {
      return false;
    }
    const entry = u64(wrappingAdd(this.reservations, wrappingMul(index, RESERVATION_BYTES)));
    this.reservedBase = byteSwap(memory.load64(entry));
    this.reservedBytes = byteSwap(memory.load64(wrappingAdd(entry, 8n)));
    return (this.reservedBase | this.reservedBytes) !== 0n;
  }

  /** The child of the root that has begun last. */
  top(): Node {
    return this.nodes[2];
  }

  rewind(): void {
    this.at = this.structure;
    this.damaged = false;
    this.enter(0).path = HASH_START;
  }

  /** The walk is at `depth`. @noinline */
  private enter(depth: u32): Node {
    const node = this.nodes[depth <= DEPTH_MAX ? depth : DEPTH_MAX + 1];
    node.depth = depth;
    this.node = node;
    return node;
  }

  /** Goes on to the end of the next node: its properties are known, and those of the nodes above it. Null at the end of the tree. */
  next(): Node | null {
    let isSound = true;
    while (isSound && this.left() >= 4) {
      switch (this.take()) {
        case 1:
          isSound = this.beginNode();
          break;
        case 2: {
          const node = nonNull(this.node);
          const depth = node.depth;
          isSound = depth !== 0;
          if (isSound) {
            this.enter(wrappingSub(depth, 1));
            if (depth <= DEPTH_MAX) {
              return node;
            }
          }
          break;
        }
        case 3:
          isSound = this.property();
          break;
        case 4:
          break;
        case 9:
          return null;
        default:
          isSound = false;
      }
    }
    this.damaged = true;
    return null;
  }

  /** Bytes of the structure block that are left. */
  private left(): u32 {
    return wrappingSub(this.structureEnd, this.at);
  }

  /** The next cell of the structure block, which has one. */
  private take(): u32 {
    const cell = beU32(u64(this.at));
    this.at = wrappingAdd(this.at, 4);
    return cell;
  }

  /** False if it is damaged, as of `property` and `skip`. */
  private beginNode(): boolean {
    const above = nonNull(this.node);
    const node = this.enter(wrappingAdd(above.depth, 1));
    node.above = above;
    node.path = hashText(above.path, this.at, this.left(), 0);
    node.name = this.at;
    node.nameBytes = textBytes;
    const values = addressOf(node.values);
    zero(values, wrappingAdd(values, u64(sizeOf(Value) * u32(Property.Count))));
    return this.skip(wrappingAdd(textBytes, 1));
  }

  private property(): boolean {
    if (this.left() < 8) {
      return false;
    }
    const bytes = this.take();
    const name = this.take();
    const node = nonNull(this.node);
    if (node.depth === 0 || bytes > this.left() || name >= this.stringsBytes) {
      return false;
    }
    const hash = hashText(HASH_START, wrappingAdd(this.strings, name), wrappingSub(this.stringsBytes, name), 0);
    const value = node.values[hash === this.alias ? u32(Property.Alias) : propertyOf(hash)];
    value.at = this.at;
    value.bytes = bytes;
    return this.skip(bytes);
  }

  /** Steps over `bytes` of payload to the next token, which is 4-byte aligned. */
  private skip(bytes: u32): boolean {
    const padded = wrappingAdd(bytes, 3) & ~3;
    if (padded > this.left()) {
      return false;
    }
    this.at = wrappingAdd(this.at, padded);
    return true;
  }
}

/** Whether `bytes` at `offset` lie in a blob of `total`. */
function isWithin(offset: u32, bytes: u32, total: u32): boolean {
  return offset <= total && bytes <= total - offset;
}

/** A field of the header at `start`. */
function header(start: u64, offset: u64): u32 {
  return beU32(wrappingAdd(start, offset));
}

/** A big-endian u32, 4-byte aligned. */
function beU32(address: u64): u32 {
  return byteSwap(memory.load32(address));
}
