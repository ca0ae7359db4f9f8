/** The reader of device trees, on sound trees and on thousands that are not. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BootFunctions } from '../test/boot-functions.ts';
import { load, type ProgramUnderTest } from '../test/program-under-test.ts';
import { compileTree, qemuTree, treeSource } from '../test/qemu-tree.ts';
import { mutations } from '../test/tree-mutations.ts';
import { blob, flatten } from '../test/tree-writer.ts';

const BEGIN_NODE = 0;
const PROPERTY = 2;
const END = 3;

let boot: ProgramUnderTest<BootFunctions>;
let virt: Buffer;

beforeAll(async () => {
  boot = await load<BootFunctions>('boot-under-test');
  virt = qemuTree({ cpus: 2, memoryMib: 1024 });
});

/** The string at `address`, which ends with a NUL or after `bytes`. */
const text = (address: bigint, bytes: number): string => Buffer.from(boot.program.memory.bytes(address, bytes)).toString('latin1').split('\0')[0]!;

/** One line a node and property, as deep as it is indented; null where the blob is refused. */
function walk(tree: Uint8Array): { lines: string[]; damaged: boolean } | null {
  const at = boot.placeAtEnd(tree);
  const { call } = boot;
  if (!call.fdtOpen(at, tree.length)) return null;
  const lines: string[] = [];
  // Every token takes four bytes of the blob at least.
  for (let tokens = 0; tokens <= tree.length / 4 + 1; tokens += 1) {
    const token = call.fdtAdvance();
    if (token === END) return { lines, damaged: call.fdtDamaged() };
    const indent = ' '.repeat(call.fdtDepth());
    if (token === BEGIN_NODE) lines.push(`${indent}${text(call.fdtName(), call.fdtNameBytes())} {`);
    if (token === PROPERTY) {
      lines.push(`${indent}${text(call.fdtName(), call.fdtNameBytes())}[${call.fdtValueBytes()}]=${call.fdtNumber(0, 2).toString(16)}`);
    }
  }
  throw new Error('the walk does not end');
}

/** Whether the blob was taken as a tree; if so, all that it leads to was inside it, and the walk ended. */
function explore(tree: Uint8Array): boolean {
  const at = boot.placeAtEnd(tree);
  if (!boot.call.fdtOpen(at, tree.length)) return false;
  expect(boot.call.fdtExplore(at, at + BigInt(tree.length)), 'the token that led outside').toBe(0);
  return true;
}

