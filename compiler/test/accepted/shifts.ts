// A shift takes an unsigned count and traps at the width; `>>` is arithmetic for signed types.
function left(x: u8, n: u32): u8 {
  return x << n;
}
// = 8
export function leftDropsBits(): u8 {
  return left(0x81, 3);
}
// traps
export function leftByWidthTraps(): u8 {
  return left(1, 8);
}
function leftSigned(x: i32, n: u8): i32 {
  return x << n;
}
// = -2147483648
export function leftIntoTheSign(): i32 {
  return leftSigned(1, 31);
}
// = -8
export function leftOfNegative(): i32 {
  return leftSigned(-1, 3);
}
function right(x: i32, n: u32): i32 {
  return x >> n;
}
// = -1
export function rightKeepsTheSign(): i32 {
  return right(-2, 1);
}
function rightUnsigned(x: u64, n: u64): u64 {
  return x >> n;
}
// = 1
export function rightUnsignedIsLogical(): u64 {
  return rightUnsigned(0x8000_0000_0000_0000n, 63n);
}
// traps
export function rightByWidthTraps(): u64 {
  return rightUnsigned(1n, 64n);
}
// traps
export function hugeCountTraps(): u64 {
  return rightUnsigned(1n, 0x1_0000_0000n);
}
function bit(n: u64): u64 {
  return u64(1) << n;
}
// = 1099511627776
export function bits(): u64 {
  return bit(40n);
}
function literal(n: u32): u32 {
  return 1 << n;
}
// = 32
export function literalTakesTheContextsWidth(): u32 {
  return literal(5);
}
