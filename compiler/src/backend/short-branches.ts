/** Branches around a jump, and around an instruction and a jump. */
import { readRoutines, type Instruction } from './assembly.ts';
import { effectsOf, mnemonicOf } from './instruction-effects.ts';
import type { Liveness } from './liveness.ts';
import type { Edit } from './shorten.ts';

const opposites: Record<string, string> = {
  eq: 'ne', ne: 'eq', hs: 'lo', lo: 'hs', mi: 'pl', pl: 'mi', vs: 'vc', vc: 'vs', hi: 'ls', ls: 'hi', ge: 'lt', lt: 'ge', gt: 'le', le: 'gt',
  cbz: 'cbnz', cbnz: 'cbz', tbz: 'tbnz', tbnz: 'tbz',
};

/** The branch if the condition does not hold. */
export function opposite({ text }: Instruction, target: string): string | undefined {
  const mnemonic = mnemonicOf(text);
  const isConditional = mnemonic.startsWith('b.');
  const other = opposites[isConditional ? mnemonic.slice(2) : mnemonic];
  if (other === undefined) return undefined;
  return `\t${isConditional ? `b.${other}` : other}\t${text.slice(mnemonic.length).trim()}${isConditional ? '' : ' '}${target}`;
}

/** `b.eq .L1; mov w0, #1; b .L2; .L1:` is `mov w0, #1; b.ne .L2; .L1:` where nobody wants w0 at .L1. */
export function hoistOverBranch(instructions: readonly Instruction[], index: number, liveness: Liveness): Edit | undefined {
  const [branch, one, jump, next] = instructions.slice(index, index + 4);
  if (branch?.kind !== 'branch' || one?.kind !== 'plain' || jump?.kind !== 'jump' || next === undefined) return undefined;
  if (liveness.isEntered(one) || liveness.isEntered(jump) || !next.labels.includes(branch.target)) return undefined;
  const [effects, tested] = [effectsOf(one), effectsOf(branch)];
  if (effects === undefined || tested === undefined || !effects.pure || one.inAssembly || (effects.writes & (tested.reads | liveness.before(next))) !== 0) return undefined;
  const inverted = opposite(branch, jump.target);
  if (inverted === undefined) return undefined;
  return { to: index + 2, lines: new Map([[branch.line, `\t${one.text}`], [one.line, inverted], [jump.line, '']]) };
}

/** `tbz` and `tbnz` reach 32 KiB; a program that has fewer instructions is within their reach altogether. */
const instructionsInReach = 8000;

/** The text in which no branch leads around a jump alone: `b.eq .L1; b .L2; .L1:` is `b.ne .L2; .L1:`. */
export function branchInstead(lines: readonly string[]): string[] {
  const routines = readRoutines(lines);
  const isSmall = routines.reduce((sum, one) => sum + one.instructions.length, 0) < instructionsInReach;
  const entered = new Set(routines.flatMap(({ instructions }) => instructions.flatMap(({ text, target }) => [target, ...text.split(/[ ,]+/)])));
  const edited = [...lines];
  for (const { instructions } of routines)
    for (const [index, branch] of instructions.entries()) {
      const [jump, next] = instructions.slice(index + 1, index + 3);
      if (branch.kind !== 'branch' || jump?.kind !== 'jump' || jump.labels.some((one) => entered.has(one)) || !next?.labels.includes(branch.target)) continue;
      const inverted = isSmall || !branch.text.startsWith('tb') ? opposite(branch, jump.target) : undefined;
      if (inverted !== undefined) [edited[branch.line], edited[jump.line]] = [inverted, ''];
    }
  return edited;
}
