import { describe, expect, it } from 'vitest';
import { type Section, SectionReader } from './masked-sections.ts';

const [NOP, ERET, WFI, ACKNOWLEDGE] = [0xd503201f, 0xd69f03e0, 0xd503207f, 0xd538cc03];
const BASE = 0x3c000000;

/** Code whose words are `words` from `offset` on, and no-operations elsewhere. */
function image(words: readonly number[], offset: number) {
  const code = Buffer.alloc(0x1000);
  for (let at = 0; at < code.length; at += 4) code.writeUInt32LE(NOP, at);
  words.forEach((word, index) => code.writeUInt32LE(word, offset + index * 4));
  const functions = [
    { name: 'work', address: BASE + 0x800 },
    { name: 'table', address: BASE },
  ];
  return { base: BASE, code, functions };
}

function sections(words: readonly number[], offset: number, path: readonly number[]): Section[] {
  const found: Section[] = [];
  const reader = new SectionReader(image(words, offset), (section) => found.push(section));
  for (const address of path) reader.push(BASE + address);
  return found;
}

describe('sections with interrupts masked', () => {
  it('end with the return to a guest, and are counted by function', () => {
    const [one, two] = sections([NOP, ERET], 0x800, [0x400, 0x404, 0x800, 0x804, 0x400, 0x804]);
    expect(one?.instructions).toBe(4);
    expect(Object.fromEntries(one?.functions ?? [])).toEqual({ table: 2, work: 2 });
    expect(two?.instructions).toBe(2);
  });

  it('end where the processor sleeps, and where a loop takes interrupts', () => {
    expect(sections([WFI, ACKNOWLEDGE, NOP], 0x800, [0x400, 0x800, 0x804, 0x808, 0x804])).toMatchObject([
      { instructions: 2, isIdle: true },
      { instructions: 1, isIdle: false },
      { instructions: 2, isIdle: false },
    ]);
  });

  it('go on where the interrupt is taken that they began with', () => {
    expect(sections([ACKNOWLEDGE, NOP, ERET], 0x800, [0x480, 0x800, 0x804, 0x808]).map((each) => each.instructions)).toEqual([4]);
  });

  it('have no instruction of anybody else', () => {
    expect(sections([ERET], 0x800, [0x400, 0x4000_0000, 0x800]).map((each) => each.instructions)).toEqual([2]);
  });
});
