/**
 * A function that never returns keeps nothing for its caller: clang saves the registers that a caller may want back all the same. Without
 * the saves the stack ends where it began, so a function stays as it is if it uses the stack for anything else.
 */
import { readRoutines, type Instruction } from './assembly.ts';

const save = /^(str|stp) (x(19|2\d|30)(, )?){1,2}, ?\[sp(, #-?\d+)?\]!?$/;

/** The lines of the saves of a function that neither returns nor goes on to another. */
function saves(instructions: readonly Instruction[]): number[] {
  const leaves = instructions.some(({ kind, text, target }) => text === 'ret' || text.startsWith('br ') || ((kind === 'jump' || kind === 'branch') && !target.startsWith('.L')));
  const ofStack = instructions.filter(({ text }) => /\bsp\b/.test(text));
  return !leaves && ofStack.every(({ text, labels, inAssembly }) => save.test(text) && !labels.some((one) => one.startsWith('.LBB')) && !inAssembly) ? ofStack.map(({ line }) => line) : [];
}

/** The text without them. */
export function dropSaves(lines: readonly string[]): readonly string[] {
  const dropped = new Set(readRoutines(lines).flatMap(({ instructions }) => saves(instructions)));
  return lines.filter((_, at) => !dropped.has(at));
}
