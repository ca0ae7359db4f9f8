/**
 * Writes flattened device trees, sound ones and, by way of `raw` words, others.
 * [Devicetree 0.4, 5 "Flattened Devicetree (DTB) Format"]
 */
const BEGIN_NODE = 1;
const END_NODE = 2;
const PROPERTY = 3;
const END = 9;
const MAGIC = 0xd00d_feed;
const HEADER_BYTES = 40;
/** An empty memory reservation block. */
const RESERVATIONS_BYTES = 16;

/** A string, a list of strings, cells, or bytes. */
export type Value = string | readonly string[] | readonly number[] | Uint8Array;
export interface TreeNode {
  readonly name: string;
  readonly properties?: Readonly<Record<string, Value>>;
  readonly children?: readonly TreeNode[];
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value >>> 0, index * 4));
  return bytes;
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

function valueBytes(value: Value): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return Buffer.from(`${value}\0`);
  return value.every((item) => typeof item === 'number') ? words(...value) : Buffer.from(value.map((item) => `${item}\0`).join(''));
}

class Strings {
  text = '';
  readonly #offsets = new Map<string, number>();

  offset(name: string): number {
    const known = this.#offsets.get(name);
    if (known !== undefined) return known;
    const offset = Buffer.byteLength(this.text);
    this.#offsets.set(name, offset);
    this.text += `${name}\0`;
    return offset;
  }
}

function nodeBytes(node: TreeNode, strings: Strings): Buffer {
  const properties = Object.entries(node.properties ?? {}).map(([name, value]) => {
    const bytes = valueBytes(value);
    return Buffer.concat([words(PROPERTY, bytes.length, strings.offset(name)), padded(bytes)]);
  });
  const children = (node.children ?? []).map((child) => nodeBytes(child, strings));
  return Buffer.concat([words(BEGIN_NODE), padded(Buffer.from(`${node.name}\0`)), ...properties, ...children, words(END_NODE)]);
}

/** A blob of the structure and strings blocks as they are, with a header that fits. */
export function blob(structure: Uint8Array, strings: Uint8Array): Buffer {
  const structureOffset = HEADER_BYTES + RESERVATIONS_BYTES;
  const total = structureOffset + structure.length + strings.length;
  const header = words(
    MAGIC, total, structureOffset, structureOffset + structure.length, HEADER_BYTES, 17, 16, 0, strings.length, structure.length,
  );
  return Buffer.concat([header, Buffer.alloc(RESERVATIONS_BYTES), structure, strings]);
}

export function flatten(root: TreeNode): Buffer {
  const strings = new Strings();
  const structure = Buffer.concat([nodeBytes(root, strings), words(END)]);
  return blob(structure, Buffer.from(strings.text));
}
