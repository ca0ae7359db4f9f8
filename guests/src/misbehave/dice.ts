/** Numbers that look random and are the same every time: xorshift64 [Marsaglia, "Xorshift RNGs", 2003]. */
const SEED = 0x9e37_79b9_7f4a_7c15n;
let state: u64 = SEED;

export function next(): u64 {
  state ^= state << 13n;
  state ^= state >> 7n;
  state ^= state << 17n;
  return state;
}

export function below(limit: u64): u64 {
  return next() % limit;
}

/** A number that a program would not pass: nothing, everything, one bit, a place in RAM, or anything. */
export function strange(): u64 {
  const one: u64 = 1n;
  const all: u64 = 0xffff_ffff_ffff_ffffn;
  const ram: u64 = 0x4000_0000n;
  switch (u32.wrap(below(5n))) {
    case 0:
      return 0n;
    case 1:
      return all;
    case 2:
      return one << below(64n);
    case 3:
      return ram + below(0x40_0000n);
    default:
      return next();
  }
}
