/**
 * One register holds the address of the program's small variables from where a function of clang's is entered from outside, and
 * accesses to them count from there: no instruction has to compute an address first. The register is x18, which the procedure call standard leaves to
 * the platform: clang does not touch it (`-ffixed-x18`), firmware keeps it [DEN0028 "Register use in AArch64 SMC and HVC calls"], and so must
 * assembly (compiler/LANGUAGE.md).
 */
import { readRoutines, type Routine } from './assembly.ts';
import { addressBy, indexBy } from './fold-address.ts';
import { effectsOf, registerBit } from './instruction-effects.ts';
import { isAssembly, Liveness } from './liveness.ts';
import { valuesIn } from './register-values.ts';

const baseRegister = 'x18';
/** clang puts variables of up to 4 KiB in all behind one name. */
const variables = /\badr x\d+, (\.L_MergedGlobals[\w.]*)/;
/** What may read an address in a register: an access, a sum or a copy. */
const byRegister = /^(?:\S+ .*\[|(?:add|sub|mov) x\d+, )(x\d+)\b/;
const changesBase = /^(?!st|cmp|cmn|tst|msr)\S+ (?:[xw]\d+, )?[xw]18\b/;

/** Clang's code does not mention the register. Assembly that changes it, as far as its text shows, leaves for another exception level. */
function leavesBase(routine: Routine): boolean {
  const texts = routine.instructions.map(({ text }) => text);
  if (!isAssembly(routine)) return texts.every((one) => !/\b[xw]18\b/.test(one));
  return texts.includes('eret') || texts.every((one) => !changesBase.test(one));
}

/** Accesses by the base, each in the place of one by a register with a variable's address. */
function accessesByBase(routines: readonly Routine[], symbol: string, roots: readonly string[]): Map<number, string> {
  const edited = new Map<number, string>();
  const liveness = new Liveness(routines, roots);
  const valuesOf = valuesIn(routines);
  for (const routine of routines) {
    if (isAssembly(routine)) continue;
    const values = valuesOf(routine);
    for (const [index, { text, line, inAssembly }] of routine.instructions.entries()) {
      const [, base] = byRegister.exec(text) ?? [];
      const offset = base === undefined || inAssembly ? undefined : values.offsetFrom(symbol, index, base);
      if (base === undefined || offset === undefined) continue;
      const other = addressBy(text, base, baseRegister, offset);
      const found = other === undefined ? indexBy(routine.instructions, index, liveness, base, baseRegister, offset)?.lines : new Map([[line, other]]);
      for (const [at, changed] of found ?? []) edited.set(at, changed);
    }
  }
  return edited;
}

/** Addresses that nobody wants. */
const unwantedAddresses = (routines: readonly Routine[], liveness: Liveness): Map<number, string> =>
  new Map(routines.flatMap(({ instructions }) => instructions)
    .filter((one) => !one.inAssembly && one.text.startsWith('adr ') && (effectsOf(one)!.writes & liveness.after(one)) === 0).map(({ line }) => [line, '']));

/** Where the base is set: functions that are entered from outside, if they or what they call want it. */
const entries = (liveness: Liveness): number[] =>
  liveness.entered.filter((one) => !isAssembly(one)).flatMap(({ instructions: [first] }) => (first !== undefined && (liveness.before(first) & registerBit(baseRegister)) !== 0 ? [first.line] : []));

const withEdits = (lines: readonly string[], edits: ReadonlyMap<number, string>): readonly string[] => lines.map((line, at) => edits.get(at) ?? line).flatMap((line) => line.split('\n'));

/** The text with the base, if that makes it shorter. `roots` are functions that are entered from elsewhere. */
export function addressFromBase(lines: readonly string[], roots: readonly string[]): readonly string[] {
  const routines = readRoutines(lines);
  const symbol = routines.flatMap(({ instructions }) => instructions.map(({ text }) => variables.exec(text)?.[1])).find((one) => one !== undefined);
  if (symbol === undefined || !routines.every(leavesBase)) return lines;
  const accessed = withEdits(lines, accessesByBase(routines, symbol, roots));
  const changed = readRoutines(accessed);
  const liveness = new Liveness(changed, roots);
  const unwanted = unwantedAddresses(changed, liveness);
  const setAt = entries(liveness);
  if (setAt.length >= unwanted.size) return lines;
  return withEdits(accessed, new Map([...unwanted, ...setAt.map((at): [number, string] => [at, `\tadr\t${baseRegister}, ${symbol}\n${unwanted.get(at) ?? accessed[at]!}`])]));
}
