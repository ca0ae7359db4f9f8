/**
 * Arithmetic in C without undefined behaviour. Each check is a small inline function, emitted once for each
 * type that needs it; clang folds them into flags and branches.
 */
import { isSigned, maximumOf, minimumOf, widthOf, type IntegerName } from '../model/types.ts';
import type { SharedText } from './shared-text.ts';

const unsigned = (name: IntegerName): IntegerName => (name === 'i32' ? 'u32' : name === 'i64' ? 'u64' : name);
/** Wide enough that C's promotion to int changes nothing. */
const working = (name: IntegerName): IntegerName => (widthOf(name) === 64 ? 'u64' : 'u32');

export function cInteger(value: bigint, name: IntegerName): string {
  if (name === 'u64') return value > 0xffffn ? `0x${value.toString(16)}ull` : `${value}ull`;
  if (name === 'i64') return value === minimumOf('i64') ? `(-0x7fffffffffffffffll - 1)` : value < 0n ? `(${value}ll)` : `${value}ll`;
  if (name === 'i32') return value === minimumOf('i32') ? `(-0x7fffffff - 1)` : value < 0n ? `(${value})` : `${value}`;
  if (name === 'u32') return value > 0xffffn ? `0x${value.toString(16)}u` : `${value}u`;
  return `((${name})${value}u)`;
}

const words = { '+': 'add', '-': 'sub', '*': 'mul' } as const;

export function checkedArithmetic(shared: SharedText, operator: '+' | '-' | '*', name: IntegerName, left: string, right: string): string {
  const word = words[operator];
  const body = `${name} result; CHECK(!__builtin_${word}_overflow(a, b, &result)); return result;`;
  return `${shared.inline(name, `${word}_${name}`, `${name} a, ${name} b`, body)}(${left}, ${right})`;
}

export function wrappingArithmetic(operator: '+' | '-' | '*', name: IntegerName, left: string, right: string): string {
  const wide = working(name);
  return `((${name})((${wide})${left} ${operator} (${wide})${right}))`;
}

export function division(shared: SharedText, operator: '/' | '%', name: IntegerName, left: string, right: string, divisor: bigint | undefined): string {
  if (divisor !== undefined && divisor > 0n) return `((${name})(${left} ${operator} ${right}))`;
  const fits = isSigned(name) ? ` && !(b == -1 && a == ${cInteger(minimumOf(name), name)})` : '';
  const body = `CHECK(b != 0${fits}); return (${name})(a ${operator} b);`;
  return `${shared.inline(name, `${operator === '/' ? 'div' : 'rem'}_${name}`, `${name} a, ${name} b`, body)}(${left}, ${right})`;
}

/** `>>` of a signed value is arithmetic in clang; `<<` goes through the unsigned type. */
export function shift(shared: SharedText, operator: '<<' | '>>', name: IntegerName, left: string, right: string, constantCount: boolean): string {
  const through = operator === '<<' ? (widthOf(name) < 32 ? 'u32' : unsigned(name)) : name;
  const text = (a: string, b: string): string => `((${name})((${through})${a} ${operator} ${b}))`;
  if (constantCount) return text(left, right);
  const body = `CHECK(b < ${widthOf(name)}); return ${text('a', 'b')};`;
  return `${shared.inline(name, `${operator === '<<' ? 'shl' : 'shr'}_${name}`, `${name} a, u64 b`, body)}(${left}, ${right})`;
}

export function negation(shared: SharedText, name: IntegerName, operand: string): string {
  const body = `CHECK(a != ${cInteger(minimumOf(name), name)}); return (${name})-a;`;
  return `${shared.inline(name, `neg_${name}`, `${name} a`, body)}(${operand})`;
}

/** The same value in another type; only the bounds that the source type can pass are tested. */
export function checkedConversion(shared: SharedText, from: IntegerName, to: IntegerName, operand: string): string {
  const tests: string[] = [];
  if (minimumOf(from) < minimumOf(to)) tests.push(`a >= ${cInteger(minimumOf(to), from)}`);
  if (maximumOf(from) > maximumOf(to)) tests.push(`a <= ${cInteger(maximumOf(to), from)}`);
  const body = `CHECK(${tests.join(' && ')}); return (${to})a;`;
  return `${shared.inline(to, `${to}_from_${from}`, `${from} a`, body)}(${operand})`;
}
