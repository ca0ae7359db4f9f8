/**
 * Which registers' values are still wanted behind each instruction of a whole program. Every call is followed into the function and
 * back to all its callers, as functions here share registers as they please (docs/adr/0026). Where not all is known, more is wanted, never less: a function that
 * assembly names, or that is exported, keeps the procedure call standard towards whoever calls it.
 */
import type { Instruction, Routine } from './assembly.ts';
import { allRegisters, effectsOf, linkRegister, noRegisters, type Effects, type Registers } from './instruction-effects.ts';

/** x0 to x7: what a caller passes, and where it may find a result [AAPCS64 "Parameter passing", "Result return"]. */
const parameters: Registers = 0xff;
/** x19 to x30 [AAPCS64 "General-purpose Registers"]. */
const calleeSaved: Registers = 0x7ff8_0000;

/** An instruction of the program, and what is known of the moment before it and the one behind it. */
interface Point {
  readonly of: Instruction;
  readonly routine: Routine;
  readonly effects: Effects | undefined;
  /** Where it may go on to within the program, calls aside. */
  readonly next: Point[];
  /** Of a call: the function, if it is in the text. */
  callee: Routine | undefined;
  before: Registers;
  after: Registers;
  /** What is written from here on, whichever way a return is reached. */
  written: Registers;
}

const isCall = ({ text }: Instruction): boolean => text.startsWith('bl ');
const isReturn = ({ text, kind }: Instruction): boolean => kind === 'end' && text === 'ret';
/** All of it is the program's own assembly, which is not read: it does what the standard lets it do. */
export const isAssembly = ({ instructions }: Routine): boolean => instructions.every((one) => one.inAssembly);

export class Liveness {
  readonly #points = new Map<Instruction, Point>();
  readonly #backwards: Point[] = [];
  readonly #labels = new Map<string, Point>();
  readonly #mentioned = new Set<string>();
  readonly #routines: readonly Routine[];
  readonly #assembly: ReadonlySet<Routine>;
  readonly #byName: ReadonlyMap<string, Routine>;
  /** What a routine reads that it has not written itself. */
  readonly #needs = new Map<Routine, Registers>();
  /** Functions whose callers are not all in sight. */
  readonly entered: readonly Routine[];
  /** What is wanted when a routine returns. */
  readonly #onReturn = new Map<Routine, Registers>();

  constructor(routines: readonly Routine[], roots: readonly string[]) {
    this.#routines = routines;
    this.#assembly = new Set(routines.filter(isAssembly));
    this.#byName = new Map(routines.map((one) => [one.name, one]));
    for (const routine of routines)
      for (const of of routine.instructions) {
        const point: Point = { of, routine, effects: effectsOf(of), next: [], callee: undefined, before: noRegisters, after: noRegisters, written: allRegisters };
        this.#points.set(of, point);
        this.#backwards.unshift(point);
        for (const label of of.labels) this.#labels.set(label, point);
        for (const [name] of `${of.text} ${of.target}`.matchAll(/[.A-Za-z_$][\w.$]*/g)) this.#mentioned.add(name);
      }
    for (const routine of routines) this.#connect(routine);
    this.#settle(() => this.#stepWritten());
    this.#settle(() => this.#stepWanted());
    for (const routine of routines) this.#needs.set(routine, this.#entry(routine)?.before ?? allRegisters);
    this.entered = this.#keepingStandard(roots);
    for (const routine of this.entered) this.#onReturn.set(routine, (calleeSaved | parameters) >>> 0);
    this.#settle(() => [this.#stepWanted(), this.#passReturns()].some(Boolean));
  }

  before(of: Instruction): Registers {
    return this.#points.get(of)?.before ?? allRegisters;
  }
  after(of: Instruction): Registers {
    return this.#points.get(of)?.after ?? allRegisters;
  }
  /** Whether anything but the instruction before may lead here. */
  isEntered({ labels }: Instruction): boolean {
    return labels.some((one) => this.#mentioned.has(one));
  }

  #entry({ instructions: [first] }: Routine): Point | undefined {
    return first === undefined ? undefined : this.#points.get(first);
  }

