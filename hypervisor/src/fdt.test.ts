/** The reader of device trees, on sound trees and on thousands that are not. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BootFunctions } from '../test/boot-functions.ts';
import { load, type ProgramUnderTest } from '../test/program-under-test.ts';
import { compileTree, qemuTree, treeSource } from '../test/qemu-tree.ts';
import { mutations } from '../test/tree-mutations.ts';
import { blob, flatten } from '../test/tree-writer.ts';

/** Property of names.ts: some of those that are known. */
const REG = 36;
const PROPERTIES = { reg: REG, compatible: REG - 1, interrupts: REG - 2, status: REG - 3 };
/** Meaning of names.ts. */
const UNKNOWN = 0;
const MANIFEST = 16;
const UART = 17;

let boot: ProgramUnderTest<BootFunctions>;
let virt: Buffer;

beforeAll(async () => {
  boot = await load<BootFunctions>('boot-under-test');
  virt = qemuTree({ cpus: 2, memoryMib: 1024 });
});

/** One line a node, in the order in which they end, as deep as it is indented, with those of `PROPERTIES` that it has; null where the blob is refused. */
function walk(tree: Uint8Array): { lines: string[]; damaged: boolean } | null {
  const at = boot.placeAtEnd(tree);
  const { call } = boot;
  if (!call.fdtOpen(at, tree.length)) return null;
  const lines: string[] = [];
  // Every node takes eight bytes of the blob at least.
  for (let nodes = 0; nodes <= tree.length / 8 + 1; nodes += 1) {
    if (!call.fdtNext()) return { lines, damaged: call.fdtDamaged() };
    const name = Buffer.from(boot.program.memory.bytes(call.fdtName(), call.fdtNameBytes())).toString('latin1');
    const has = Object.entries(PROPERTIES).flatMap(([one, property]) => (call.fdtAt(property) === 0 ? [] : [`${one}[${call.fdtBytes(property)}]`]));
    lines.push([' '.repeat(call.fdtDepth()) + (name || '/'), ...has].join(' '));
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
    const nodes = walk(virt)?.lines.map((line) => line.trim().split(' ')[0]) ?? [];
    const expected = [...treeSource(virt).matchAll(/^\s*(\S+) \{$/gm)].map(([, name]) => name);
    expect([...nodes].sort()).toEqual([...expected].sort());
    expect(nodes.at(-1)).toBe('/');
    expect(nodes.length).toBeGreaterThan(40);
    expect(walk(virt)?.damaged).toBe(false);
  });

  it('gives names, depths and the properties that are known', () => {
    const tree = compileTree('/dts-v1/; / { status = "okay"; z = [ff]; n@1 { reg = <1 2>; compatible = "x", "arm,pl011"; interrupts; inner { }; }; o { }; };');
    expect(walk(tree)).toEqual({ lines: ['   inner', '  n@1 reg[8] compatible[12] interrupts[0]', '  o', ' / status[5]'], damaged: false });
  });

  it('takes no name for another', () => {
    const tree = compileTree('/dts-v1/; / { a { reg = <1>; }; b { re = <1>; }; c { regs = <1>; }; d { #reg = <1>; }; e { reg-shift = <1>; }; };');
    expect(walk(tree)?.lines.filter((line) => line.includes('reg['))).toEqual(['  a reg[4]']);
  });

  it('passes over nodes that are very deep, and knows those around them', () => {
    const depths = Array.from({ length: 20 }, (_, depth) => depth);
    const tree = compileTree(`/dts-v1/; / { ${depths.map((depth) => `n${depth} { reg = <${depth}>;`).join(' ')} ${depths.map(() => '};').join('')} last { status = "x"; }; };`);
    const lines = walk(tree)?.lines.map((line) => line.trim());
    expect(lines).toEqual([...depths.slice(0, 14).reverse().map((depth) => `n${depth} reg[4]`), 'last status[2]', '/']);
  });

  it('answers which of a list of names is known', () => {
    const meaning = (source: string): number => {
      const tree = compileTree(`/dts-v1/; / { ${source} };`);
      expect(boot.call.fdtOpen(boot.placeAtEnd(tree), tree.length)).toBe(true);
      expect(boot.call.fdtNext()).toBe(true);
      return boot.call.fdtMeaning();
    };
    expect(meaning('compatible = "arm,pl011";')).toBe(UART);
    expect(meaning('compatible = "arm,pl0111";')).toBe(UNKNOWN);
    expect(meaning('compatible = "a", "", "arm,pl011", "thimble,manifest-1";')).toBe(UART);
    expect(meaning('compatible = "thimble,manifest-1";')).toBe(MANIFEST);
    expect(meaning('compatible = "thimble,manifest-2";')).toBe(UNKNOWN);
    expect(meaning('compatible;')).toBe(UNKNOWN);
    expect(meaning('')).toBe(UNKNOWN);
    // Not even NUL-terminated.
    expect(meaning('compatible = [61 72 6d 2c 70 6c 30 31 31];')).toBe(UART);
  });

  it('reads missing cells as nothing', () => {
    const tree = compileTree('/dts-v1/; / { reg = [01 02 03 04 05 06 07 08 09 0a 0b]; };');
    boot.call.fdtOpen(boot.placeAtEnd(tree), tree.length);
    boot.call.fdtNext();
    expect(boot.call.fdtBytes(REG)).toBe(11);
    expect([0, 1, 2, 0xffff_ffff].map((index) => boot.call.fdtCell(index))).toEqual([0x0102_0304, 0x0506_0708, 0, 0]);
    expect([0, 1, 2, 3].map((count) => boot.call.fdtNumber(0, count))).toEqual([0n, 0x0102_0304n, 0x0102_0304_0506_0708n, 0x0102_0304_0506_0708n]);
    expect(boot.call.fdtNumber(0xffff_ffff, 3)).toBe(0n);
  });

  it('may have NOPs anywhere', () => {
    const structure = Buffer.alloc(4 * 9);
    [4, 1, 0, 4, 4, 2, 4, 9, 0].forEach((token, index) => structure.writeUInt32BE(token, index * 4));
    expect(walk(blob(structure, Buffer.alloc(0)))).toEqual({ lines: [' /'], damaged: false });
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
    for (const tokens of [[], [2], [3, 0, 0, 9], [1], [1, 0], [1, 0, 5], [1, 0, 3], [1, 0, 3, 8, 0, 1], [1, 0, 3, 0, 2], [1, 0, 3, 0xffff_ffff, 0], [1, 0, 2, 2, 9], [1, 0x6161_6161]]) {
      expect(walk(blob(structure(...tokens), strings))?.damaged, tokens.join(' ')).toBe(true);
    }
  });
});

describe('a damaged tree', () => {
  it('never leads outside its own bytes, traps or goes on for ever', () => {
    const small = flatten({ name: '', properties: { '#size-cells': [1, 2], compatible: ['arm,pl011', 'x'] }, children: [{ name: 'cpus@0', properties: { reg: [1] } }] });
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
