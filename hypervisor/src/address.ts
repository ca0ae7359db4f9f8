/**
 * The two address spaces that must never be confused, and the only places where a number becomes one of
 * them. A physical address (Pa) is the board's; an intermediate physical address (Ipa) is what a guest believes to be
 * physical. The compiler refuses one where the other is wanted.
 */
export type Pa = Brand<'Pa'>;
export type Ipa = Brand<'Ipa'>;

/** A number from the board's device tree, a register or the image's own position is a physical address. */
export function pa(value: u64): Pa {
  return brand<Pa>(value);
}
/** A number from a guest, the manifest or a fault register is an intermediate physical address. */
export function ipa(value: u64): Ipa {
  return brand<Ipa>(value);
}
export function paAdd(base: Pa, bytes: u64): Pa {
  return brand<Pa>(wrappingAdd(unbrand(base), bytes));
}
/** `value` rounded down to a multiple of `bytes`, a power of two. */
export function alignDown(value: u64, bytes: u64): u64 {
  return value & ~(bytes - 1n);
}
/** `value` rounded up to a multiple of `bytes`, a power of two; wraps to 0 past the last multiple. */
export function alignUp(value: u64, bytes: u64): u64 {
  return wrappingAdd(value, bytes - 1n) & ~(bytes - 1n);
}
