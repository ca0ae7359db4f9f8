/**
 * Which registers hold the same value, and which a known one, before each instruction of a function, whichever way it is reached. Registers are
 * divided into classes with a name each: equal names, equal values. A call changes what the function called may write, and nothing else.
 */
import type { Instruction, Routine } from './assembly.ts';
import { changedRegisters } from '../emit/naked-function.ts';
import { allRegisters, effectsOf, flags, linkRegister, mnemonicOf, noRegisters, operandsOf, registersIn, type Registers } from './instruction-effects.ts';
import { isAssembly } from './liveness.ts';

const generalRegisters = Array.from({ length: 31 }, (_, index) => index);

/** The name of each register's value. A number is its own name; one that is known to be within a word or a byte says so first, as `mov w1, w0` copies all of it. */
type Values = readonly string[];
const [word, byte] = ['word ', 'byte '];

/** Of assembly, what clang was told of it. */
const changedBy = ({ instructions }: Routine): Registers =>
  (changedRegisters(instructions.map(({ text }) => text).join('\n')).reduce((sum, register) => sum | (1 << register), noRegisters) | flags) >>> 0;

const [saving, restoring] = [/^st[pr] .*\[sp\b/, /^ld[pr] .*\[sp\b/];

/** Registers that a routine saves first of all and restores right before each return or jump elsewhere: for its callers it does not write them. */
function restored({ instructions }: Routine): Registers {
  const own = new Set(instructions.flatMap(({ labels }) => labels));
  let saved = noRegisters;
  for (const { text } of instructions.slice(0, Math.max(0, instructions.findIndex(({ text: other }) => !saving.test(other))))) saved |= registersIn(text);
  let back = noRegisters;
  for (const { text, kind, target } of instructions) {
    const isLeaving = kind === 'end' ? !text.startsWith('brk') : kind !== 'plain' && !own.has(target);
    if (isLeaving) saved &= back;
    back = restoring.test(text) ? back | registersIn(text) : noRegisters;
  }
  return saved >>> 0;
}

/** What each routine may write, with all that it calls or goes on to. */
function writtenRegisters(routines: readonly Routine[]): ReadonlyMap<Routine, Registers> {
  const owners = new Map(routines.flatMap((routine) => routine.instructions.flatMap(({ labels }) => labels.map((label): [string, Routine] => [label, routine]))));
  const written = new Map(routines.map((one) => [one, isAssembly(one) ? changedBy(one) : noRegisters]));
  const kept = new Map(routines.map((one) => [one, restored(one)]));
  const writtenThere = (label: string): Registers => {
    const owner = owners.get(label);
    return owner === undefined ? allRegisters : (written.get(owner) ?? allRegisters);
  };
  const writtenBy = (one: Instruction): Registers => {
    if (one.text.startsWith('bl ')) return (writtenThere(one.text.slice('bl '.length)) | linkRegister) >>> 0;
    if (one.kind === 'jump' || one.kind === 'branch') return writtenThere(one.target);
    return one.kind === 'end' ? noRegisters : (effectsOf(one)?.writes ?? allRegisters);
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const routine of routines) {
      if (isAssembly(routine)) continue;
      const more = (routine.instructions.reduce((sum, one) => (sum | writtenBy(one)) >>> 0, written.get(routine)!) & ~kept.get(routine)!) >>> 0;
      if (more !== written.get(routine)) changed = true;
      written.set(routine, more);
    }
  }
  return written;
}

/** Labels that anything but branches of their own routine may lead to. */
function enteredFromOutside(routines: readonly Routine[]): ReadonlySet<string> {
  const entered = new Set<string>();
  for (const { instructions } of routines) {
    const own = new Set(instructions.flatMap(({ labels }) => labels));
    for (const { text, target } of instructions) {
      for (const [name] of text.matchAll(/[.A-Za-z_$][\w.$]*/g)) entered.add(name);
      if (!own.has(target)) entered.add(target);
    }
  }
  return entered;
}

const wrapped = (value: bigint, width: string): string => String(BigInt.asUintN(width === 'x' ? 64 : 32, value));
const isNumber = (name: string): boolean => /^\d/.test(name);
const isByte = (name: string): boolean => name.startsWith(byte) || (isNumber(name) && BigInt(name) < 1n << 8n);
const isWord = (name: string): boolean => isByte(name) || name.startsWith(word) || (isNumber(name) && BigInt(name) < 1n << 32n);
const loadsByte = /^ldu?rb$/;

/** What an instruction sets its register to, if that is a number, an address by name, or what another register holds. */
function valueSet(text: string, values: Values): string | undefined {
  const [target = '', source = '', shift = ''] = operandsOf(text);
  if (shift !== '' && mnemonicOf(text) === 'mov') return undefined;
  const width = target.charAt(0);
  if (mnemonicOf(text) === 'adr') return `at ${source}`;
  if (mnemonicOf(text) === 'movk') {
    const old = values[Number(target.slice(1))] ?? '';
    const by = BigInt(shift.replace(/\D/g, '') || '0');
    return isNumber(old) ? wrapped((BigInt(old) & ~(0xffffn << by)) | (BigInt(source.slice(1)) << by), width) : undefined;
  }
  const held = /^[wx]\d+$/.test(source) ? values[Number(source.slice(1))] : undefined;
  const [, operation, bytes] = /^(add|sub) x\d+, x\d+, #(\d+)$/.exec(text) ?? [];
  if (bytes !== undefined && held !== undefined) return further(held, operation === 'add' ? Number(bytes) : -Number(bytes));
  if (mnemonicOf(text) === 'and') return shift === '#0xff' && held !== undefined && isByte(held) ? held : undefined;
  if (mnemonicOf(text) !== 'mov') return undefined;
  const [, sign, digits] = /^#(-?)((?:0x)?[\da-f]+)$/.exec(source) ?? [];
  if (digits !== undefined) return wrapped(BigInt(digits) * (sign === '-' ? -1n : 1n), width);
  if (source === `${width}zr`) return '0';
  return held !== undefined && (width === 'x' || isWord(held)) ? held : undefined;
}

/** `at name+4` with `bytes` added. */
function further(address: string, bytes: number): string | undefined {
  const [, name, offset = '0'] = /^at (.*?)(?:\+(\d+))?$/.exec(address) ?? [];
  const sum = Number(offset) + bytes;
  return name === undefined || sum < 0 ? undefined : `at ${name}${sum === 0 ? '' : `+${sum}`}`;
}

export class RegisterValues {
  readonly #before: (Values | undefined)[];
  readonly #instructions: readonly Instruction[];
  readonly #callees: ReadonlyMap<string, Registers>;

  /** `callees` tells what each function may write, `outside` the labels that others than this function lead to. */
  constructor({ instructions }: Routine, callees: ReadonlyMap<string, Registers>, outside: ReadonlySet<string>) {
    this.#instructions = instructions;
    this.#callees = callees;
    this.#before = instructions.map(() => undefined);
    this.#settle(outside);
  }

  /** What a register holds before an instruction, if it is the address of that name: how far behind. */
  offsetFrom(symbol: string, index: number, register: string): number | undefined {
    const [, name, offset = '0'] = /^at (.*?)(?:\+(\d+))?$/.exec(this.#before[index]?.[Number(register.slice(1))] ?? '') ?? [];
    return name === symbol ? Number(offset) : undefined;
  }

  /** Whether an instruction, or the ones from it on that set a number in parts, leave the register as it is. */
  isRedundant(index: number): number | undefined {
    const before = this.#before[index];
    const [target = ''] = operandsOf(this.#instructions[index]!.text);
    if (before === undefined || !/^[wx]\d+$/.test(target)) return undefined;
    let values = before;
    for (let at = index; at < this.#instructions.length; at++) {
      const { text, kind, inAssembly, labels } = this.#instructions[at]!;
      if (kind !== 'plain' || inAssembly || operandsOf(text)[0] !== target || !/^(mov|movk|adr|and) /.test(text)) return undefined;
      if (at > index && (!text.startsWith('movk ') || labels.length > 0)) return undefined;
      values = this.#behind(at, values);
      if (values[Number(target.slice(1))] === before[Number(target.slice(1))]) return at;
    }
    return undefined;
  }

  #settle(outside: ReadonlySet<string>): void {
    const places = new Map(this.#instructions.flatMap(({ labels }, index) => labels.map((label): [string, number] => [label, index])));
    const ways = this.#instructions.map((one, index) => (index === 0 || one.labels.some((label) => outside.has(label)) ? 2 : this.#goesOn(index - 1) ? 1 : 0));
    for (const { target } of this.#instructions) if (places.has(target)) ways[places.get(target)!]! += 1;
    const open = new Set<number>();
    for (const [index, one] of this.#instructions.entries())
      if (index === 0 || one.labels.some((label) => outside.has(label))) {
        this.#before[index] = generalRegisters.map((register) => `unknown ${index} ${register}`);
        open.add(index);
      }
    for (const index of open) {
      open.delete(index);
      const values = this.#behind(index, this.#before[index]!);
      for (const next of [this.#goesOn(index) ? index + 1 : undefined, places.get(this.#instructions[index]!.target)]) {
        if (next === undefined || next >= this.#instructions.length) continue;
        const met = ways[next]! > 1 ? meet(this.#before[next], values, next) : values;
        if (this.#before[next]?.every((one, register) => one === met[register]) === true) continue;
        this.#before[next] = met;
        open.add(next);
      }
    }
  }

  #goesOn(index: number): boolean {
    return !['jump', 'end'].includes(this.#instructions[index]!.kind);
  }

  #behind(index: number, values: Values): Values {
    const one = this.#instructions[index]!;
    const isCall = one.text.startsWith('bl ');
    const written = isCall ? ((this.#callees.get(one.text.slice('bl '.length)) ?? allRegisters) | linkRegister) >>> 0 : (effectsOf(one)?.writes ?? allRegisters);
    if (written === noRegisters) return values;
    const known = isCall ? undefined : valueSet(one.text, values);
    const [target = ''] = operandsOf(one.text);
    const size = loadsByte.test(mnemonicOf(one.text)) ? byte : word;
    return values.map((value, register) => ((written >>> register) % 2 === 0 ? value : (known ?? `${target === `w${register}` ? size : ''}set ${index} ${register}`)));
  }
}

/**
 * What is equal on both ways to an instruction. It gets new names: no way leads round a loop but through such an instruction, and what had a name in
 * the last pass may have another value in this.
 */
function meet(one: Values | undefined, other: Values, index: number): Values {
  const pairs = other.map((value, register) => `${one?.[register] ?? ''} | ${value}`);
  return other.map((value, register) => {
    if (isNumber(value) || value.startsWith('at ')) if (one === undefined || one[register] === value) return value;
    const first = pairs.indexOf(pairs[register]!);
    const both = (is: (name: string) => boolean): boolean => is(value) && (one === undefined || is(one[register]!));
    return `${both(isByte) ? byte : both(isWord) ? word : ''}met ${index} ${first}`;
  });
}

/** The values in each routine of a program. */
export function valuesIn(routines: readonly Routine[]): (routine: Routine) => RegisterValues {
  const written = writtenRegisters(routines);
  const callees = new Map(routines.map((one) => [one.name, written.get(one)!]));
  const outside = enteredFromOutside(routines);
  return (routine) => new RegisterValues(routine, callees, outside);
}
