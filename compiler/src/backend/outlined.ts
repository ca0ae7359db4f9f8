/**
 * LLVM's outliner moves instructions that several functions have in common into one, OUTLINED_FUNCTION_n. It runs
 * after registers were shared out across the whole program, and does not know of values that callers keep in registers
 * of a function that it takes from. It harms them in one way only: it may save the link register, around its call,
 * in a register that looks free.
 */
import { readSections, type ElfSymbol } from './elf.ts';

export const isOutlined = (name: string): boolean => name.startsWith('OUTLINED');

/** `mov xN, x30` and `bl`, without N and the distance. */
const [moveLinkRegister, moveMask] = [0xaa1e_03e0, 0xffff_ffe0];
const [branchWithLink, branchMask] = [0x9400_0000, 0xfc00_0000];

/** The instructions `words` at `address`, which call outlined functions at `outlined`: whether one keeps its link register in another. */
export function borrowsRegister(words: readonly number[], address: bigint, outlined: ReadonlySet<bigint>): boolean {
  return words.some((word, index) => {
    const previous = words[index - 1] ?? 0;
    if ((word & branchMask) >>> 0 !== branchWithLink || (previous & moveMask) >>> 0 !== moveLinkRegister) return false;
    return outlined.has(address + BigInt(index * 4) + BigInt((word << 6) >> 6) * 4n);
  });
}

/** Whether the outliner used a register that may not have been free: such a program is to be built without it. */
export function outlinerBorrows(elf: Buffer, symbols: readonly ElfSymbol[]): boolean {
  const sections = readSections(elf);
  const outlined = new Set(symbols.filter((one) => isOutlined(one.name)).map((one) => one.address));
  return symbols.some((one) => {
    const section = sections.find(({ name, address }) => name === one.section && one.address >= address);
    if (!one.isFunction || section === undefined) return false;
    const start = section.offset + Number(one.address - section.address);
    const words = Array.from({ length: Math.floor(one.bytes / 4) }, (_, index) => elf.readUInt32LE(start + index * 4));
    return borrowsRegister(words, one.address, outlined);
  });
}
