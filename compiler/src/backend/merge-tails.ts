/**
 * One copy of code that several places end in. From an instruction on to where its code ends (a return, a jump), another place may hold
 * the same instructions with the same destinations: then a jump there does the same, whatever registers hold, and a branch
 * that led here leads there for nothing. Return sequences are the most frequent case.
 */
import { isHot, type Instruction, type Routine } from './assembly.ts';

interface Place {
  readonly routine: Routine;
  readonly index: number;
  readonly of: Instruction;
}
/** Places with the same code to the end, and the one of them that stays. */
interface Alike {
  readonly places: Place[];
  /** Instructions to the end of the code. */
  readonly length: number;
  host: Place | undefined;
}
interface Edits {
  /** Lines that go; where the value is not empty, what stands there instead. */
  readonly replaced: Map<number, string>;
  /** Labels to define before a line. */
  readonly defined: Map<number, string>;
  /** Where a label leads that stood before instructions that went. */
  readonly moved: Map<string, string>;
}

const endsCode = (one: Instruction): boolean => one.kind === 'jump' || one.kind === 'end';

class Tails {
  readonly #alike = new Map<string, Alike>();
  readonly #ofPlace = new Map<Instruction, Alike>();
  readonly #ids = new Map<Alike, number>();
  readonly #begun = new Set<Instruction>();
  readonly #places = new Map<string, Place>();
  /** All that is known of those who use them is that they mention them. */
  readonly #pinned = new Set<string>();
  readonly #routines: readonly Routine[];
  #unique = 0;

  constructor(routines: readonly Routine[]) {
    this.#routines = routines;
    for (const routine of routines)
      for (const [index, of] of routine.instructions.entries()) {
        for (const label of of.labels) this.#places.set(label, { routine, index, of });
        if (of.kind === 'opaque') for (const [label] of of.text.matchAll(/\.L[\w$]+/g)) this.#pinned.add(label);
      }
    for (const routine of routines)
      for (let index = routine.instructions.length - 1; index >= 0; index--) this.#classify({ routine, index, of: routine.instructions[index]! });
    this.#chooseHosts();
  }

  #next({ routine, index }: Place): Place | undefined {
    const of = routine.instructions[index + 1];
    return of === undefined ? undefined : { routine, index: index + 1, of };
  }

  /** What the code from a place on is: equal for places that may stand for each other. */
  #classify(place: Place): Alike {
    const known = this.#ofPlace.get(place.of);
    if (known !== undefined) return known;
    this.#begun.add(place.of);
    const destination = place.of.kind === 'jump' ? this.#places.get(place.of.target) : undefined;
    const alike = destination === undefined || this.#isBegun(destination) ? this.#ownCode(place) : this.#classify(destination);
    alike.places.push(place);
    this.#ofPlace.set(place.of, alike);
    return alike;
  }
  #isBegun({ of }: Place): boolean {
    return this.#begun.has(of) && !this.#ofPlace.has(of);
  }

  #ownCode(place: Place): Alike {
    const key = this.#key(place);
    const next = endsCode(place.of) ? undefined : this.#next(place);
    const length = next === undefined || this.#isBegun(next) ? 1 : 1 + this.#classify(next).length;
    const alike = this.#alike.get(key) ?? { places: [], length, host: undefined };
    this.#alike.set(key, alike);
    if (!this.#ids.has(alike)) this.#ids.set(alike, this.#ids.size);
    return alike;
  }

  #id(place: Place | undefined): string {
    if (place === undefined || this.#isBegun(place)) return `unique ${this.#unique++}`;
    return String(this.#ids.get(this.#classify(place)));
  }

  #key(place: Place): string {
    const { of, routine } = place;
    const target = this.#places.get(of.target);
    const destination = target === undefined ? of.target : this.#id(target);
    switch (of.kind) {
      case 'jump':
        return `b ${destination}`;
      case 'branch':
        return `${of.text} ${destination} then ${this.#id(this.#next(place))}`;
      case 'end':
        return of.text.startsWith('brk') ? `${of.text} in ${routine.file}` : of.text;
      case 'plain':
        return `${of.text} then ${this.#id(this.#next(place))}`;
      default:
        return `unique ${this.#unique++}`;
    }
  }

  /** The longest codes choose first, so that the ends of those that stay are what shorter ones share. */
  #chooseHosts(): void {
    const shared = [...this.#alike.values()].filter((one) => one.places.length > 1).sort((a, b) => b.length - a.length);
    for (const { places, host } of shared) {
      const code = places.filter(({ of }) => of.kind !== 'jump');
      const chosen = code.find(({ routine }) => isHot(routine)) ?? code[0];
      if (host !== undefined || chosen === undefined) continue;
      for (let at: Place | undefined = chosen; at !== undefined; at = endsCode(at.of) ? undefined : this.#next(at)) {
        const alike = this.#ofPlace.get(at.of);
        if (alike !== undefined && at.of.kind !== 'jump') alike.host ??= at;
      }
    }
  }

  /** Of a place that another stands for, that other. */
  #standIn(place: Place): Place | undefined {
    const alike = this.#ofPlace.get(place.of);
    if (place.of.labels.some((one) => this.#pinned.has(one))) return undefined;
    return alike === undefined || alike.places.length < 2 || alike.host === undefined || alike.host.of === place.of ? undefined : alike.host;
  }

  edits(): Edits {
    const edits: Edits = { replaced: new Map(), defined: new Map(), moved: new Map() };
    for (const routine of this.#routines) this.#editRoutine(routine, edits);
    return edits;
  }

  #editRoutine(routine: Routine, edits: Edits): void {
    const places = routine.instructions.map((of, index): Place => ({ routine, index, of }));
    let reached = true;
    for (let at = 0; at < places.length; at++) {
      const place = places[at]!;
      const end = this.#endOfRun(places, at);
      const gain = end - at - (reached ? 1 : 0);
      if (gain > 0 && !(reached && isHot(routine))) {
        this.#remove(places.slice(at, end), reached, edits);
        reached = false;
        at = end - 1;
      } else reached = !endsCode(place.of);
    }
  }

  /** Behind the last of the places from `at` on that others stand for. */
  #endOfRun(places: readonly Place[], at: number): number {
    let end = at;
    while (end < places.length && this.#standIn(places[end]!) !== undefined) {
      end += 1;
      if (endsCode(places[end - 1]!.of)) break;
    }
    return end;
  }

  #remove(run: readonly Place[], reached: boolean, edits: Edits): void {
    for (const [index, place] of run.entries()) {
      const host = this.#standIn(place)!;
      const name = edits.defined.get(host.of.line) ?? `.Ltail${edits.defined.size}`;
      const needed = place.of.labels.length > 0 || (index === 0 && reached);
      if (needed) edits.defined.set(host.of.line, name);
      for (const label of place.of.labels) edits.moved.set(label, name);
      edits.replaced.set(place.of.line, index === 0 && reached ? `\tb\t${name}` : '');
    }
  }
}

/** The text with one copy of what `routines` end in alike. */
export function mergeTails(lines: readonly string[], routines: readonly Routine[]): string[] {
  const { replaced, defined, moved } = new Tails(routines).edits();
  const edited = [...lines];
  for (const { instructions } of routines)
    for (const { line, target } of instructions) {
      const leads = moved.get(target);
      if (leads !== undefined) edited[line] = lines[line]!.replace(target, leads);
    }
  for (const [line, text] of replaced) edited[line] = text;
  for (const [line, label] of defined) edited[line] = `${label}:\n${edited[line]}`;
  return edited.flatMap((line) => line.split('\n'));
}
