/**
 * Flattened device trees: the format of the manifest and of what a guest finds in x0.
 *
 * Written and read here rather than by dtc, so that building an image needs no process a tree and a test can
 * look into one. Version 17, compatible with 16 [Devicetree 0.4, 5 "Flattened Devicetree (DTB) Format"]:
 *
 *     header          40 bytes
 *     reservation map 16 bytes: the terminating entry only
 *     structure       tokens, each on a 4-byte boundary
 *     strings         property names, each once
 */
const MAGIC = 0xd00dfeed;
const VERSION = 17;
const COMPATIBLE_VERSION = 16;
const HEADER_BYTES = 40;
const RESERVATION_BYTES = 16;

enum Token {
  BeginNode = 1,
  EndNode = 2,
  Property = 3,
  Nop = 4,
  End = 9,
}

/** A property: text, several texts, 32-bit cells, bytes, or (true) nothing but its name. */
export type PropertyValue = string | readonly string[] | readonly number[] | Uint8Array | true;

export interface TreeNode {
  readonly name: string;
  readonly properties: Readonly<Record<string, PropertyValue>>;
  readonly children: readonly TreeNode[];
}

export function node(
  name: string,
  properties: Readonly<Record<string, PropertyValue>>,
  children: readonly TreeNode[] = [],
): TreeNode {
  return { name, properties, children };
}

/** A 64-bit value as the two cells that a tree with `#address-cells = <2>` wants. */
export function cells64(value: number): readonly [number, number] {
  return [Math.floor(value / 2 ** 32), value >>> 0];
}

function propertyBytes(value: PropertyValue): Uint8Array {
  if (value === true) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return Buffer.from(`${value}\0`, 'utf8');
  const texts = value.filter((item) => typeof item === 'string');
  if (texts.length > 0) return Buffer.from(texts.map((text) => `${text}\0`).join(''), 'utf8');
  const bytes = Buffer.alloc(value.length * 4);
  (value as readonly number[]).forEach((cell, index) => bytes.writeUInt32BE(cell, index * 4));
  return bytes;
}

/** Collects the structure block and the strings it refers to. */
class Writer {
  private readonly parts: Uint8Array[] = [];
  private readonly names = new Map<string, number>();
  private nameBytes = 0;

  private word(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    this.parts.push(bytes);
  }

  private padded(bytes: Uint8Array): void {
    this.parts.push(bytes, new Uint8Array((4 - (bytes.length % 4)) % 4));
  }

  private nameOffset(name: string): number {
    const known = this.names.get(name);
    if (known !== undefined) return known;
    const offset = this.nameBytes;
    this.names.set(name, offset);
    this.nameBytes += Buffer.byteLength(name) + 1;
    return offset;
  }

  node(tree: TreeNode): void {
    this.word(Token.BeginNode);
    this.padded(Buffer.from(`${tree.name}\0`, 'utf8'));
    for (const [name, value] of Object.entries(tree.properties)) {
      const bytes = propertyBytes(value);
      this.word(Token.Property);
      this.word(bytes.length);
      this.word(this.nameOffset(name));
      this.padded(bytes);
    }
    for (const child of tree.children) this.node(child);
    this.word(Token.EndNode);
  }

  finish(): Buffer {
    this.word(Token.End);
    const structure = Buffer.concat(this.parts);
    const strings = Buffer.from([...this.names.keys()].map((name) => `${name}\0`).join(''), 'utf8');
    const structureOffset = HEADER_BYTES + RESERVATION_BYTES;
    const header = Buffer.alloc(structureOffset);
    const fields = [
      MAGIC,
      structureOffset + structure.length + strings.length,
      structureOffset,
      structureOffset + structure.length,
      HEADER_BYTES,
      VERSION,
      COMPATIBLE_VERSION,
      0, // boot CPU
      strings.length,
      structure.length,
    ];
    fields.forEach((field, index) => header.writeUInt32BE(field, index * 4));
    return Buffer.concat([header, structure, strings]);
  }
}

/** The flattened form of a tree whose root's name is empty. */
export function flatten(root: TreeNode): Buffer {
  const writer = new Writer();
  writer.node(root);
  return writer.finish();
}

