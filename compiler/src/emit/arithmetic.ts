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
  const helper = shared.use(
    `${word}_${name}`,
    (id) => `INLINE ${name} ${id}(${name} a, ${name} b) { ${name} r; if (__builtin_expect(__builtin_${word}_overflow(a, b, &r), 0)) TRAP(); return r; }`,
  );
  return `${helper}(${left}, ${right})`;
}

export function wrappingArithmetic(operator: '+' | '-' | '*', name: IntegerName, left: string, right: string): string {
  const wide = working(name);
  return `((${name})((${wide})${left} ${operator} (${wide})${right}))`;
}

export function division(shared: SharedText, operator: '/' | '%', name: IntegerName, left: string, right: string, divisor: bigint | undefined): string {
  if (divisor !== undefined && divisor > 0n) return `((${name})(${left} ${operator} ${right}))`;
  const overflow = isSigned(name) ? ` || (b == -1 && a == ${cInteger(minimumOf(name), name)})` : '';
  const helper = shared.use(
    `${operator === '/' ? 'div' : 'rem'}_${name}`,
    (id) => `INLINE ${name} ${id}(${name} a, ${name} b) { if (__builtin_expect(b == 0${overflow}, 0)) TRAP(); return (${name})(a ${operator} b); }`,
  );
  return `${helper}(${left}, ${right})`;
}

/** `>>` of a signed value is arithmetic in clang; `<<` goes through the unsigned type. */
export function shift(shared: SharedText, operator: '<<' | '>>', name: IntegerName, left: string, right: string, constantCount: boolean): string {
  const through = operator === '<<' ? (widthOf(name) < 32 ? 'u32' : unsigned(name)) : name;
  const text = (a: string, b: string): string => `((${name})((${through})${a} ${operator} ${b}))`;
  if (constantCount) return text(left, right);
  const helper = shared.use(
    `${operator === '<<' ? 'shl' : 'shr'}_${name}`,
    (id) => `INLINE ${name} ${id}(${name} a, u64 b) { if (__builtin_expect(b >= ${widthOf(name)}, 0)) TRAP(); return ${text('a', 'b')}; }`,
  );
  return `${helper}(${left}, ${right})`;
}

export function negation(shared: SharedText, name: IntegerName, operand: string): string {
  const helper = shared.use(
    `neg_${name}`,
    (id) => `INLINE ${name} ${id}(${name} a) { if (__builtin_expect(a == ${cInteger(minimumOf(name), name)}, 0)) TRAP(); return (${name})-a; }`,
  );
  return `${helper}(${operand})`;
}

/** The same value in another type; only the bounds that the source type can pass are tested. */
export function checkedConversion(shared: SharedText, from: IntegerName, to: IntegerName, operand: string): string {
  const tests: string[] = [];
  if (minimumOf(from) < minimumOf(to)) tests.push(`a < ${cInteger(minimumOf(to), from)}`);
  if (maximumOf(from) > maximumOf(to)) tests.push(`a > ${cInteger(maximumOf(to), from)}`);
  const helper = shared.use(
    `${to}_from_${from}`,
    (id) => `INLINE ${to} ${id}(${from} a) { if (__builtin_expect(${tests.join(' || ')}, 0)) TRAP(); return (${to})a; }`,
  );
  return `${helper}(${operand})`;
}
