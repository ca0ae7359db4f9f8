/** The loader: every byte of every segment goes where the manifest says, through windows that are open for it, and no further. */
import { beforeAll, describe, expect, it } from 'vitest';
import { IMAGE, machine, ManifestBoard, manifestTree, RAM_IPA } from '../test/manifest-board.ts';
import { flatten, type Value } from '../test/tree-writer.ts';

const PAGE = 0x1000n;
const LINE = 64n;
const board = new ManifestBoard();
beforeAll(() => board.start());

/** Loads machine 0 of a manifest with `changes`; how many steps it took. */
function loadMachine(changes: Readonly<Record<string, Value | null>>): number {
  expect(board.read(flatten(manifestTree({ a: machine(changes) }))), board.line.takeLines().join()).toBe(true);
  const { call } = board.boot;
  call.loaderBegin(0);
  for (let steps = 1; ; steps += 1) if (!call.loaderStep(0, 0)) return steps;
}

const physical = (ipa: bigint): bigint => board.boot.call.stage2Translate(board.boot.call.vmVttbr(0), ipa);

/** Every line of the segment was copied, once, in order, to the RAM behind its IPA. */
function expectCopied(offset: number, bytes: number, target: number): void {
  for (let at = 0n; at < BigInt(bytes); at += LINE) {
    const source = IMAGE + BigInt(offset) + at;
    const copies = board.copies.filter((copy) => source >= copy.source && source < copy.source + copy.bytes);
    expect(copies).toHaveLength(1);
    expect(copies[0]!.target + (source - copies[0]!.source)).toBe(physical(BigInt(target) + at));
  }
  const lines = board.copies.reduce((sum, copy) => sum + copy.bytes / LINE, 0n);
  expect(lines).toBe((BigInt(bytes) + LINE - 1n) / LINE);
}

const alone = { 'device-tree': null, seed: null };

describe('loading', () => {
  it.each([
    ['a line', 0x1000, 64, RAM_IPA], ['a byte', 0x1000, 1, RAM_IPA], ['a page and a byte', 0x1000, 4097, RAM_IPA + 0x40],
    ['over the border of a 2 MiB block of RAM', 0x1000, 0x3000, RAM_IPA + 0x20_0000 - 0x1040],
    ['over the border of a 2 MiB block of the file', 0x1f_f040, 0x2100, RAM_IPA + 0x80],
    ['over both', 0x1f_ffc0, 0x1234, RAM_IPA + 0x3f_ffc0], ['to the last byte of RAM', 0x1000, 0x1000, RAM_IPA + 64 * 0x10_0000 - 0x1000],
  ])('copies %s', (_, offset, bytes, target) => {
    const steps = loadMachine({ ...alone, segments: [offset, bytes, target] });
    expectCopied(offset, bytes, target);
    // No step is longer than a page, so that the processor's other vCPUs get their turn.
    for (const copy of board.copies) expect(copy.bytes).toBeLessThanOrEqual(PAGE);
    expect(steps).toBeLessThanOrEqual(bytes / 4096 + 5);
  });

  it('starts the machine at its entry with its device tree in x0', () => {
    loadMachine({});
    expect([board.boot.call.vcpuPc(0, 0), board.boot.call.vcpuX0(0, 0)]).toEqual([0x4020_0000n, 0x4180_0000n]);
  });

  it('closes its windows and gives the processor its guest back', () => {
    board.boot.program.registers.set('VTTBR_EL2', 0x77n);
    loadMachine({});
    expect(board.boot.program.memory.bytes(0x3c01_0000 + (0x3c80_0000 / 0x20_0000) * 8, 16).every((byte) => byte === 0)).toBe(true);
  });

  it.each([
    ['within a line', RAM_IPA + 0x10_0000], ['over two lines', RAM_IPA + 0x10_0030], ['up to the end of a 2 MiB block', RAM_IPA + 0x20_0000 - 32],
    ['in two 2 MiB blocks, of which its window shows one', RAM_IPA + 0x20_0000 - 16],
  ])('writes a seed %s back to memory, where the guest reads it with its caches off, or refuses it', (_, seed) => {
    const tree = flatten(manifestTree({ a: machine({ ...alone, segments: null, seed: [seed] }) }));
    if (!board.read(tree)) {
      expect(seed % 32, 'a seed that a line holds is good').not.toBe(0);
      expect(board.line.takeLines()[0]).toMatch(/^manifest: a: .*seed/);
      return;
    }
    loadMachine({ ...alone, segments: null, seed: [seed] });
    for (const offset of [0n, 31n]) {
      const line = physical((BigInt(seed) + offset) & ~(LINE - 1n));
      expect(board.cleaned.map((pa) => pa & ~(LINE - 1n))).toContain(line);
    }
  });
});
