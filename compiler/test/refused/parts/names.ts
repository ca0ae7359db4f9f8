// No test of its own: what modules.ts imports.
export function twice(x: u32): u32 {
  return x * 2;
}
