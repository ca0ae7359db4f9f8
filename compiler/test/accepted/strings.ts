// Strings of up to 255 bytes.
const LONGEST = '0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789abcdx';
function lengthOf(text: string): u32 {
  return text.length;
}
function at(text: string, index: u32): u8 {
  return text.charCodeAt(index);
}
// = 255
export function longestLength(): u32 {
  return lengthOf(LONGEST);
}
// = 120
export function longestEnd(): u8 {
  return at(LONGEST, 254);
}
// traps
export function pastTheLongestEndTraps(): u8 {
  return at(LONGEST, 255);
}
// = 0
export function emptyLength(): u32 {
  return lengthOf('');
}
