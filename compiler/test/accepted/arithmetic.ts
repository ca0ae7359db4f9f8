// `+ - *` trap on overflow; division truncates toward zero; the wrapping forms wrap.
function add(a: u8, b: u8): u8 {
  return a + b;
}
// = 255
export function addFits(): u8 {
  return add(200, 55);
}
// traps
export function addTraps(): u8 {
  return add(200, 56);
}
function subtract(a: u64, b: u64): u64 {
  return a - b;
}
// traps
export function subtractTraps(): u64 {
  return subtract(1n, 2n);
}
function multiply(a: u16, b: u16): u16 {
  return a * b;
}
// traps
export function multiplyTraps(): u16 {
  return multiply(0xffff, 0xffff);
}
function multiply64(a: i64, b: i64): i64 {
  return a * b;
}
// = -9223372036854775808
export function multiply64Fits(): i64 {
  return multiply64(-0x4000_0000_0000_0000n, 2n);
}
// traps
export function multiply64Traps(): i64 {
  return multiply64(0x4000_0000_0000_0000n, 2n);
}
function multiplyUnsigned(a: u64, b: u64): u64 {
  return a * b;
}
// = 18446744065119617025
export function multiplyUnsignedFits(): u64 {
  return multiplyUnsigned(0xffff_ffffn, 0xffff_ffffn);
}
// traps
export function multiplyUnsignedTraps(): u64 {
  return multiplyUnsigned(0x1_0000_0000n, 0x1_0000_0000n);
}
function divide(a: i32, b: i32): i32 {
  return a / b;
}
// = -3
export function divideTruncates(): i32 {
  return divide(-7, 2);
}
// traps
export function divideByZeroTraps(): i32 {
  return divide(1, 0);
}
// traps
export function divideSmallestTraps(): i32 {
  return divide(-2147483648, -1);
}
function remainder(a: i32, b: i32): i32 {
  return a % b;
}
// = -1
export function remainderHasTheDividendsSign(): i32 {
  return remainder(-7, 2);
}
// traps
export function remainderSmallestTraps(): i32 {
  return remainder(-2147483648, -1);
}
function negate(x: i64): i64 {
  return -x;
}
// = -5
export function negates(): i64 {
  return negate(5n);
}
// traps
export function negateSmallestTraps(): i64 {
  return negate(-0x8000_0000_0000_0000n);
}
function wrapping(a: u8, b: u8): u8 {
  return wrappingMul(wrappingAdd(a, b), wrappingSub(a, b));
}
// = 107
export function wraps(): u8 {
  return wrapping(250, 21);
}
function wrapping32(a: i32): i32 {
  return wrappingAdd(a, 1);
}
// = -2147483648
export function wrapsSigned(): i32 {
  return wrapping32(2147483647);
}
function counts(x: u8): u32 {
  return countLeadingZeros(x) * 100 + countTrailingZeros(x) * 10 + countOnes(x);
}
// = 242
export function countsBits(): u32 {
  return counts(0x30) + counts(0) - counts(0);
}
// = 880
export function countsZero(): u32 {
  return counts(0);
}
function swap(x: u32): u32 {
  return byteSwap(x);
}
// = 2018915346
export function swapsBytes(): u32 {
  return swap(0x1234_5678);
}
