/**
 * The reference itself, against values worked out by hand from LANGUAGE.md.
 */
import { describe, expect, it } from 'vitest';
import { edgeValues, integerTypes, shapes, type IntegerType } from './integer-types.ts';
import { reference, ReferenceTrap } from './semantics.ts';
import type { BinaryOperator, IntrinsicName } from './syntax.ts';

type Row = readonly [operator: BinaryOperator, type: IntegerType, left: bigint, right: bigint, result: bigint | 'trap'];

const rows: readonly Row[] = [
  ['+', 'u8', 255n, 0n, 255n], ['+', 'u8', 255n, 1n, 'trap'], ['+', 'i32', 0x7fff_ffffn, 1n, 'trap'],
  ['-', 'u32', 0n, 1n, 'trap'], ['-', 'i64', -(1n << 63n), 1n, 'trap'], ['*', 'u16', 0xffffn, 0xffffn, 'trap'],
  ['*', 'i32', -0x8000_0000n, -1n, 'trap'], ['*', 'u64', 1n << 32n, 1n << 31n, 1n << 63n], ['*', 'u64', 1n << 32n, 1n << 32n, 'trap'],
  ['/', 'i32', -7n, 2n, -3n], ['%', 'i32', -7n, 2n, -1n], ['%', 'i32', 7n, -2n, 1n],
  ['/', 'u32', 1n, 0n, 'trap'], ['%', 'u32', 1n, 0n, 'trap'], ['/', 'i32', -0x8000_0000n, -1n, 'trap'], ['%', 'i64', -(1n << 63n), -1n, 'trap'],
  ['<<', 'u8', 0xffn, 4n, 0xf0n], ['<<', 'i32', 1n, 31n, -0x8000_0000n], ['<<', 'u8', 1n, 8n, 'trap'], ['<<', 'u64', 1n, 64n, 'trap'],
  ['>>', 'i32', -8n, 1n, -4n], ['>>', 'i64', -1n, 63n, -1n], ['>>', 'u32', 0x8000_0000n, 31n, 1n], ['>>', 'u16', 1n, 16n, 'trap'],
  ['&', 'i32', -1n, 0x0fn, 0x0fn], ['|', 'i32', -8n, 3n, -5n], ['^', 'i64', -1n, 1n, -2n],
];

describe('the reference', () => {
  it.each(rows)('%s on %s: %d, %d', (operator, type, left, right, result) => {
    const run = (): bigint => reference.binary[operator](type, left, right);
    if (result === 'trap') expect(run).toThrow(ReferenceTrap);
    else expect(run()).toBe(result);
  });

  it.each<readonly [IntrinsicName, IntegerType, bigint, bigint]>([
    ['countLeadingZeros', 'u8', 0n, 8n], ['countLeadingZeros', 'u64', 1n, 63n], ['countTrailingZeros', 'u16', 0n, 16n],
    ['countTrailingZeros', 'u32', 0x50n, 4n], ['countOnes', 'u64', (1n << 64n) - 1n, 64n], ['byteSwap', 'u16', 0x1234n, 0x3412n], ['byteSwap', 'u64', 1n, 1n << 56n],
  ])('%s of %s %d', (name, type, operand, result) => {
    expect(reference.intrinsic[name](type, [operand])).toBe(result);
  });

  it('converts with a check, and wraps without', () => {
    expect(() => reference.convert('u8', 256n)).toThrow(ReferenceTrap);
    expect(() => reference.convert('u64', -1n)).toThrow(ReferenceTrap);
    expect(reference.wrap('u64', -1n)).toBe((1n << 64n) - 1n);
    expect(reference.wrap('i32', 0xffff_fffen)).toBe(-2n);
    expect(reference.negate('i32', 5n)).toBe(-5n);
    expect(() => reference.negate('i32', shapes.i32.min)).toThrow(ReferenceTrap);
    expect(reference.invert('u16', 0n)).toBe(0xffffn);
  });

  it('puts values into bit fields, and refuses those that do not fit', () => {
    expect(reference.setField('flags', 0xffff_ffff_ffff_ffffn, 'MIDDLE', 0n)).toBe(0xffff_ffff_0000_00ffn);
    expect(reference.getField('flags', 0x1234_5678_9abc_def0n, 'TOP')).toBe(0x1234_5678n);
    expect(() => reference.setField('flags', 0n, 'LOW', 16n)).toThrow(ReferenceTrap);
  });

  it('counts the ends of every type and the numbers around its width among the edges', () => {
    for (const type of integerTypes) {
      const { min, max, width } = shapes[type];
      expect(edgeValues(type)).toEqual(expect.arrayContaining([min, max, 0n, 1n, BigInt(width - 1), BigInt(width)]));
    }
  });
});
