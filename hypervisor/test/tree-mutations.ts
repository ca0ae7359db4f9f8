/** Ways to damage a device tree: cut off, words and bytes changed, header fields out of range, tokens swapped. */
import fc from 'fast-check';

export type Mutation = (tree: Uint8Array) => Uint8Array;

const HEADER_WORDS = 10;
/** Values that lengths, offsets and tokens go wrong with. */
const telling = fc.constantFrom(0, 1, 2, 3, 4, 5, 9, 0x28, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc, 0xffff_ffff);
const word = fc.oneof(telling, fc.nat(64), fc.integer({ min: 0, max: 0xffff_ffff }));

function withWord(tree: Uint8Array, index: number, value: number): Uint8Array {
  const copy = Buffer.from(tree);
  if (copy.length >= 4) copy.writeUInt32BE(value, (index % (copy.length >> 2)) * 4);
  return copy;
}

const cut = fc.nat().map((at): Mutation => (tree) => tree.slice(0, at % (tree.length + 1)));
const changedByte = fc.tuple(fc.nat(), fc.nat(255)).map(([at, value]): Mutation => (tree) => {
  const copy = Uint8Array.from(tree);
  if (copy.length > 0) copy[at % copy.length] = value;
  return copy;
});
const changedWord = fc.tuple(fc.nat(), word).map(([at, value]): Mutation => (tree) => withWord(tree, at, value));
const changedHeader = fc.tuple(fc.nat(HEADER_WORDS - 1), word).map(([at, value]): Mutation => (tree) => withWord(tree, at, value));
/** The length in the header says what the blob has. */
const honestLength: Mutation = (tree) => withWord(tree, 1, tree.length);
const repeated = fc.tuple(fc.nat(), fc.nat(64)).map(([at, words]): Mutation => (tree) => {
  const from = (HEADER_WORDS * 4 + (at % (tree.length + 4))) & ~3;
  return Buffer.concat([tree.slice(0, from), tree.slice(from, from + words * 4), tree.slice(from)]);
});

const one = fc.oneof(
  { weight: 1, arbitrary: cut },
  { weight: 1, arbitrary: changedHeader },
  { weight: 8, arbitrary: changedByte },
  { weight: 8, arbitrary: changedWord },
  { weight: 2, arbitrary: repeated },
  { weight: 2, arbitrary: fc.constant(honestLength) },
);

/** Up to six of them, one after the other. */
export const mutations: fc.Arbitrary<Mutation> = fc
  .array(one, { minLength: 1, maxLength: 6 })
  .map((steps) => (tree) => steps.reduce<Uint8Array>((changed, step) => step(changed), tree));
