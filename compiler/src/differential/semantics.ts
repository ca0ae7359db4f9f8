/**
 * The meaning of every operator of LANGUAGE.md on unlimited integers: the reference that compiled code is
 * compared with. Written from the language's text alone; nothing here is shared with the compiler.
 *
 * The operators are one replaceable table, so that the mutation test can damage each and see the
 * difference being noticed.
 */
import { bitsOf, fits, shapes, wrapTo, type IntegerType } from './integer-types.ts';
import { layouts } from './prelude.ts';
import type { BinaryOperator, CompareOperator, IntrinsicName } from './syntax.ts';

/** The program stops here, in compiled code as in the reference. */
export class ReferenceTrap extends Error {}

function checked(type: IntegerType, value: bigint, what: string): bigint {
  if (!fits(type, value)) throw new ReferenceTrap(`${what}: ${value} does not fit ${type}`);
  return value;
}

function checkedShiftCount(type: IntegerType, count: bigint): bigint {
  if (count >= BigInt(shapes[type].width)) throw new ReferenceTrap(`shift of ${type} by ${count}`);
  return count;
}

/** Truncates toward zero; the remainder has the dividend's sign. */
function divide(type: IntegerType, left: bigint, right: bigint, operator: '/' | '%'): bigint {
  if (right === 0n) throw new ReferenceTrap(`${left} ${operator} 0`);
  checked(type, left / right, 'division');
  return operator === '/' ? left / right : left % right;
}

export type Binary = (type: IntegerType, left: bigint, right: bigint) => bigint;
export type Intrinsic = (type: IntegerType, operands: readonly bigint[]) => bigint;

export interface Semantics {
  readonly binary: Readonly<Record<BinaryOperator, Binary>>;
  readonly compare: Readonly<Record<CompareOperator, (left: bigint, right: bigint) => boolean>>;
  readonly negate: (type: IntegerType, operand: bigint) => bigint;
  readonly invert: (type: IntegerType, operand: bigint) => bigint;
  readonly convert: (type: IntegerType, operand: bigint) => bigint;
  readonly wrap: (type: IntegerType, operand: bigint) => bigint;
  readonly intrinsic: Readonly<Record<IntrinsicName, Intrinsic>>;
  readonly setField: (layout: string, base: bigint, field: string, value: bigint) => bigint;
  readonly getField: (layout: string, value: bigint, field: string) => bigint;
  readonly index: (length: number, index: bigint) => number;
  /** Operands, arguments and right-hand sides run in the order that they are written in. */
  readonly leftToRight: boolean;
  /** The old value of a compound assignment's target is read before its right side runs. */
  readonly readsTargetFirst: boolean;
}

function highestBit(type: IntegerType, value: bigint): bigint {
  return value === 0n ? 0n : BigInt(bitsOf(type, value).toString(2).length);
}

function trailingZeros(type: IntegerType, value: bigint): bigint {
  const digits = bitsOf(type, value).toString(2);
  return value === 0n ? BigInt(shapes[type].width) : BigInt(digits.length - 1 - digits.lastIndexOf('1'));
}

function reversedBytes(type: IntegerType, value: bigint): bigint {
  const digits = bitsOf(type, value).toString(16).padStart(shapes[type].width / 4, '0');
  return BigInt(`0x${digits.match(/../g)!.reverse().join('')}`);
}

function fieldOf(layout: string, field: string): { readonly low: bigint; readonly mask: bigint } {
  const [high, low] = layouts[layout]![field]!;
  return { low: BigInt(low), mask: (1n << BigInt(high - low + 1)) - 1n };
}

function setField(layout: string, base: bigint, field: string, value: bigint): bigint {
  const { low, mask } = fieldOf(layout, field);
  if (value > mask) throw new ReferenceTrap(`${value} does not fit ${layout}.${field}`);
  return (base & ~(mask << low)) | (value << low);
}

export const reference: Semantics = {
  binary: {
    '+': (type, left, right) => checked(type, left + right, '+'),
    '-': (type, left, right) => checked(type, left - right, '-'),
    '*': (type, left, right) => checked(type, left * right, '*'),
    '/': (type, left, right) => divide(type, left, right, '/'),
    '%': (type, left, right) => divide(type, left, right, '%'),
    '&': (_, left, right) => left & right,
    '|': (_, left, right) => left | right,
    '^': (_, left, right) => left ^ right,
    '<<': (type, left, count) => wrapTo(type, left << checkedShiftCount(type, count)),
    '>>': (type, left, count) => left >> checkedShiftCount(type, count),
  },
  compare: {
    '<': (left, right) => left < right,
    '<=': (left, right) => left <= right,
    '>': (left, right) => left > right,
    '>=': (left, right) => left >= right,
    '===': (left, right) => left === right,
    '!==': (left, right) => left !== right,
  },
  negate: (type, operand) => checked(type, -operand, 'unary -'),
  invert: (type, operand) => wrapTo(type, ~operand),
  convert: (type, operand) => checked(type, operand, 'conversion'),
  wrap: wrapTo,
  intrinsic: {
    wrappingAdd: (type, [left, right]) => wrapTo(type, left! + right!),
    wrappingSub: (type, [left, right]) => wrapTo(type, left! - right!),
    wrappingMul: (type, [left, right]) => wrapTo(type, left! * right!),
    countLeadingZeros: (type, [value]) => BigInt(shapes[type].width) - highestBit(type, value!),
    countTrailingZeros: (type, [value]) => trailingZeros(type, value!),
    countOnes: (type, [value]) => BigInt(bitsOf(type, value!).toString(2).replaceAll('0', '').length),
    byteSwap: (type, [value]) => reversedBytes(type, value!),
  },
  setField,
  getField: (layout, value, field) => (value >> fieldOf(layout, field).low) & fieldOf(layout, field).mask,
  index: (length, index) => {
    if (index >= BigInt(length)) throw new ReferenceTrap(`index ${index} of ${length}`);
    return Number(index);
  },
  leftToRight: true,
  readsTargetFirst: true,
};
