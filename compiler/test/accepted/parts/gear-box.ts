// No test of its own: what modules.ts imports.
export enum Gear {
  Low = 1,
  High = 4,
}
export const ONE = 1;
export const slots: readonly u8[] = [0];
let gear: u32 = u32(Gear.Low);
export function select(wanted: Gear): void {
  gear = u32(wanted);
}
export function current(): Gear {
  return gear === 4 ? Gear.High : Gear.Low;
}
export function speedOf(of: Gear): u32 {
  return u32(of) * 10;
}
