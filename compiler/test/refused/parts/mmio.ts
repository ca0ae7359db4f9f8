// No test of its own: what modules.ts imports.
export function read32(x: u32): u32 {
//^ TH1603
  return x;
}
