/** Library functions of constants are constants. */
import type { Expression } from '../model/expressions.ts';
import { widthOf, wrapTo } from '../model/types.ts';
import { constant } from './context.ts';

type Intrinsic = Extract<Expression, { op: 'intrinsic' }>;

export function foldIntrinsic(call: Intrinsic): Expression {
  const [a, b] = call.operands;
  if (a?.op !== 'constant' || a.type.kind !== 'integer' || (b !== undefined && b.op !== 'constant')) return call;
  const value = foldValue(call.name, a.value, b?.value ?? 0n, widthOf(a.type.name));
  if (value === undefined || call.type.kind !== 'integer') return call;
  return constant(call.node, call.type, wrapTo(value, call.type.name));
}

function foldValue(name: Intrinsic['name'], a: bigint, b: bigint, width: number): bigint | undefined {
  const digits = a.toString(2).padStart(width, '0');
  switch (name) {
    case 'wrappingAdd':
      return a + b;
    case 'wrappingSub':
      return a - b;
    case 'wrappingMul':
      return a * b;
    case 'countLeadingZeros':
      return BigInt(a === 0n ? width : digits.indexOf('1'));
    case 'countTrailingZeros':
      return BigInt(a === 0n ? width : width - 1 - digits.lastIndexOf('1'));
    case 'countOnes':
      return BigInt(digits.replaceAll('0', '').length);
    case 'byteSwap':
      return BigInt(`0x${(a.toString(16).padStart(width / 4, '0').match(/../g) ?? []).reverse().join('')}`);
    default:
      return undefined;
  }
}
