/**
 * What evaluating an expression does besides giving a value. JavaScript evaluates operands left to right and C
 * in any order, so the emitter asks here which operands must be computed into a temporary first.
 *
 * No expression can assign a local (assignments are statements), so reading a local is never in the way.
 */
import type { Expression } from '../model/expressions.ts';

export interface Effects {
  /** Writes memory, talks to a device or the processor, or calls something that may. */
  readonly acts: boolean;
  /** Reads memory that an action may change. */
  readonly reads: boolean;
  readonly traps: boolean;
}
const none: Effects = { acts: false, reads: false, traps: false };
const known = new WeakMap<Expression, Effects>();

export function effectsOf(value: Expression): Effects {
  const found = known.get(value);
  if (found !== undefined) return found;
  const effects = [own(value), ...operandsOf(value).map(effectsOf)].reduce(
    (a, b) => ({ acts: a.acts || b.acts, reads: a.reads || b.reads, traps: a.traps || b.traps }),
    none,
  );
  known.set(value, effects);
  return effects;
}

/** Gives the same value whenever it is evaluated, and nobody notices that it was. */
export function isStable(value: Expression): boolean {
  const { acts, reads, traps } = effectsOf(value);
  return !acts && !reads && !traps;
}

export function operandsOf(value: Expression): readonly Expression[] {
  switch (value.op) {
    case 'field':
      return [value.object];
    case 'index':
      return [value.array, value.index];
    case 'slice':
      return [value.array];
    case 'unary':
    case 'convert':
      return [value.operand];
    case 'binary':
    case 'logical':
      return [value.left, value.right];
    case 'select':
      return [value.condition, value.whenTrue, value.whenFalse];
    case 'call':
    case 'intrinsic':
      return value.operands;
    default:
      return [];
  }
}

const trappingOperators: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '<<', '>>']);

function own(value: Expression): Effects {
  switch (value.op) {
    case 'call':
      return { acts: true, reads: true, traps: true };
    case 'variable':
      return { ...none, reads: value.variable.initial.kind === 'value' };
    case 'field':
      return { ...none, reads: !value.field.embedded && value.type.kind !== 'array' };
    case 'index':
      return { acts: false, reads: value.type.kind !== 'class' && value.type.kind !== 'record', traps: !value.inRange };
    case 'binary':
      return { ...none, traps: trappingOperators.has(value.operator) };
    case 'unary':
      return { ...none, traps: value.operator === '-' };
    case 'convert':
      return { ...none, traps: value.checked };
    case 'intrinsic':
      return ownIntrinsic(value.name);
    default:
      return none;
  }
}

function ownIntrinsic(name: (Expression & { op: 'intrinsic' })['name']): Effects {
  switch (name) {
    case 'mmio':
    case 'atomic':
    case 'registerRead':
    case 'registerWrite':
    case 'memory':
    case 'assert':
    case 'trap':
      return { acts: true, reads: true, traps: true };
    case 'nonNull':
    case 'fieldFits':
    case 'unsafeAt':
    case 'charCodeAt':
      return { ...none, traps: true };
    default:
      return none;
  }
}
