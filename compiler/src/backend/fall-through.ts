/**
 * Functions in an order in which one that ends in a jump to another stands before it, without the jump. Only functions that
 * have a section of their own move; those that stand together share the section of the first.
 */
import { hotSection, type Routine } from './assembly.ts';

const isMovable = ({ name, section, aligned }: Routine): boolean => !aligned && (section === `.text.${name}` || section === hotSection + name);

/** The function that each of `routines` falls into. `target` tells which function's first instruction a label names. */
function followers(routines: readonly Routine[], target: (label: string) => Routine | undefined): Map<Routine, Routine> {
  const after = new Map<Routine, Routine>();
  const preceded = new Set<Routine>();
  const lastOfChain = (of: Routine): Routine => {
    const next = after.get(of);
    return next === undefined ? of : lastOfChain(next);
  };
  for (const one of routines) {
    const last = one.instructions.at(-1);
    const next = last?.kind === 'jump' ? target(last.target) : undefined;
    if (next === undefined || !isMovable(one) || !isMovable(next) || preceded.has(next) || lastOfChain(next) === one) continue;
    after.set(one, next);
    preceded.add(next);
  }
  return after;
}

const isFile = (line: string): boolean => line.startsWith('\t.file\t');

/** The text in the better order. */
export function reorder(lines: readonly string[], routines: readonly Routine[]): string[] {
  const byLabel = new Map(routines.flatMap((one) => (one.instructions[0]?.labels ?? []).map((label) => [label, one])));
  const after = followers(routines, (label) => byLabel.get(label));
  const following = new Set(after.values());
  const withoutSection = (text: readonly string[]): string[] => text.filter((line) => !line.startsWith('\t.section\t'));
  const chunk = (one: Routine): string[] => {
    const next = after.get(one);
    const jump = next === undefined ? undefined : one.instructions.at(-1)!.line;
    const own = lines.slice(one.firstLine, one.endLine).filter((line, index) => one.firstLine + index !== jump && !isFile(line));
    return next === undefined ? own : [...own, ...withoutSection(chunk(next))];
  };
  // Source files are numbered where they are first mentioned; what moves before that still means them.
  const first = routines[0]?.firstLine ?? 0;
  const parts: (readonly string[])[] = [lines.slice(0, first), lines.slice(first).filter(isFile)];
  let at = first;
  for (const one of routines) {
    parts.push(lines.slice(at, one.firstLine).filter((line) => !isFile(line)), following.has(one) ? [] : chunk(one));
    at = one.endLine;
  }
  parts.push(lines.slice(at).filter((line) => !isFile(line)));
  return parts.flat();
}
