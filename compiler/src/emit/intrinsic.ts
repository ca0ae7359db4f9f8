/** The language library in C: one case a name. */
import type { Expression } from '../model/expressions.ts';
import { representation, widthOf } from '../model/types.ts';
import { wrappingArithmetic } from './arithmetic.ts';
import { cElement, cType } from './c-type.ts';
import type { FunctionEmitter } from './function-emitter.ts';
import { emitLinkerSymbol, emitMmio, emitRegisterRead, emitRegisterWrite } from './machine.ts';

type Intrinsic = Expression & { op: 'intrinsic' };

export function emitIntrinsic(fn: FunctionEmitter, value: Intrinsic, operands: readonly string[]): string {
  const [a = '', b = ''] = operands;
  const name = representation(value.type) ?? 'u32';
  switch (value.name) {
    case 'wrappingAdd':
      return wrappingArithmetic('+', name, a, b);
    case 'wrappingSub':
      return wrappingArithmetic('-', name, a, b);
    case 'wrappingMul':
      return wrappingArithmetic('*', name, a, b);
    case 'countLeadingZeros':
    case 'countTrailingZeros':
    case 'countOnes':
    case 'byteSwap':
      return emitBitCount(fn, value, a);
    case 'addressOf':
      return `((u64)(uptr)${value.detail === 'slice' ? `${a}.items` : a})`;
    case 'unsafeAt':
      return emitUnsafeAt(fn, value, a);
    case 'nonNull':
      return `((${cType(value.type)})${fn.shared.use('not_null', (id) => `INLINE void *${id}(const void *a) { if (__builtin_expect(!a, 0)) TRAP(); return (void *)a; }`)}(${a}))`;
    case 'charCodeAt':
      return `${fn.shared.use('char_code_at', (id) => `INLINE u8 ${id}(const struct string *a, u64 i) { if (__builtin_expect(i >= a->length, 0)) TRAP(); return a->bytes[i]; }`)}(${a}, ${b})`;
    case 'length':
      return value.detail === 'slice' ? `${a}.length` : `((u32)${a}->length)`;
    case 'assert':
      return `${fn.shared.use('assert_that', (id) => `INLINE void ${id}(bool a) { if (__builtin_expect(!a, 0)) TRAP(); }`)}(${a})`;
    case 'trap':
      return 'TRAP()';
    case 'fieldFits':
      return `${fn.shared.use('field_fits', (id) => `INLINE u64 ${id}(u64 a, u64 limit) { if (__builtin_expect(a > limit, 0)) TRAP(); return a; }`)}(${a}, ${b})`;
    case 'memory':
      return emitMemory(value.detail, a, b);
    case 'mmio':
      return emitMmio(fn, value.detail, operands);
    case 'atomic':
      return emitAtomic(fn, value.detail, operands);
    case 'registerRead':
      return emitRegisterRead(fn, value.detail);
    case 'registerWrite':
      return emitRegisterWrite(fn, value.detail, a);
    case 'linkerSymbol':
      return emitLinkerSymbol(fn, value.detail);
    default:
      throw new Error(`no C for ${value.name}`);
  }
}

/** Counting is defined for 0 here, not in C; narrow operands count in 32 bits and subtract. */
function emitBitCount(fn: FunctionEmitter, value: Intrinsic, operand: string): string {
  const name = representation(value.operands[0]!.type) ?? 'u32';
  const width = widthOf(name);
  const suffix = width === 64 ? 'll' : '';
  const wide = width === 64 ? 'u64' : 'u32';
  switch (value.name) {
    case 'byteSwap':
      return `((${name})__builtin_bswap${width}(${operand}))`;
    case 'countOnes':
      return `((u32)__builtin_popcount${suffix}(${operand}))`;
    case 'countLeadingZeros':
      return `${fn.shared.use(`clz_${name}`, (id) => `INLINE u32 ${id}(${name} a) { return a == 0 ? ${width}u : (u32)__builtin_clz${suffix}((${wide})a) - ${width < 32 ? 32 - width : 0}u; }`)}(${operand})`;
    default:
      return `${fn.shared.use(`ctz_${name}`, (id) => `INLINE u32 ${id}(${name} a) { return a == 0 ? ${width}u : (u32)__builtin_ctz${suffix}((${wide})a); }`)}(${operand})`;
  }
}

function emitUnsafeAt(fn: FunctionEmitter, value: Intrinsic, address: string): string {
  const helper = fn.shared.use(
    'object_at',
    (id) => `INLINE void *${id}(u64 a, u64 align) { if (__builtin_expect(a == 0 || (a & (align - 1)) != 0, 0)) TRAP(); return (void *)(uptr)a; }`,
  );
  return `((${cType(value.type)})${helper}(${address}, _Alignof(${cElement(value.type)})))`;
}

function emitMemory(member: string, address: string, stored: string): string {
  const width = member.replace(/\D/g, '');
  const place = `*(u${width} *)(uptr)${address}`;
  return member.startsWith('load') ? `(${place})` : `(void)(${place} = ${stored})`;
}

const atomicWords: Record<string, string> = { exchange: 'exchange_n', fetchAdd: 'fetch_add', fetchOr: 'fetch_or', fetchAnd: 'fetch_and' };

function emitAtomic(fn: FunctionEmitter, member: string, [object = '', a = '', b = '']: readonly string[]): string {
  if (member === 'load') return `__atomic_load_n(&${object}->value, __ATOMIC_ACQUIRE)`;
  if (member === 'store') return `__atomic_store_n(&${object}->value, ${a}, __ATOMIC_RELEASE)`;
  if (member !== 'compareExchange') return `__atomic_${atomicWords[member] ?? ''}(&${object}->value, ${a}, __ATOMIC_ACQ_REL)`;
  const helper = fn.shared.use(
    'compare_exchange',
    (id) =>
      `INLINE u32 ${id}(AtomicU32 *at, u32 expected, u32 replacement) { __atomic_compare_exchange_n(&at->value, &expected, replacement, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE); return expected; }`,
  );
  return `${helper}(${object}, ${a}, ${b})`;
}

