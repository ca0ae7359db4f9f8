// Loops, branches and switch.
// = 45
export function forLoop(): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < 10; i++) sum += i;
  return sum;
}
function steps(from: u32, to: u32): u32 {
  let sum: u32 = 0;
  for (let i = from; i < to; i++) sum += i;
  return sum;
}
// = 3121
export function loopsMayHaveNoTurn(): u32 {
  let turns: u32 = 0;
  for (let i: u32 = 3; i < 3; i++) turns += 1;
  for (let i: u32 = 4; i <= 3; i++) turns += 1;
  for (let i: u32 = 3; i !== 3; i++) turns += 1;
  for (let i: u32 = 3; i <= 3; i++) turns += 1;
  for (let i: u32 = 7; i !== 9; i++) turns += 10;
  for (let i: u32 = 0; i < 1; i++) turns += 100;
  for (let i: i32 = -2; i < 1; i++) turns += 1000;
  return turns + steps(3, 3);
}
// = 25
export function continueStillSteps(): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < 100; i++) {
    if (i % 2 === 0) continue;
    if (i > 9) break;
    sum += i;
  }
  return sum;
}
enum Kind {
  None,
  Small = 10,
  Large,
  Huge,
}
function weigh(kind: Kind): u32 {
  switch (kind) {
    case Kind.None:
      return 0;
    case Kind.Small:
    case Kind.Large:
      return 5;
    case Kind.Huge: {
      const heavy: u32 = 1000;
      return heavy;
    }
  }
}
// = 1010
export function switchOverEnum(): u32 {
  return weigh(Kind.None) + weigh(Kind.Small) + weigh(Kind.Large) + weigh(Kind.Huge);
}
function classify(x: u64): u32 {
  let result: u32 = 0;
  switch (x) {
    case 0x1_0000_0000n:
      result = 1;
      break;
    case 7n: {
      for (let i: u32 = 0; i < 3; i++) {
        if (i === 1) break;
        result += 10;
      }
      break;
    }
    default:
      result = 3;
  }
  return result;
}
// = 314
export function switchOverInteger(): u32 {
  return classify(0x1_0000_0000n) + classify(7n) + classify(9n) + 300;
}
// = 11
export function enumsHaveNumbers(): u32 {
  return u32(Kind.Large);
}
function same(a: Kind, b: Kind): boolean {
  return a === b;
}
// = 1
export function enumsCompare(): boolean {
  return same(Kind.Huge, Kind.Huge);
}
// = 3
export function shadowing(): u32 {
  const x: u32 = 1;
  let total: u32 = x;
  {
    const x: u32 = 2;
    total += x;
  }
  return total;
}
