/**
 * Functions into places that would stay empty. A linker script that has to put something at a given address leaves a gap
 * before it; where a comment `fill` stands before that address the gap is filled with functions that the first link has placed behind.
 * Each has an input section of its own, or one with those that it falls into, so naming that earlier in the script is all that it takes. What does not
 * fit stays where it was, and a gap whose own contents have outgrown it is the linker's error as before.
 */
import { hotSection } from './assembly.ts';
import type { ElfSymbol, Section } from './elf.ts';

const marker = /\/\* fill \*\/(\s*\. = (0x[0-9a-fA-F]+);)/g;
const instructionBytes = 4;

interface Gap {
  readonly end: bigint;
  readonly bytes: number;
}

export const hasGaps = (script: string): boolean => script.search(marker) >= 0;

/** `symbols` are those of a link without filling, `inputs` the sections of the object file. */
export function fillGaps(script: string, symbols: readonly ElfSymbol[], inputs: readonly Section[]): string {
  const gaps = [...script.matchAll(marker)].map(([, , end = '0']) => gapBefore(BigInt(end), symbols));
  const behind = gaps.reduce((last, { end }) => (end > last ? end : last), 0n);
  const placedBehind = new Set(symbols.filter((one) => one.isFunction && one.bytes > 0 && one.address >= behind).map((one) => one.name));
  const free = inputs.filter((one) => one.alignment <= instructionBytes && one.size > 0 && placedBehind.has(functionOf(one)));
  const chosen = new Map<bigint, readonly Section[]>();
  // The smallest gap first: it has the least choice.
  for (const gap of [...gaps].sort((a, b) => a.bytes - b.bytes)) {
    const best = fullest(free, gap.bytes);
    for (const one of best) free.splice(free.indexOf(one), 1);
    chosen.set(gap.end, best);
  }
  return script.replace(marker, (_, location: string, end: string) => `${(chosen.get(BigInt(end)) ?? []).map((one) => `*(${one.name}) `).join('')}${location}`);
}

/** The first function of a section: further ones follow where it falls into them. */
const functionOf = (section: Section): string => (section.name.startsWith(hotSection) ? section.name.slice(hotSection.length) : section.name.replace(/^\.text\./, ''));

function gapBefore(end: bigint, symbols: readonly ElfSymbol[]): Gap {
  const ends = symbols.filter((one) => one.address < end).map((one) => one.address + BigInt(one.bytes));
  const start = ends.reduce((last, one) => (one > last ? one : last), 0n);
  return { end, bytes: start === 0n || start > end ? 0 : Number(end - start) };
}

/** Some of the sections that fill `bytes` as far as any do, the largest first. */
function fullest(sections: readonly Section[], bytes: number): readonly Section[] {
  const bySize = [...sections].sort((a, b) => b.size - a.size || a.name.localeCompare(b.name));
  const reached = new Map<number, readonly Section[]>([[0, []]]);
  for (const one of bySize)
    for (const [sum, parts] of [...reached]) {
      const more = sum + one.size;
      if (more <= bytes && !reached.has(more)) reached.set(more, [...parts, one]);
    }
  return reached.get(Math.max(...reached.keys())) ?? [];
}
