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
      return `((${cType(value.type)})${fn.shared.inline('void *', 'not_null', 'const void *a', 'CHECK_REFERENCE(a); return (void *)a;')}(${a}))`;
    case 'charCodeAt':
      return `${fn.shared.inline('u8', 'char_code_at', 'const struct string *a, u64 i', 'CHECK(i < a->length); return a->bytes[i];')}(${a}, ${b})`;
    case 'length':
      return value.detail === 'slice' ? `${a}.length` : `((u32)${a}->length)`;
    case 'assert':
      return `${fn.shared.inline('void', 'assert_that', 'bool a', 'CHECK(a);')}(${a})`;
    case 'trap':
      return 'TRAP()';
    case 'fieldFits':
      return `${fn.shared.inline('u64', 'field_fits', 'u64 a, u64 limit', 'CHECK(a <= limit); return a;')}(${a}, ${b})`;
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
  const counting = (id: string, counted: string): string =>
    `${fn.shared.inline('u32', `${id}_${name}`, `${name} a`, `return a == 0 ? ${width}u : ${counted};`)}(${operand})`;
  switch (value.name) {
    case 'byteSwap':
      return `((${name})__builtin_bswap${width}(${operand}))`;
    case 'countOnes':
      return `((u32)__builtin_popcount${suffix}(${operand}))`;
    case 'countLeadingZeros':
      return counting('clz', `(u32)__builtin_clz${suffix}((${wide})a) - ${width < 32 ? 32 - width : 0}u`);
    default:
      return counting('ctz', `(u32)__builtin_ctz${suffix}((${wide})a)`);
  }
}

function emitUnsafeAt(fn: FunctionEmitter, value: Intrinsic, address: string): string {
  const body = 'CHECK_REFERENCE(a != 0); CHECK((a & (align - 1)) == 0); return (void *)(uptr)a;';
  return `((${cType(value.type)})${fn.shared.inline('void *', 'object_at', 'u64 a, u64 align', body)}(${address}, _Alignof(${cElement(value.type)})))`;
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
  const body = '__atomic_compare_exchange_n(&at->value, &expected, replacement, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE); return expected;';
  return `${fn.shared.inline('u32', 'compare_exchange', 'AtomicU32 *at, u32 expected, u32 replacement', body)}(${object}, ${a}, ${b})`;
}

