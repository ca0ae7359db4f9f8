// Side effects happen left to right.
let step: u32 = 0;
function next(): u32 {
  step++;
  return step;
}
function combine(a: u32, b: u32, c: u32): u32 {
  return a * 100 + b * 10 + c;
}
// = 123
export function argumentsInOrder(): u32 {
  step = 0;
  return combine(next(), next(), next());
}
// = 1
export function operandsInOrder(): u32 {
  step = 0;
  return 3 - next() * next();
}
// = 10
export function readBeforeCall(): u32 {
  step = 9;
  return step + next() - step + 1;
}
const places = fixedArray(u32, 4);
// = 2
export function placeBeforeValue(): u32 {
  step = 0;
  places[next()] = next();
  return places[1];
}
// = 1
export function placeBeforeAnythingThatItChanges(): u32 {
  step = 0;
  places[next()] = step;
  return places[1];
}
// = 7
export function compoundReadsFirst(): u32 {
  step = 5;
  step += next() - 4;
  return step;
}
// = 11
export function compoundPlaceOnce(): u32 {
  step = 1;
  places[2] = 10;
  places[3] = 90;
  places[next()] += 1;
  return places[2];
}
function set(value: u32): boolean {
  step = value;
  return value > 5;
}
// = 16
export function conditionsInLoops(): u32 {
  let rounds: u32 = 0;
  let value: u32 = 0;
  while (!set(value) && rounds < 20) {
    value++;
    if (value === 2) continue;
    rounds++;
  }
  do {
    rounds += 2;
    if (rounds % 2 === 1) continue;
  } while (!set(rounds) || rounds < 14);
  return rounds + 1;
}
// traps
export function trapAfterEffect(): u32 {
  step = 0;
  const wanted: u32 = next() - 2;
  return wanted;
}
