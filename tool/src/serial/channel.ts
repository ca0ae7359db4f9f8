/**
 * The serial line's framing: one byte introduces everything that is not console data. docs/abi.md §3 defines it.
 */
export const DLE = 0x10;

/** Whose console: the hypervisor's own, or a machine's by its index. */
export type Channel = 'hypervisor' | number;

export const MACHINE_INDEX_MAX = 31;
const HYPERVISOR_LETTER = 0x40; // "@"
const FIRST_MACHINE_LETTER = 0x41; // "A"

/** The letter that stands for machine `index`. */
export function machineLetter(index: number): number {
  if (!Number.isInteger(index) || index < 0 || index > MACHINE_INDEX_MAX) {
    throw new RangeError(`machine index ${String(index)} is not 0 to ${String(MACHINE_INDEX_MAX)}`);
  }
  return FIRST_MACHINE_LETTER + index;
}

/** The channel that a letter names; null for any other byte. */
export function channelOf(letter: number): Channel | null {
  if (letter === HYPERVISOR_LETTER) return 'hypervisor';
  const index = letter - FIRST_MACHINE_LETTER;
  return index >= 0 && index <= MACHINE_INDEX_MAX ? index : null;
}
