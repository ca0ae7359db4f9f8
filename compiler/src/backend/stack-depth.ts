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
const instructionBytes = 4n;
/** Of a section's flags. */
const executable = 4n;
const [branch, branchWithLink] = [0x05, 0x25];
/** The instructions that branch to a distance in words: `b` and `bl`, `b.cond`, `cbz` and `cbnz`, `tbz` and `tbnz`. */
const branchForms = [
  { mask: 0x7c00_0000, value: 0x1400_0000, low: 0, bits: 26 },
  { mask: 0xff00_0010, value: 0x5400_0000, low: 5, bits: 19 },
  { mask: 0x7e00_0000, value: 0x3400_0000, low: 5, bits: 19 },
  { mask: 0x7e00_0000, value: 0x3600_0000, low: 5, bits: 14 },
];

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
  readonly callees: ReadonlySet<bigint>;
}

export function deepestStack(elf: Buffer, symbols: readonly ElfSymbol[], frames: ReadonlyMap<string, number>): number {
  const functions = symbols.filter((one) => one.isFunction && one.bytes > 0);
  const starts = new Set(functions.map((one) => one.address));
  const wordAt = instructionReader(elf);
  const frameOf = (name: string): number => (isOutlined(name) ? outlinedFrameBytes : (frames.get(name) ?? 0));
  const nodes = new Map(functions.map((one): [bigint, Node] => [one.address, { frameBytes: frameOf(one.name), callees: calleesFrom(one.address, starts, wordAt) }]));
  return Math.max(0, ...[...nodes.keys()].map((one) => depthOf(one, nodes, new Map(), new Set())));
}

function depthOf(address: bigint, nodes: ReadonlyMap<bigint, Node>, known: Map<bigint, number>, path: Set<bigint>): number {
  const found = known.get(address);
  const node = nodes.get(address);
  if (found !== undefined || node === undefined) return found ?? 0;
  path.add(address);
  const deepest = Math.max(0, ...[...node.callees].filter((one) => !path.has(one)).map((one) => depthOf(one, nodes, known, path)));
  path.delete(address);
  known.set(address, node.frameBytes + deepest);
  return node.frameBytes + deepest;
}

/** The functions that the one at `start` calls or goes on to, also where it has joined another's code in the middle. */
function calleesFrom(start: bigint, starts: ReadonlySet<bigint>, wordAt: (address: bigint) => number | undefined): ReadonlySet<bigint> {
  const callees = new Set<bigint>();
  const seen = new Set<bigint>();
  const open = [start];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const word = wordAt(at);
    if (word === undefined || seen.has(at)) continue;
    seen.add(at);
    const target = branchTarget(word, at);
    const calls = word >>> 26 === branchWithLink;
    const next = [...(target === undefined || calls ? [] : [target]), ...(endsCode(word) ? [] : [at + instructionBytes])];
    if (target !== undefined && calls) callees.add(target);
    for (const one of next) if (starts.has(one) && one !== start) callees.add(one);
      else open.push(one);
  }
  return callees;
}

/** Where the instruction `word` at `address` branches to [DDI0487 "A64 Base Instructions", "Branches, Exception Generating and System instructions"]. */
function branchTarget(word: number, address: bigint): bigint | undefined {
  const form = branchForms.find(({ mask, value }) => (word & mask) >>> 0 === value);
  return form === undefined ? undefined : address + BigInt((word << (32 - form.low - form.bits)) >> (32 - form.bits)) * 4n;
}

/** `b`, `br`, `ret` and `eret`, `brk`: nothing goes on behind it. */
function endsCode(word: number): boolean {
  const isCallByRegister = (word & 0xffff_fc1f) >>> 0 === 0xd63f_0000;
  const leavesByRegister = (word & 0xfe00_0000) >>> 0 === 0xd600_0000 && !isCallByRegister;
  return word >>> 26 === branch || leavesByRegister || (word & 0xffe0_0000) >>> 0 === 0xd420_0000;
}

function instructionReader(elf: Buffer): (address: bigint) => number | undefined {
  const sections = readSections(elf).filter((one) => (one.flags & executable) !== 0n);
  return (address) => {
    const section = sections.find((one) => address >= one.address && address + instructionBytes <= one.address + BigInt(one.size));
    return section === undefined ? undefined : elf.readUInt32LE(section.offset + Number(address - section.address));
  };
}
