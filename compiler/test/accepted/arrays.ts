// Fixed arrays are bounds-checked; parameters take any length.
const words = fixedArray(u32, 8);
const flags = fixedArray(bool, 3);
function at(index: u32): u32 {
  return words[index];
}
// = 70
export function inRange(): u32 {
  words[7] = 70;
  return at(7);
}
// traps
export function outOfRangeTraps(): u32 {
  return at(8);
}
// = 8
export function lengths(): u32 {
  return words.length;
}
function sum(values: FixedArray<u32>): u32 {
  let total: u32 = 0;
  for (const value of values) total += value;
  return total;
}
function put(values: FixedArray<u32>, index: u32, value: u32): void {
  values[index] = value;
}
// = 5
export function arraysArePassedByReference(): u32 {
  for (let i: u32 = 0; i < words.length; i++) words[i] = 0;
  put(words, 3, 5);
  return sum(words);
}
// traps
export function parametersAreChecked(): u32 {
  put(words, 8, 1);
  return 0;
}
// = 1
export function booleans(): boolean {
  flags[1] = true;
  return !flags[0] && flags[1];
}
// = 14
export function localsNameArrays(): u32 {
  const same = words;
  same[0] = 7;
  return words[0] + same[0];
}
function sumOfFirst(values: FixedArray<u32>, others: FixedArray<u32>): u32 {
  let total: u32 = 0;
  let current = values;
  for (const value of current) {
    total += value;
    current = others;
  }
  return total + current[0];
}
const ones = fixedArray(u32, 3);
const nines = fixedArray(u32, 2);
// = 12
export function theArrayIsEvaluatedOnce(): u32 {
  for (let i: u32 = 0; i < 3; i++) ones[i] = 1;
  nines[0] = 9;
  return sumOfFirst(ones, nines);
}
