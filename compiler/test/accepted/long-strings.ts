// A string of more than 255 bytes widens the length of every string in the program.
const LONG = '01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789abcdefghie';
function lengthOf(text: string): u32 {
  return text.length;
}
function at(text: string, index: u32): u8 {
  return text.charCodeAt(index);
}
// = 300
export function longLength(): u32 {
  return lengthOf(LONG);
}
// = 101
export function longEnd(): u8 {
  return at(LONG, 299);
}
// traps
export function pastTheLongEndTraps(): u8 {
  return at(LONG, 300);
}
// = 3
export function shortLength(): u32 {
  return lengthOf('abc');
}
// = 0
export function emptyLength(): u32 {
  return lengthOf('');
}
