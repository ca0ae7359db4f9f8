/**
 * Wrong semantics, one mistake each: those that a compiler to C makes easily. The differential test is worth
 * something only if it notices every one of them.
 */
import { bitsOf, shapes, wrapTo } from './integer-types.ts';
import { reference, ReferenceTrap, type Binary, type Semantics } from './semantics.ts';
import type { BinaryOperator, CompareOperator, IntrinsicName } from './syntax.ts';

export interface Mutation { readonly name: string; readonly semantics: Semantics }

function binary(name: string, operator: BinaryOperator, wrong: Binary): Mutation {
  return { name, semantics: { ...reference, binary: { ...reference.binary, [operator]: wrong } } };
}

function compare(name: string, operator: CompareOperator, wrong: (left: bigint, right: bigint) => boolean): Mutation {
  return { name, semantics: { ...reference, compare: { ...reference.compare, [operator]: wrong } } };
}

function intrinsic(name: string, which: IntrinsicName, wrong: (typeof reference.intrinsic)[IntrinsicName]): Mutation {
  return { name, semantics: { ...reference, intrinsic: { ...reference.intrinsic, [which]: wrong } } };
}

function other(name: string, change: Partial<Semantics>): Mutation {
  return { name, semantics: { ...reference, ...change } };
}

const { binary: right } = reference;

export const mutations: readonly Mutation[] = [
  binary('+ wraps', '+', (type, a, b) => wrapTo(type, a + b)),
  binary('- wraps', '-', (type, a, b) => wrapTo(type, a - b)),
  binary('* wraps', '*', (type, a, b) => wrapTo(type, a * b)),
  binary('u8 and u16 arithmetic is done in 32 bits', '+', (type, a, b) => (shapes[type].width < 32 ? a + b : right['+'](type, a, b))),
  binary('u16 products are signed ints', '*', (type, a, b) => {
    if (type === 'u16' && a * b > 0x7fff_ffffn) throw new ReferenceTrap('signed overflow');
    return type === 'u16' ? wrapTo(type, a * b) : right['*'](type, a, b);
  }),
  binary('/ rounds down', '/', (type, a, b) => {
    const quotient = right['/'](type, a, b);
    return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
  }),
  binary('/ by zero is 0', '/', (type, a, b) => (b === 0n ? 0n : right['/'](type, a, b))),
  binary('MIN / -1 wraps', '/', (type, a, b) => (b === -1n ? wrapTo(type, -a) : right['/'](type, a, b))),
  binary('% has the divisor\'s sign', '%', (type, a, b) => ((right['%'](type, a, b) + b) % b)),
  binary('% by zero is the dividend', '%', (type, a, b) => (b === 0n ? a : right['%'](type, a, b))),
  binary('MIN % -1 is 0', '%', (type, a, b) => (b === -1n ? 0n : right['%'](type, a, b))),
  binary('<< masks its count', '<<', (type, a, b) => wrapTo(type, a << (b % BigInt(shapes[type].width)))),
  binary('>> masks its count', '>>', (type, a, b) => a >> (b % BigInt(shapes[type].width))),
  binary('<< traps on lost bits', '<<', (type, a, b) => {
    const shifted = right['<<'](type, a, b);
    if (shifted !== a << b) throw new ReferenceTrap('lost bits');
    return shifted;
  }),
  binary('<< keeps the bits above narrow types', '<<', (type, a, b) => (shapes[type].width < 32 && b < BigInt(shapes[type].width) ? a << b : right['<<'](type, a, b))),
  binary('>> is logical for signed types', '>>', (type, a, b) => wrapTo(type, right['>>'](type, bitsOf(type, a), b))),
  binary('& is |', '&', right['|']),
  binary('| is ^', '|', right['^']),
  binary('^ is |', '^', right['|']),
  compare('< is <=', '<', (a, b) => a <= b),
  compare('<= is <', '<=', (a, b) => a < b),
  compare('> is unsigned', '>', (a, b) => BigInt.asUintN(64, a) > BigInt.asUintN(64, b)),
  compare('>= is unsigned', '>=', (a, b) => BigInt.asUintN(64, a) >= BigInt.asUintN(64, b)),
  compare('=== looks at 32 bits', '===', (a, b) => BigInt.asUintN(32, a) === BigInt.asUintN(32, b)),
  compare('!== looks at 32 bits', '!==', (a, b) => BigInt.asUintN(32, a) !== BigInt.asUintN(32, b)),
  other('-MIN wraps', { negate: (type, a) => wrapTo(type, -a) }),
  other('~ leaves ones above narrow types', { invert: (type, a) => (shapes[type].width < 32 ? wrapTo('u32', ~a) : wrapTo(type, ~a)) }),
  other('conversions wrap', { convert: wrapTo }),
  other('wrap saturates', { wrap: (type, a) => (a > shapes[type].max ? shapes[type].max : wrapTo(type, a)) }),
  other('wrap zero-extends', { wrap: (type, a) => wrapTo(type, a < 0n ? BigInt.asUintN(32, a) : a) }),
  intrinsic('wrappingAdd traps', 'wrappingAdd', (type, [a, b]) => right['+'](type, a!, b!)),
  intrinsic('wrappingSub traps', 'wrappingSub', (type, [a, b]) => right['-'](type, a!, b!)),
  intrinsic('wrappingMul traps', 'wrappingMul', (type, [a, b]) => right['*'](type, a!, b!)),
  intrinsic('countLeadingZeros counts 32 bits', 'countLeadingZeros', (type, [a]) => {
    const zeros = reference.intrinsic.countLeadingZeros(type, [a!]);
    return shapes[type].width < 32 ? zeros + BigInt(32 - shapes[type].width) : zeros;
  }),
  intrinsic('countTrailingZeros of 0 is 0', 'countTrailingZeros', (type, [a]) => (a === 0n ? 0n : reference.intrinsic.countTrailingZeros(type, [a!]))),
  intrinsic('countOnes looks at 32 bits', 'countOnes', (type, [a]) => reference.intrinsic.countOnes(type, [BigInt.asUintN(32, a!)])),
  intrinsic('byteSwap swaps 32 bits', 'byteSwap', (type, [a]) => (type === 'u16' ? reference.intrinsic.byteSwap('u32', [a!]) : reference.intrinsic.byteSwap(type, [a!]))),
  other('bit fields overflow into their neighbours', { setField: (layout, base, field, value) => (reference.setField(layout, base, field, 0n) | (value << lowBit(layout, field))) & 0xffff_ffff_ffff_ffffn }),
  other('with() keeps the field\'s old bits', { setField: (layout, base, field, value) => base | reference.setField(layout, 0n, field, value) }),
  other('get() does not shift', { getField: (layout, value, field) => reference.getField(layout, value, field) << lowBit(layout, field) }),
  other('indices one past the end are accepted', { index: (length, index) => (index === BigInt(length) ? length - 1 : reference.index(length, index)) }),
  other('operands run right to left', { leftToRight: false }),
  other('compound assignment reads its target last', { readsTargetFirst: false }),
];

function lowBit(layout: string, field: string): bigint {
  const ones = reference.setField(layout, 0n, field, 1n);
  return BigInt(ones.toString(2).length - 1);
}