  #connect({ instructions }: Routine): void {
    for (const [index, of] of instructions.entries()) {
      const point = this.#points.get(of)!;
      if (isCall(of)) point.callee = this.#byName.get(of.text.slice('bl '.length));
      const following = of.kind === 'jump' || of.kind === 'end' ? undefined : instructions[index + 1];
      for (const one of [following === undefined ? undefined : this.#points.get(following), this.#labels.get(of.target)]) if (one !== undefined) point.next.push(one);
    }
  }

  #settle(step: () => boolean): void {
    while (step());
  }

  #keepingStandard(roots: readonly string[]): Routine[] {
    const named = new Set(roots);
    for (const { of } of this.#points.values())
      if (of.inAssembly || !isCall(of)) for (const [name] of of.text.matchAll(/[A-Za-z_$][\w.$]*/g)) named.add(name);
    return this.#routines.filter((one) => named.has(one.name));
  }

  /** Nobody knows where it leads. */
  #isLost({ of }: Point): boolean {
    if (of.kind === 'jump' || of.kind === 'branch') return !this.#labels.has(of.target);
    return of.kind === 'end' && !isReturn(of) && !of.text.startsWith('brk');
  }

  #stepWritten(): boolean {
    let changed = false;
    for (const point of this.#backwards) {
      const written = this.#writtenFrom(point);
      if (written !== point.written) [point.written, changed] = [written, true];
    }
    return changed;
  }

  #writtenFrom(point: Point): Registers {
    const { of, effects, next, callee } = point;
    if (isReturn(of) || this.#isLost(point) || (effects === undefined && !isCall(of))) return noRegisters;
    const further = next.reduce((all, one) => (all & one.written) >>> 0, allRegisters);
    if (!isCall(of)) return (further | (effects?.writes ?? noRegisters)) >>> 0;
    return (further | linkRegister | this.#writtenBy(callee)) >>> 0;
  }

  #writtenBy(callee: Routine | undefined): Registers {
    return callee === undefined || this.#assembly.has(callee) ? noRegisters : (this.#entry(callee)?.written ?? noRegisters);
  }

  #stepWanted(): boolean {
    let changed = false;
    for (const point of this.#backwards) {
      const after = this.#wantedAfter(point);
      const before = this.#wantedBefore(point, after);
      if (after === point.after && before === point.before) continue;
      [point.after, point.before, changed] = [after, before, true];
    }
    return changed;
  }

  #wantedAfter(point: Point): Registers {
    if (this.#isLost(point)) return allRegisters;
    if (isReturn(point.of)) return this.#onReturn.get(point.routine) ?? noRegisters;
    return point.next.reduce((sum, one) => (sum | one.before) >>> 0, noRegisters);
  }

  #wantedBefore({ of, routine, effects, callee }: Point, after: Registers): Registers {
    if (this.#assembly.has(routine)) return (parameters | (this.#onReturn.get(routine) ?? noRegisters)) >>> 0;
    if (isCall(of)) return ((after & ~this.#writtenBy(callee) & ~linkRegister) | this.#neededBy(callee)) >>> 0;
    if (isReturn(of)) return (after | linkRegister) >>> 0;
    if (of.kind === 'end') return after;
    return effects === undefined ? allRegisters : ((after & ~effects.writes) | effects.reads) >>> 0;
  }

  #neededBy(callee: Routine | undefined): Registers {
    if (callee === undefined) return allRegisters;
    if (this.#assembly.has(callee)) return parameters;
    return ((this.#needs.get(callee) ?? this.#entry(callee)?.before ?? allRegisters) & ~linkRegister) >>> 0;
  }

  /** What is wanted behind a call is wanted at the returns of what it calls; what a routine goes on to returns for it. */
  #passReturns(): boolean {
    let changed = false;
    const pass = (to: Routine, wanted: Registers): void => {
      const known = this.#onReturn.get(to) ?? noRegisters;
      if ((known | wanted) >>> 0 === known) return;
      this.#onReturn.set(to, (known | wanted) >>> 0);
      changed = true;
    };
    for (const { routine, callee, after, next } of this.#backwards) {
      if (callee !== undefined) pass(callee, after);
      for (const one of next) if (one.routine !== routine) pass(one.routine, this.#onReturn.get(routine) ?? noRegisters);
    }
    return changed;
  }
}
