/**
 * Evaluates a generated expression on BigInts, in JavaScript's order. Booleans are 0n and 1n, enum members
 * their numbers.
 */
import { isIntegerType, type IntegerType } from './integer-types.ts';
import type { Semantics } from './semantics.ts';
import type { Call, Convert, Expression, Member, PackBits, Place } from './syntax.ts';

/** One call's variables, over the state of the whole case. */
export interface Frame {
  readonly semantics: Semantics;
  readonly locals: Map<string, bigint>;
  readonly globals: Map<string, bigint>;
  readonly arrays: ReadonlyMap<string, bigint[]>;
  /** The ids of the notes so far. */
  readonly trace: number[];
  readonly call: (callee: string, operands: readonly bigint[]) => bigint;
  /** Counts down; a case that runs too long is not compared. */
  readonly fuel: { left: number };
}

export class OutOfFuel extends Error {}

export function burn(frame: Frame): void {
  frame.fuel.left -= 1;
  if (frame.fuel.left < 0) throw new OutOfFuel();
}

/** Where a place is, found and checked once, before anything is read from it or written to it. */
export interface ResolvedPlace { readonly read: () => bigint; readonly write: (value: bigint) => void }

export function resolve(frame: Frame, place: Place): ResolvedPlace {
  if (place.kind === 'variable') {
    const owner = frame.locals.has(place.name) ? frame.locals : frame.globals;
    return { read: () => owner.get(place.name)!, write: (value) => void owner.set(place.name, value) };
  }
  if (place.kind === 'member') return resolveMember(frame, place);
  const elements = frame.arrays.get(place.array)!;
  const at = frame.semantics.index(elements.length, evaluate(frame, place.index));
  return { read: () => elements[at]!, write: (value) => { elements[at] = value; } };
}

/** The objects' fields are kept as one array a field; a reference is the position in them. */
export function fieldKey(objects: string, field: string): string {
  return `${objects}.${field}`;
}

export function objectIndex(frame: Frame, objects: string, index: Expression): number {
  return frame.semantics.index(frame.arrays.get(fieldKey(objects, 'count'))!.length, evaluate(frame, index));
}

function resolveMember(frame: Frame, { objects, field, base }: Member): ResolvedPlace {
  const values = frame.arrays.get(fieldKey(objects, field))!;
  const at = 'index' in base ? objectIndex(frame, objects, base.index) : Number(frame.locals.get(base.reference)!);
  return { read: () => values[at]!, write: (value) => { values[at] = value; } };
}

function evaluateAll(frame: Frame, operands: readonly Expression[]): bigint[] {
  if (frame.semantics.leftToRight) return operands.map((operand) => evaluate(frame, operand));
  return operands.toReversed().map((operand) => evaluate(frame, operand)).toReversed();
}

/** Integer operators see their operands' type; the count of a shift may have another. */
function operandType(operand: Expression): IntegerType {
  if (!isIntegerType(operand.type)) throw new Error(`${operand.type} is no integer`);
  return operand.type;
}

function evaluateUnary(frame: Frame, operator: '-' | '~' | '!', operand: Expression): bigint {
  const value = evaluate(frame, operand);
  if (operator === '!') return 1n - value;
  return frame.semantics[operator === '-' ? 'negate' : 'invert'](operandType(operand), value);
}

/** Each field is checked as soon as its value is there. */
function evaluatePack(frame: Frame, { layout, base, fields }: PackBits): bigint {
  const start = base === null ? 0n : evaluate(frame, base);
  return fields.reduce((word, field) => frame.semantics.setField(layout, word, field.name, evaluate(frame, field.value)), start);
}

function evaluateConvert(frame: Frame, { type, wrap, operand }: Convert): bigint {
  return frame.semantics[wrap ? 'wrap' : 'convert'](type, evaluate(frame, operand));
}

function evaluateLogical(frame: Frame, operator: '&&' | '||', left: Expression, right: Expression): bigint {
  const value = evaluate(frame, left);
  return (value === 1n) === (operator === '||') ? value : evaluate(frame, right);
}

function note(frame: Frame, id: number, operand: Expression): bigint {
  const value = evaluate(frame, operand);
  frame.trace.push(id);
  return value;
}

export function evaluateCall(frame: Frame, call: Call): bigint {
  return frame.call(call.callee, evaluateAll(frame, call.operands));
}

export function evaluate(frame: Frame, expression: Expression): bigint {
  burn(frame);
  switch (expression.kind) {
    case 'literal': return expression.value;
    case 'variable':
    case 'member':
    case 'element': return resolve(frame, expression).read();
    case 'unary': return evaluateUnary(frame, expression.operator, expression.operand);
    case 'binary': {
      const [left, right] = evaluateAll(frame, [expression.left, expression.right]);
      return frame.semantics.binary[expression.operator](expression.type, left!, right!);
    }
    case 'compare': {
      const [left, right] = evaluateAll(frame, [expression.left, expression.right]);
      return frame.semantics.compare[expression.operator](left!, right!) ? 1n : 0n;
    }
    case 'logical': return evaluateLogical(frame, expression.operator, expression.left, expression.right);
    case 'conditional':
      return evaluate(frame, evaluate(frame, expression.condition) === 1n ? expression.whenTrue : expression.whenFalse);
    case 'convert': return evaluateConvert(frame, expression);
    case 'intrinsic':
      return frame.semantics.intrinsic[expression.name](operandType(expression.operands[0]!), evaluateAll(frame, expression.operands));
    case 'pack': return evaluatePack(frame, expression);
    case 'unpack': return frame.semantics.getField(expression.layout, evaluate(frame, expression.operand), expression.field);
    case 'call': return evaluateCall(frame, expression);
    case 'note': return note(frame, expression.id, expression.operand);
  }
}
