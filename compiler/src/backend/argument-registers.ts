/**
 * Which register each parameter of a function comes in. The calling convention numbers them in their order; but where every call is known,
 * any other choice will do, and a good one leaves a value where it is: in the register in which the caller got it, or in
 * which a call before returned it or took it. Registers in between may stay unused.
 */
import { listIn, nameOf, readIr, withNames, type IrCall, type IrFunction } from './ir-text.ts';

/** What a choice is worth, in instructions that copy a register. */
const worth = {
  /** What came in a register goes on in it. */
  passedOn: 1,
  /** The result of a call is passed in the register that it came in. */
  result: 0.5,
  /** Two calls take the same value in the same register. */
  together: 1,
  /** What is passed takes the register of what the caller needs later. */
  displaced: -1.25,
  /** Lower registers first, all else being equal. */
  distance: -0.001,
};
/** x0 to x7 take parameters [AAPCS64 "Parameter passing"]; further ones are in memory. */
const [registerCount, roundsMax] = [8, 10];

interface Passed {
  /** Which of the caller's parameters, if it is one. */
  readonly parameter: number;
  readonly isResult: boolean;
}
interface Call {
  readonly caller: IrFunction;
  readonly callee: IrFunction;
  readonly passed: readonly Passed[];
  /** Parameters that the caller uses afterwards. */
  readonly needed: readonly number[];
}
interface Pair {
  readonly of: IrFunction;
  readonly index: number;
  readonly other: IrFunction;
  readonly otherIndex: number;
}
/** The register of each parameter of each function. */
type Registers = Map<IrFunction, readonly number[]>;

function lastUses(lines: readonly string[], of: IrFunction): number[] {
  const names = of.parameters.map(nameOf);
  const uses = names.map(() => 0);
  for (let at = of.line + 1; at < of.endLine; at++) {
    const line = lines[at]!;
    if (line.includes('#dbg_')) continue;
    for (const [name] of line.matchAll(/%\d+\b/g)) {
      const index = names.indexOf(name);
      if (index >= 0) uses[index] = at;
    }
  }
  return uses;
}

function readCalls(lines: readonly string[], calls: readonly IrCall[], functions: readonly IrFunction[]): Call[] {
  const uses = new Map(functions.map((one) => [one, lastUses(lines, one)]));
  const results = new Map<IrFunction, Set<string>>();
  return calls.map(({ line, caller, callee, operands, result }) => {
    const earlier = results.get(caller) ?? new Set();
    results.set(caller, earlier);
    // What enters any other way does so rarely: at boot, or from assembly.
    const names = caller.free ? caller.parameters.map(nameOf) : [];
    const passed = operands.map(nameOf).map((name) => ({ parameter: name === '' ? -1 : names.indexOf(name), isResult: earlier.has(name) }));
    if (result !== undefined) earlier.add(result);
    return { caller, callee, passed, needed: names.flatMap((_, index) => ((uses.get(caller)?.[index] ?? 0) > line ? [index] : [])) };
  });
}

/** Calls one after the other that take the same value. */
function readPairs(calls: readonly IrCall[]): Pair[] {
  const pairs: Pair[] = [];
  const latest = new Map<string, { of: IrFunction; index: number }>();
  for (const { caller, callee, operands } of calls)
    for (const [index, operand] of operands.entries()) {
      const key = `${caller.name} ${nameOf(operand)}`;
      if (nameOf(operand) === '') continue;
      const before = latest.get(key);
      if (before !== undefined && before.of !== callee) pairs.push({ of: before.of, index: before.index, other: callee, otherIndex: index });
      latest.set(key, { of: callee, index });
    }
  return pairs;
}

function valueOfCall({ caller, callee, passed, needed }: Call, registers: Registers): number {
  const [own, taken] = [registers.get(caller)!, registers.get(callee)!];
  let value = 0;
  for (const [index, { parameter, isResult }] of passed.entries()) {
    if (parameter >= 0 && own[parameter] === taken[index]) value += worth.passedOn;
    if (isResult && taken[index] === 0) value += worth.result;
  }
  for (const one of needed) {
    const by = taken.indexOf(own[one] ?? -1);
    if (by >= 0 && passed[by]?.parameter !== one) value += worth.displaced;
  }
  return value;
}

function valueOf(of: IrFunction, calls: readonly Call[], pairs: readonly Pair[], registers: Registers): number {
  const inCalls = calls.reduce((sum, one) => sum + valueOfCall(one, registers), 0);
  const together = pairs.filter((one) => registers.get(one.of)?.[one.index] === registers.get(one.other)?.[one.otherIndex]).length;
  const distance = (registers.get(of) ?? []).reduce((sum, one) => sum + one, 0);
  return inCalls + together * worth.together + distance * worth.distance;
}

/** What differs from `choice` in the register of one parameter; one that had it takes that one's. */
function neighbours(choice: readonly number[]): number[][] {
  return choice.flatMap((from, index) =>
    Array.from({ length: registerCount }, (_, to) => choice.map((other, at) => (at === index ? to : other === to ? from : other))));
}

/** Function by function a choice that no neighbour of it betters as the others stand, until none changes. */
function choose(functions: readonly IrFunction[], calls: readonly Call[], pairs: readonly Pair[]): Registers {
  const registers: Registers = new Map(functions.map((one) => [one, one.parameters.map((_, index) => index)]));
  const movable = functions.filter(({ free, parameters }) => free && parameters.length <= registerCount);
  for (let round = 0, changed = true; changed && round < roundsMax; round++) {
    changed = false;
    for (const one of movable) {
      const near = calls.filter(({ caller, callee }) => caller === one || callee === one);
      const nearPairs = pairs.filter(({ of, other }) => of === one || other === one);
      const valueWith = (choice: readonly number[]): number => {
        registers.set(one, choice);
        return valueOf(one, near, nearPairs, registers);
      };
      let best = registers.get(one)!;
      let bestValue = valueWith(best);
      for (let better: readonly number[] | undefined = best; better !== undefined; ) {
        better = undefined;
        for (const choice of neighbours(best)) {
          const value = valueWith(choice);
          if (value > bestValue + 1e-6) [better, bestValue, changed] = [choice, value, true];
        }
        best = better ?? best;
      }
      registers.set(one, best);
    }
  }
  return registers;
}

/** `items` at their places in `registers`, and `filler` at those that stay unused. */
function placed(line: string, registers: readonly number[], filler: (register: number) => string): string {
  const { before, items, after } = listIn(line);
  const list = Array.from({ length: Math.max(-1, ...registers) + 1 }, (_, register) => items[registers.indexOf(register)] ?? filler(register));
  return before + list.join(', ') + after;
}

/** The program with its parameters in the registers that cost least; `text` is LLVM's. */
export function chooseArgumentRegisters(text: string): string {
  const lines = text.split('\n');
  const { functions, calls } = readIr(lines);
  const registers = choose(functions, readCalls(lines, calls, functions), readPairs(calls));
  for (const { line, callee } of calls) lines[line] = placed(lines[line]!, registers.get(callee)!, () => 'i64 undef');
  for (const one of [...functions].reverse()) {
    const own = registers.get(one)!;
    if (own.every((register, index) => register === index)) continue;
    const [head = '', ...named] = withNames(lines.slice(one.line, one.endLine), one.parameters.length);
    lines.splice(one.line, one.endLine - one.line, placed(head, own, (register) => `i64 %unused${register}`), ...named);
  }
  return lines.join('\n');
}
