// Comparisons are of one type; conditions are boolean.
function below(a: i32, b: i32): boolean {
  return a < b;
}
// = 1
export function signedOrder(): boolean {
  return below(-1, 0);
}
function belowUnsigned(a: u64, b: u64): boolean {
  return a < b;
}
// = 0
export function unsignedOrder(): boolean {
  return belowUnsigned(0xffff_ffff_ffff_ffffn, 0n);
}
function narrowOrder(a: u8, b: u8): boolean {
  return a - b <= 200 && !(a === b) || a !== b;
}
// = 1
export function logic(): boolean {
  return narrowOrder(7, 3);
}
let calls: u32 = 0;
function count(result: boolean): boolean {
  calls++;
  return result;
}
// = 1
export function rightSideRunsOnlyIfItMust(): u32 {
  calls = 0;
  if (count(false) && count(true)) calls = 100;
  return calls;
}
// = 2
export function orRunsTheRightSide(): u32 {
  calls = 0;
  const found = count(false) || count(true);
  return found ? calls : 100;
}
// = 12
export function selectRunsOneSide(): u32 {
  calls = 0;
  const x: u32 = count(true) ? (count(true) ? 10 : 20) : 30;
  return x + calls;
}
function widest(flag: boolean, narrow: u8): u32 {
  return u32(flag ? narrow : 1) + countLeadingZeros(flag ? 1 : narrow);
}
// = 12
export function oneTypedSideDecides(): u32 {
  return widest(true, 5);
}
