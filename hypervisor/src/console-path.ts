/**
 * Which node of the device tree is the console: /chosen's stdout-path, which is a path or one of /aliases' names,
 * with options after a colon; else what /aliases calls serial0. [Devicetree 0.4, 3.3 "/aliases node", 3.6 "/chosen Node"]
 */
import { Token, type Fdt } from './fdt.ts';

const DEPTH_MAX = 16;
const SLASH = 0x2f;
const COLON = 0x3a;
/** Where the walk's current path has left the console's. */
const NO_MATCH = 0xffff_ffff;

export class ConsolePath {
  private path: u64 = 0n;
  private bytes: u32 = 0;
  /** A depth: bytes of the console's path that the current nodes down to there match. */
  private readonly matched = fixedArray(u32, DEPTH_MAX);

  /** Looks the path up. */
  find(tree: Fdt): void {
    this.bytes = 0;
    this.take(tree, 'chosen', 'stdout-path', 0n, 0);
    if (this.bytes > 0 && memory.load8(this.path) !== SLASH) {
      const alias = this.path;
      const aliasBytes = this.bytes;
      this.bytes = 0;
      this.take(tree, 'aliases', '', alias, aliasBytes);
    }
    if (this.bytes === 0) {
      this.take(tree, 'aliases', 'serial0', 0n, 0);
    }
  }

  /** Takes the path from a property of the top-level node `node`: the one called `property`, or the one that `alias` names. */
  private take(tree: Fdt, node: string, property: string, alias: u64, aliasBytes: u32): void {
    tree.rewind();
    let inside = false;
    while (true) {
      switch (tree.advance()) {
        case Token.BeginNode:
          inside = tree.depth === 2 && tree.isNamed(node);
          break;
        case Token.EndNode:
          if (inside) {
            return;
          }
          break;
        case Token.Property:
          if (inside && (aliasBytes === 0 ? tree.isNamed(property) : equals(tree, alias, aliasBytes))) {
            this.path = tree.value;
            this.bytes = pathBytes(tree);
            return;
          }
          break;
        case Token.End:
          return;
      }
    }
  }

  /** The walk has entered a node. Whether it is the console. */
  enter(tree: Fdt): boolean {
    if (tree.depth >= DEPTH_MAX) {
      return false;
    }
    let here: u32 = NO_MATCH;
    if (tree.depth === 1) {
      here = 0;
    } else {
      const above = this.matched[tree.depth - 1];
      if (above !== NO_MATCH && above + 1 + tree.nameBytes <= this.bytes && this.matches(tree, above)) {
        here = above + 1 + tree.nameBytes;
      }
    }
    this.matched[tree.depth] = here;
    return this.bytes > 0 && here === this.bytes;
  }

  /** Whether the path goes on, after `above` bytes, with a slash and the node's name. */
  private matches(tree: Fdt, above: u32): boolean {
    if (memory.load8(this.path + u64(above)) !== SLASH) {
      return false;
    }
    return equals(tree, this.path + u64(above + 1), tree.nameBytes);
  }
}

/** Whether the current node's or property's name is the `bytes` bytes at `name`. */
function equals(tree: Fdt, name: u64, bytes: u32): boolean {
  if (tree.nameBytes < bytes) {
    return false;
  }
  for (let i: u32 = 0; i < bytes; i += 1) {
    if (memory.load8(name + u64(i)) !== memory.load8(tree.name + u64(i))) {
      return false;
    }
  }
  return tree.nameEndsAt(bytes);
}

/** Bytes of the current property's value before a colon or NUL. */
function pathBytes(tree: Fdt): u32 {
  let bytes: u32 = 0;
  while (bytes < tree.valueBytes) {
    const byte = memory.load8(tree.value + u64(bytes));
    if (byte === 0 || byte === COLON) {
      break;
    }
    bytes += 1;
  }
  return bytes;
}
