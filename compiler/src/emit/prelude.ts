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
struct string { u16 length; u8 bytes[]; };
typedef struct { u32 value; } AtomicU32;
#define INLINE static inline __attribute__((always_inline, nodebug, unused))
#define TRAP() __builtin_trap()
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

export const prelude = (target: Target): string => (target === 'native' ? types : types + memoryFunctions);
