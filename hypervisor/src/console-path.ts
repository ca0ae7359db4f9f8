/**
 * Which node of the device tree is the console: /chosen's stdout-path, which is a path or one of /aliases' names,
 * with options after a colon; else what /aliases calls serial0. [Devicetree 0.4, 3.3 "/aliases node", 3.6 "/chosen Node"]
 */
import { Token, type Fdt } from './fdt.ts';

const SLASH = 0x2f;
const COLON = 0x3a;

export class ConsolePath {
  /** The path, in the tree, and its bytes; none if nothing is said. */
  path: u64 = 0n;
  bytes: u32 = 0;

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
