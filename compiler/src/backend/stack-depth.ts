/**
 * The deepest stack of a linked program: clang's frame size of each function, summed along the calls that are in
 * the machine code itself, so that inlining, tail calls and outlined pieces count as what they became.
 *
 * Assembly of the program's own is followed but its own pushes are not known: a naked function counts 0 bytes.
 */
import { readSections, type ElfSymbol } from './elf.ts';
import { isOutlined } from './outlined.ts';

/** An outlined piece saves at most the link register. */
const outlinedFrameBytes = 16;
const [branch, branchWithLink] = [0x05, 0x25];

/** Lines of clang's `-fstack-usage`: place, function, bytes, kind. */
export function parseStackUsage(text: string): Map<string, number> {
  const frames = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [place, bytes] = line.split('\t');
    const name = place?.split(':').at(-1);
    if (name !== undefined && bytes !== undefined) frames.set(name, Number(bytes));
  }
  return frames;
}

interface Node {
  readonly frameBytes: number;
  readonly callees: Set<Node>;
}

export function deepestStack(elf: Buffer, symbols: readonly ElfSymbol[], frames: ReadonlyMap<string, number>): number {
  const functions = symbols.filter((one) => one.isFunction && one.bytes > 0);
  const nodes = new Map<ElfSymbol, Node>();
  const frameOf = (name: string): number => (isOutlined(name) ? outlinedFrameBytes : (frames.get(name) ?? 0));
  for (const one of functions) nodes.set(one, { frameBytes: frameOf(one.name), callees: new Set() });
  const holding = (address: bigint): ElfSymbol | undefined => functions.find((one) => address >= one.address && address < one.address + BigInt(one.bytes));
  for (const one of functions) {
    for (const target of branchTargets(elf, one)) {
      const callee = holding(target);
      const node = callee === undefined || callee === one ? undefined : nodes.get(callee);
      if (node !== undefined) nodes.get(one)?.callees.add(node);
    }
  }
  return Math.max(0, ...[...nodes.values()].map((node) => depthOf(node, new Map(), new Set())));
}

function depthOf(node: Node, known: Map<Node, number>, path: Set<Node>): number {
  const found = known.get(node);
  if (found !== undefined) return found;
  path.add(node);
  const deepest = Math.max(0, ...[...node.callees].filter((one) => !path.has(one)).map((one) => depthOf(one, known, path)));
  path.delete(node);
  known.set(node, node.frameBytes + deepest);
  return node.frameBytes + deepest;
}

function* branchTargets(elf: Buffer, of: ElfSymbol): Generator<bigint> {
  const section = readSections(elf).find((one) => of.address >= one.address && of.address < one.address + BigInt(one.size) && one.name === of.section);
  if (section === undefined) return;
  const start = section.offset + Number(of.address - section.address);
  for (let at = 0; at + 4 <= of.bytes; at += 4) {
    const word = elf.readUInt32LE(start + at);
    const operation = word >>> 26;
    if (operation !== branch && operation !== branchWithLink) continue;
    yield of.address + BigInt(at) + BigInt(word << 6 >> 6) * 4n;
  }
}