describe('a sound tree', () => {
  it("of QEMU's board has the nodes that dtc sees", () => {
    const nodes = walk(virt)?.lines.filter((line) => line.endsWith('{')).map((line) => line.trim()) ?? [];
    const expected = [...treeSource(virt).matchAll(/^\s*(\S+) \{$/gm)].map(([, name]) => (name === '/' ? '{' : `${name ?? ''} {`));
    expect(nodes).toEqual(expected.map((line) => (line === '{' ? '{' : line)));
    expect(nodes.length).toBeGreaterThan(40);
    expect(walk(virt)?.damaged).toBe(false);
  });

  it('gives names, depths and values', () => {
    const tree = compileTree('/dts-v1/; / { a = <1 2>; z = [ff]; n@1 { s = "x", "arm,pl011"; empty; inner { }; }; };');
    expect(walk(tree)).toEqual({
      lines: ['  {', ' a[8]=100000002', ' z[1]=0', '  n@1 {', '  s[12]=780061726d2c706c', '  empty[0]=0', '   inner {'],
      damaged: false,
    });
  });

  it('answers what a name is and how a value begins', () => {
    const questions = (source: string): number[] => {
      const tree = compileTree(`/dts-v1/; / { ${source} };`);
      expect(boot.call.fdtOpen(boot.placeAtEnd(tree), tree.length)).toBe(true);
      const answers: number[] = [];
      for (let token = boot.call.fdtAdvance(); token !== END; token = boot.call.fdtAdvance()) {
        if (token === PROPERTY || (token === BEGIN_NODE && boot.call.fdtDepth() === 2)) answers.push(boot.call.fdtQuestions() & (token === PROPERTY ? 5 : 2));
      }
      return answers;
    };
    expect(questions('reg = <1>; re = <1>; regs = <1>; #reg = <1>;')).toEqual([1, 0, 0, 0]);
    expect(questions('cpus { };')).toEqual([2]);
    expect(questions('cpus@0 { };')).toEqual([0]);
    expect(questions('cpusx { };')).toEqual([0]);
    expect(questions('cpu { };')).toEqual([0]);
    expect(questions('c = "arm,pl011";')).toEqual([4]);
    expect(questions('c = "arm,pl0111";')).toEqual([4]);
    expect(questions('c = "a", "arm,pl011";')).toEqual([0]);
    expect(questions('c = "arm,pl01";')).toEqual([0]);
    // Not even NUL-terminated.
    expect(questions('c = [61 72 6d 2c 70 6c 30 31 31];')).toEqual([4]);
  });

  it('reads missing cells as zero', () => {
    const tree = compileTree('/dts-v1/; / { p = [01 02 03 04 05 06 07]; };');
    boot.call.fdtOpen(boot.placeAtEnd(tree), tree.length);
    boot.call.fdtAdvance();
    expect(boot.call.fdtAdvance()).toBe(PROPERTY);
    expect([0, 1, 2, 0xffff_ffff].map((index) => boot.call.fdtCell(index))).toEqual([0x0102_0304, 0, 0, 0]);
    expect(boot.call.fdtNumber(0, 2)).toBe(0x0102_0304_0000_0000n);
    expect(boot.call.fdtNumber(0, 1)).toBe(0x0102_0304n);
  });

  it('may have NOPs anywhere', () => {
    const structure = Buffer.alloc(4 * 9);
    [4, 1, 0, 4, 4, 2, 4, 9, 0].forEach((token, index) => structure.writeUInt32BE(token, index * 4));
    expect(walk(blob(structure, Buffer.alloc(0)))).toEqual({ lines: ['  {'], damaged: false });
  });
});

describe('what is no device tree', () => {
  const changed = (wordIndex: number, value: number): Buffer => {
    const tree = Buffer.from(virt.subarray(0));
    tree.writeUInt32BE(value, wordIndex * 4);
    return tree;
  };
  it.each([
    ['magic', 0, 0xd00d_feee], ['length', 1, 0x7fff_ffff], ['structure offset', 2, 0xffff_fff0], ['odd structure offset', 2, 0x29],
    ['strings offset', 3, 0xffff_fff0], ['strings length', 8, 0xffff_ffff], ['structure length', 9, 0xffff_ffff],
    ['last compatible version', 6, 18],
  ])('is refused for its %s', (_, index, value) => expect(walk(changed(index, value))).toBeNull());

  it('is refused when it is cut off', () => {
    for (const bytes of [0, 4, 39, 40, virt.length - 1]) expect(walk(virt.subarray(0, bytes))).toBeNull();
  });

  it('ends early with `damaged` where its tokens make no sense', () => {
    const structure = (...tokens: number[]): Buffer => {
      const bytes = Buffer.alloc(tokens.length * 4);
      tokens.forEach((token, index) => bytes.writeUInt32BE(token, index * 4));
      return bytes;
    };
    const strings = Buffer.from('p\0');
    for (const tokens of [[], [2], [1], [1, 0], [1, 0, 5], [1, 0, 3], [1, 0, 3, 8, 0, 1], [1, 0, 3, 0, 2], [1, 0, 3, 0xffff_ffff, 0], [1, 0, 2, 2, 9], [1, 0x6161_6161]]) {
      expect(walk(blob(structure(...tokens), strings))?.damaged, tokens.join(' ')).toBe(true);
    }
  });
});

describe('a damaged tree', () => {
  it('never leads outside its own bytes, traps or goes on for ever', () => {
    const small = flatten({ name: '', properties: { a: [1, 2], compatible: ['arm,pl011', 'x'] }, children: [{ name: 'cpus@0', properties: { reg: [1] } }] });
    let opened = 0;
    fc.assert(
      fc.property(fc.boolean(), mutations, (isSmall, mutate) => {
        if (explore(mutate(isSmall ? small : virt))) opened += 1;
      }),
      { numRuns: 3000, seed: 1 },
    );
    expect(opened).toBeGreaterThan(100);
  });

  it('nor does one of random tokens', () => {
    const token = fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(0, 1, 2, 3, 4) },
      { weight: 1, arbitrary: fc.nat(16) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff_ffff }) },
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 40 }), fc.uint8Array({ maxLength: 12 }), (tokens, strings) => {
        const structure = Buffer.alloc(tokens.length * 4);
        tokens.forEach((value, index) => structure.writeUInt32BE(value, index * 4));
        expect(explore(blob(structure, strings))).toBe(true);
      }),
      { numRuns: 3000, seed: 2 },
    );
  });
});
