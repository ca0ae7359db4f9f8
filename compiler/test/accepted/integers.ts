// Literals take the type of their context; every width keeps its own range.
const MIXED = 3;

// = 6
export function literalsAdapt(): u8 {
  const a: u8 = MIXED;
  return a + MIXED;
}
// = 18446744073709551615
export function largest(): u64 {
  return 0xffff_ffff_ffff_ffffn;
}
// = -9223372036854775808
export function smallest(): i64 {
  return -0x8000_0000_0000_0000n;
}
// = -2147483648
export function smallest32(): i32 {
  return -2147483648;
}
// = 4294963200
export function complementTakesTheContextsWidth(): u32 {
  const mask: u32 = ~0xfff;
  return mask;
}
// = 18446744073709547520
export function complementOfTheOtherSide(): u64 {
  const x: u64 = ~0n;
  return x & ~0xfffn;
}
const HALF = 1n << 200n;
// = 4
export function constantsHaveNoLimit(): u64 {
  return HALF / (1n << 198n);
}
// = 300
export function widening(): u32 {
  const a: u8 = 200;
  return u32(a) + 100;
}
function narrow(x: u32): u8 {
  return u8(x);
}
// = 255
export function narrowingFits(): u8 {
  return narrow(255);
}
// traps
export function narrowingTraps(): u8 {
  return narrow(256);
}
function wrap(x: u64): u8 {
  return u8.wrap(x);
}
// = 52
export function wrapTakesLowBits(): u8 {
  return wrap(0x1234n);
}
function signed(x: u32): i32 {
  return i32.wrap(x);
}
// = -1
export function wrapToSigned(): i32 {
  return signed(0xffff_ffff);
}
function toSigned(x: u32): i32 {
  return i32(x);
}
// traps
export function signTraps(): i32 {
  return toSigned(0x8000_0000);
}
function toUnsigned(x: i32): u64 {
  return u64(x);
}
// traps
export function negativeTraps(): u64 {
  return toUnsigned(-1);
}
function wrapNegative(x: i32): u64 {
  return u64.wrap(x);
}
// = 18446744073709551615
export function wrapExtendsTheSign(): u64 {
  return wrapNegative(-1);
}
