/**
 * Fewer instructions for those that clang writes, where it takes to know which registers are wanted behind them: clang decides that a function at a
 * time, and does not look into what inline assembly computes its operands for. A rule looks at some instructions in a row, and says what stands there
 * instead.
 */
import { isHot, readRoutines, type Instruction, type Routine } from './assembly.ts';
import { foldAddress } from './fold-address.ts';
import { isAssembly, Liveness } from './liveness.ts';
import { valuesIn } from './register-values.ts';
import { hoistOverBranch } from './short-branches.ts';

/** Instructions from where the rule was asked up to and with `to`: lines, and what stands there instead. */
export interface Edit {
  readonly to: number;
  readonly lines: ReadonlyMap<number, string>;
}
type Rule = (instructions: readonly Instruction[], index: number, liveness: Liveness) => Edit | undefined;

/** The second adds an instruction to one of the two ways from a branch: not in a function that is to be fast. */
const rulesFor = (routine: Routine): readonly Rule[] => (isHot(routine) ? [foldAddress] : [foldAddress, hoistOverBranch]);
/** What one edit makes possible the next round finds; each takes an instruction away. */
const roundsMax = 20;

/** Edits of one round do not overlap, and each changes what is wanted only between its own instructions: one liveness does for all. */
function applyRules(routines: readonly Routine[], roots: readonly string[]): Map<number, string> {
  const liveness = new Liveness(routines, roots);
  const edited = new Map<number, string>();
  for (const routine of routines) if (!isAssembly(routine)) applyRulesTo(routine, liveness, edited);
  return edited;
}

function applyRulesTo(routine: Routine, liveness: Liveness, edited: Map<number, string>): void {
  const { instructions } = routine;
  const rules = rulesFor(routine);
  for (let index = 0; index < instructions.length; index++)
    for (const rule of rules) {
      const found = rule(instructions, index, liveness);
      if (found === undefined) continue;
      for (const [line, text] of found.lines) edited.set(line, text);
      index = found.to;
      break;
    }
}

/** Without what sets a register to the value that it has. */
function dropRedundant(routines: readonly Routine[]): Map<number, string> {
  const valuesOf = valuesIn(routines);
  const edited = new Map<number, string>();
  for (const routine of routines) {
    if (isAssembly(routine)) continue;
    const values = valuesOf(routine);
    for (let index = 0; index < routine.instructions.length; index++) {
      const last = values.isRedundant(index);
      if (last === undefined) continue;
      for (const { line } of routine.instructions.slice(index, last + 1)) edited.set(line, '');
      index = last;
    }
  }
  return edited;
}

/** The text in fewer instructions. `roots` are functions that are entered from elsewhere. */
export function shorten(lines: readonly string[], roots: readonly string[]): readonly string[] {
  let current = lines;
  for (let round = 0; round < roundsMax; round++) {
    const routines = readRoutines(current);
    const redundant = dropRedundant(routines);
    const edited = redundant.size > 0 ? redundant : applyRules(routines, roots);
    if (edited.size === 0) break;
    current = current.map((line, at) => edited.get(at) ?? line);
  }
  return current;
}