/** A property as it lies in a flattened tree. */
export interface FlatProperty {
  readonly bytes: Buffer;
  /** Offset of the value in the flattened tree. */
  readonly offset: number;
}

export interface FlatNode {
  readonly name: string;
  readonly properties: ReadonlyMap<string, FlatProperty>;
  readonly children: readonly FlatNode[];
}

/** A flattened tree that is damaged; the message says how. */
export class DamagedTree extends Error {}

interface Cursor {
  readonly blob: Buffer;
  readonly end: number;
  readonly strings: number;
  offset: number;
}

function readWord(cursor: Cursor): number {
  if (cursor.offset + 4 > cursor.end) throw new DamagedTree('the structure ends in the middle of a token');
  const word = cursor.blob.readUInt32BE(cursor.offset);
  cursor.offset += 4;
  return word;
}

function readText(blob: Buffer, offset: number): string {
  const end = blob.indexOf(0, offset);
  if (offset > blob.length || end < 0) throw new DamagedTree('a name runs past the end');
  return blob.toString('utf8', offset, end);
}

function readProperty(cursor: Cursor): [string, FlatProperty] {
  const length = readWord(cursor);
  const name = readText(cursor.blob, cursor.strings + readWord(cursor));
  const offset = cursor.offset;
  if (offset + length > cursor.end) throw new DamagedTree(`property ${name} runs past the end`);
  cursor.offset = (offset + length + 3) & ~3;
  return [name, { bytes: cursor.blob.subarray(offset, offset + length), offset }];
}

const DEPTH_MAX = 16;

function readNode(cursor: Cursor, depth: number): FlatNode {
  if (depth > DEPTH_MAX) throw new DamagedTree('nodes nest too deeply');
  const name = readText(cursor.blob, cursor.offset);
  cursor.offset = (cursor.offset + Buffer.byteLength(name) + 4) & ~3;
  const properties = new Map<string, FlatProperty>();
  const children: FlatNode[] = [];
  for (;;) {
    const token = readWord(cursor);
    if (token === Token.EndNode) return { name, properties, children };
    if (token === Token.BeginNode) children.push(readNode(cursor, depth + 1));
    else if (token === Token.Property) properties.set(...readProperty(cursor));
    else if (token !== Token.Nop) throw new DamagedTree(`unknown token ${String(token)}`);
  }
}

/** The root of the flattened tree at the start of `blob`, which may be longer than the tree. */
export function readTree(blob: Buffer): FlatNode {
  if (blob.length < HEADER_BYTES || blob.readUInt32BE(0) !== MAGIC) throw new DamagedTree('no device tree magic');
  const totalBytes = blob.readUInt32BE(4);
  if (totalBytes > blob.length) throw new DamagedTree('it is longer than the file');
  const start = blob.readUInt32BE(8);
  const strings = blob.readUInt32BE(12);
  const end = start + blob.readUInt32BE(36);
  if (end > totalBytes || strings > totalBytes) throw new DamagedTree('a block lies outside the tree');
  const cursor: Cursor = { blob: blob.subarray(0, totalBytes), end, strings, offset: start };
  if (readWord(cursor) !== (Token.BeginNode as number)) throw new DamagedTree('no root node');
  return readNode(cursor, 0);
}

/** The child that a path of names (`chosen`, `cpus`, `cpu@0`) leads to, or null. */
export function childAt(root: FlatNode, path: readonly string[]): FlatNode | null {
  let at: FlatNode | undefined = root;
  for (const name of path) at = at?.children.find((child) => child.name === name);
  return at ?? null;
}

/** A property's 32-bit cells; empty where there is no such property. */
export function cellsOf(from: FlatNode, name: string): number[] {
  const bytes = from.properties.get(name)?.bytes ?? Buffer.alloc(0);
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readUInt32BE(index * 4));
}

/** A property's text up to its first NUL; empty where there is no such property. */
export function textOf(from: FlatNode, name: string): string {
  const bytes = from.properties.get(name)?.bytes ?? Buffer.alloc(0);
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}
