// A brand is a u64 that mixes with nothing else.
type Pa = Brand<'Pa'>;
function next(at: Pa): Pa {
  return brand<Pa>(unbrand(at) + 0x1000n);
}
function order(a: Pa, b: Pa): boolean {
  return a < b && a !== b;
}
// = 8192
export function crossing(): u64 {
  return unbrand(next(brand<Pa>(0x1000n)));
}
// = 1
export function ordered(): boolean {
  const start: Pa = brand(0x1000n);
  return order(start, next(start));
}
