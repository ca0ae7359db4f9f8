/** An upper bound of an unsigned expression, from its types and masks; what spares a run-time check. */
import type { Expression } from '../model/expressions.ts';
import { isSigned, maximumOf, representation } from '../model/types.ts';

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const allOnes = (value: bigint): bigint => (1n << BigInt(value.toString(2).length)) - 1n;

export function largestValue(value: Expression): bigint {
  const name = representation(value.type);
  const limit = name === undefined ? 1n : maximumOf(name);
  if (name !== undefined && isSigned(name)) return limit;
  switch (value.op) {
    case 'constant':
      return value.value;
    case 'convert': {
      const from = representation(value.operand.type);
      return from !== undefined && isSigned(from) ? limit : smaller(limit, largestValue(value.operand));
    }
    case 'select':
      return larger(largestValue(value.whenTrue), largestValue(value.whenFalse));
    case 'intrinsic':
      return value.name.startsWith('count') ? 64n : limit;
    case 'binary': {
      const [left, right] = [largestValue(value.left), largestValue(value.right)];
      if (value.operator === '&') return smaller(left, right);
      if (value.operator === '|' || value.operator === '^') return smaller(limit, allOnes(larger(left, right)));
      if (value.operator === '%' && value.right.op === 'constant') return value.right.value - 1n;
      if (value.right.op !== 'constant') return limit;
      if (value.operator === '>>') return left >> value.right.value;
      if (value.operator === '/') return left / value.right.value;
      if (value.operator === '<<') return smaller(limit, left << value.right.value);
      return limit;
    }
    default:
      return limit;
  }
}
