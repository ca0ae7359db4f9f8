/** The C that every program starts with: widths, strings, the trap, and the two functions clang may call itself. */
import type { Target } from '../target.ts';

const types = `/* Made by the Thimble compiler from TypeScript; #line names the source of each statement. */
typedef __UINT8_TYPE__ u8;
typedef __UINT16_TYPE__ u16;
typedef __UINT32_TYPE__ u32;
typedef __INT32_TYPE__ i32;
typedef __UINT64_TYPE__ u64;
typedef __INT64_TYPE__ i64;
typedef __UINTPTR_TYPE__ uptr;
typedef _Bool bool;
typedef struct { u32 value; } AtomicU32;
#define INLINE static inline __attribute__((always_inline, nodebug, unused))
#define TRAP() __builtin_trap()
#define CHECK(condition) do { if (__builtin_expect(!(condition), 0)) TRAP(); } while (0)
#ifdef NULL_FAULTS
#define CHECK_REFERENCE(address)
#else
#define CHECK_REFERENCE(address) CHECK(address)
#endif
#ifdef __AARCH64_CMODEL_TINY__
#define ADDRESS_OF(symbol) "adr %x0, " symbol
#else
#define ADDRESS_OF(symbol) "adrp %x0, " symbol "\\n\\tadd %x0, %x0, :lo12:" symbol
#endif
`;

/** Where there is no C library; dropped by the linker when clang makes no use of them. */
const memoryFunctions = `
__attribute__((used, no_builtin)) void *memset(void *to, int value, __SIZE_TYPE__ count) {
  for (u8 *at = to, *end = at + count; at != end; at++) *at = (u8)value;
  return to;
}
__attribute__((used, no_builtin)) void *memcpy(void *to, const void *from, __SIZE_TYPE__ count) {
  u8 *at = to;
  for (const u8 *source = from, *end = source + count; source != end; source++) *at++ = *source;
  return to;
}
`;

/** wasm32 has no product of 128 bits, which clang asks for to see whether one of 64 bits overflows. */
const wideProduct = `
__attribute__((used)) __int128 __multi3(__int128 a, __int128 b) {
  u64 a0 = (u32)a, a1 = (u64)a >> 32, b0 = (u32)b, b1 = (u64)b >> 32;
  u64 low = a0 * b0, middle = a1 * b0 + (low >> 32), other = a0 * b1 + (u32)middle;
  u64 high = a1 * b1 + (middle >> 32) + (other >> 32) + (u64)a * (u64)(b >> 64) + (u64)(a >> 64) * (u64)b;
  return (__int128)(((unsigned __int128)high << 64) | (other << 32) | (u32)low);
}
`;

export function prelude(target: Target): string {
  if (target === 'native') return types;
  return types + memoryFunctions + (target === 'wasm32' ? wideProduct : '');
}
