/** Arithmetic of constants: exact, in bigints; a result that does not fit its type is an error of the program. */
import type { BinaryOperator } from '../model/expressions.ts';

export type Folded = { readonly value: bigint } | { readonly problem: 'zero divisor' | 'shift count' };

const shiftCountMax = 4096n;

/** `width` is the operands' width in bits, or undefined for literals, whose precision has no limit. */
export function foldBinary(operator: BinaryOperator, a: bigint, b: bigint, width: number | undefined): Folded {
  switch (operator) {
    case '+':
      return { value: a + b };
    case '-':
      return { value: a - b };
    case '*':
      return { value: a * b };
    case '/':
      return b === 0n ? { problem: 'zero divisor' } : { value: a / b };
    case '%':
      return b === 0n ? { problem: 'zero divisor' } : { value: a % b };
    case '&':
      return { value: a & b };
    case '|':
      return { value: a | b };
    case '^':
      return { value: a ^ b };
    case '<<':
      return b < 0n || b >= BigInt(width ?? shiftCountMax) ? { problem: 'shift count' } : { value: a << b };
    case '>>':
      return b < 0n || b >= BigInt(width ?? shiftCountMax) ? { problem: 'shift count' } : { value: a >> b };
    default:
      return { value: compareConstants(operator, a, b) ? 1n : 0n };
  }
}

export function compareConstants(operator: '<' | '<=' | '>' | '>=' | '===' | '!==', a: bigint, b: bigint): boolean {
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '===':
      return a === b;
    case '!==':
      return a !== b;
  }
}
