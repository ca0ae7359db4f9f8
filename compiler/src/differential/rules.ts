/**
 * What LANGUAGE.md refuses and the generator and the shrinker therefore leave out: constants without a type
 * to adapt to, comparisons that the types decide, constants that are certain to trap.
 */
import { isIntegerType, shapes } from './integer-types.ts';
import { layouts } from './prelude.ts';
import type { Case, Compare, Expression, PackBits } from './syntax.ts';

/** An integer literal takes its type from its surroundings; next to nothing typed it has none. */
export function isUntyped(expression: Expression): boolean {
  return expression.kind === 'literal' && isIntegerType(expression.type);
}

/** `u32 >= 0` and the like: the literal is at the end of the type's range. */
function decidedByTypes({ operator, left, right }: Compare): boolean {
  const literal = left.kind === 'literal' ? left : right;
  if (literal.kind !== 'literal' || !isIntegerType(literal.type)) return false;
  const { min, max } = shapes[literal.type];
  const mirrored = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '===': '===', '!==': '!==' } as const;
  const seen = literal === right ? operator : mirrored[operator];
  return (literal.value === min && (seen === '<' || seen === '>=')) || (literal.value === max && (seen === '>' || seen === '<='));
}

/**
 * tsc narrows a boolean or enum variable at each assignment and test, and then refuses comparisons that
 * cannot hold. Behind a function call it does not see the narrowed type.
 */
function hidesNarrowing(expression: Expression): boolean {
  return expression.kind === 'note' || expression.kind === 'call';
}

function compareIsAllowed(compare: Compare): boolean {
  const { left, right, operator } = compare;
  if (isIntegerType(left.type)) return !(isUntyped(left) && isUntyped(right)) && !decidedByTypes(compare);
  return (operator === '===' || operator === '!==') && hidesNarrowing(left) && (hidesNarrowing(right) || right.kind === 'literal');
}

function packIsAllowed({ layout, base, fields }: PackBits): boolean {
  const names = new Set(fields.map((field) => field.name));
  // A word of constants only is a constant itself.
  if (base === null && fields.every(({ value }) => value.kind === 'literal')) return false;
  return names.size === fields.length && (base === null || !isUntyped(base)) && fields.every(({ name, value }) => {
    const [high, low] = layouts[layout]![name]!;
    return value.kind !== 'literal' || value.value < 1n << BigInt(high - low + 1);
  });
}

/** What expressions name by index. */
export type Storage = Pick<Case, 'arrays' | 'objects'>;
export const noStorage: Storage = { arrays: [], objects: [] };

export function indexIsAllowed(index: Expression, length: number): boolean {
  return index.kind !== 'literal' || index.value < BigInt(length);
}

/** Whether this node, its operands taken as good, is a program that the language accepts. */
export function isAllowed(expression: Expression, { arrays, objects }: Storage): boolean {
  switch (expression.kind) {
    case 'literal':
    case 'variable':
    case 'call': return true;
    case 'note': return true;
    case 'element': {
      const { initial } = arrays.find((array) => array.name === expression.array)!;
      return indexIsAllowed(expression.index, initial.length);
    }
    case 'member': {
      const { initial } = objects.find((candidate) => candidate.name === expression.objects)!;
      return !('index' in expression.base) || indexIsAllowed(expression.base.index, initial.length);
    }
    case 'unary':
    case 'unpack': return expression.operand.kind !== 'literal';
    case 'binary': {
      const { operator, left, right, type } = expression;
      const isShift = operator === '<<' || operator === '>>';
      if (isUntyped(left) && (isShift || isUntyped(right))) return false;
      if (right.kind !== 'literal') return true;
      if (operator === '/' || operator === '%') return right.value !== 0n;
      return !isShift || right.value < BigInt(shapes[type].width);
    }
    case 'compare': return compareIsAllowed(expression);
    case 'logical': return expression.left.kind !== 'literal' && expression.right.kind !== 'literal';
    case 'conditional':
      return expression.condition.kind !== 'literal' && !(isUntyped(expression.whenTrue) && isUntyped(expression.whenFalse));
    case 'convert': return !isUntyped(expression.operand) && expression.operand.type !== expression.type;
    case 'intrinsic': return !expression.operands.every(isUntyped);
    case 'pack': return packIsAllowed(expression);
  }
}
