/**
 * The longest time for which the hypervisor does not look at interrupts, in instructions: what an urgent one may have to wait.
 *
 * Interrupts are masked at EL2. QEMU's log names each instruction that the hypervisor executes, one after the other, so that
 * sections can be counted exactly, in the very image that is shipped. One begins with an entry from a guest, and ends
 * with the return to a guest, with WFI, or where the scheduler takes interrupts in its loop.
 * docs/adr/0024-masked-sections-from-a-trace.md
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const INSTRUCTION_BYTES = 4;
const ERET = 0xd69f03e0;
const WFI = 0xd503207f;
/** `mrs x?, ICC_IAR1_EL1`. */
const ACKNOWLEDGE = 0xd538cc00;
const ACKNOWLEDGE_MASK = 0xffffffe0;
/** Vectors of IRQ and FIQ from a lower exception level [DDI0487 "Exception vectors"]. */
const INTERRUPT_VECTORS = [0x480, 0x500, 0x680, 0x700];

enum Role {
  Ordinary,
  Return,
  Sleep,
  Acknowledge,
}

/** The hypervisor's code: its linked address, its bytes, and its functions by address. */
export interface TracedImage {
  readonly base: number;
  readonly code: Buffer;
  readonly functions: readonly { readonly name: string; readonly address: number }[];
}

export interface Section {
  readonly instructions: number;
  /** Whether the processor sleeps after it. */
  readonly isIdle: boolean;
  /** Instructions by function. */
  readonly functions: ReadonlyMap<string, number>;
}

function roleOf(word: number): Role {
  if (word === ERET) return Role.Return;
  if (word === WFI) return Role.Sleep;
  return (word & ACKNOWLEDGE_MASK) >>> 0 === ACKNOWLEDGE ? Role.Acknowledge : Role.Ordinary;
}

/** The function that each instruction of the image belongs to. */
function functionNames({ base, code, functions }: TracedImage): string[] {
  const sorted = functions.toSorted((a, b) => a.address - b.address);
  let at = -1;
  return Array.from({ length: code.length / INSTRUCTION_BYTES }, (_, index) => {
    while ((sorted[at + 1]?.address ?? Infinity) <= base + index * INSTRUCTION_BYTES) at += 1;
    return sorted[at]?.name ?? '?';
  });
}

/** Takes the program counter of one executed instruction after the other; `onSection` hears of each section at its end. */
export class SectionReader {
  private readonly roles: Role[];
  private readonly names: string[];
  private counts = new Map<string, number>();
  private instructions = 0;
  private isInterrupt = false;

  constructor(
    private readonly image: TracedImage,
    private readonly onSection: (section: Section) => void,
  ) {
    const words = Array.from({ length: image.code.length >> 2 }, (_, index) => image.code.readUInt32LE(index * INSTRUCTION_BYTES));
    this.roles = words.map(roleOf);
    this.names = functionNames(image);
  }

  push(address: number): void {
    const index = (address - this.image.base) / INSTRUCTION_BYTES;
    const role = this.roles[index];
    if (role === undefined) return;
    if (this.instructions === 0) this.isInterrupt = INTERRUPT_VECTORS.includes(address - this.image.base);
    const name = this.names[index] ?? '?';
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    this.instructions += 1;
    // The interrupt that made the processor enter is not a further look.
    if (role === Role.Acknowledge && this.isInterrupt) this.isInterrupt = false;
    else if (role !== Role.Ordinary) this.end(role === Role.Sleep);
  }

  private end(isIdle: boolean): void {
    this.onSection({ isIdle, instructions: this.instructions, functions: this.counts });
    this.counts = new Map();
    this.instructions = 0;
  }
}

/** The program counter in a line `Trace 0: 0x7f… [0000000000000000/000000003c001bb8/…` of QEMU's log. */
const TRACE_LINE = /^Trace \d+: \S+ \[[0-9a-f]+\/([0-9a-f]+)\//;

/**
 * Reads QEMU's log; `onSection` hears of each section, and at which byte of the log it ends. The first one, the boot, is left out:
 * there is no guest yet.
 */
export async function readSections(logFile: string, image: TracedImage, onSection: (section: Section, end: number) => void): Promise<void> {
  let isBoot = true;
  let offset = 0;
  const reader = new SectionReader(image, (section) => {
    if (!isBoot) onSection(section, offset);
    isBoot = false;
  });
  for await (const line of createInterface({ input: createReadStream(logFile, 'latin1') })) {
    offset += line.length + 1;
    const [, address] = TRACE_LINE.exec(line) ?? [];
    if (address !== undefined) reader.push(Number.parseInt(address, 16));
  }
}
