/**
 * Taking expressions apart and putting them together again, the same way for every kind.
 */
import type { Element, Expression } from './syntax.ts';

export function children(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'variable': return [];
    case 'element': return [expression.index];
    case 'member': return 'index' in expression.base ? [expression.base.index] : [];
    case 'unary':
    case 'convert':
    case 'unpack':
    case 'note': return [expression.operand];
    case 'binary':
    case 'compare':
    case 'logical': return [expression.left, expression.right];
    case 'conditional': return [expression.condition, expression.whenTrue, expression.whenFalse];
    case 'intrinsic':
    case 'call': return expression.operands;
    case 'pack': return [...(expression.base === null ? [] : [expression.base]), ...expression.fields.map((field) => field.value)];
  }
}

/** The same node over other children: as many as `children` gave, of the same types. */
export function withChildren(expression: Expression, next: readonly Expression[]): Expression {
  switch (expression.kind) {
    case 'literal':
    case 'variable': return expression;
    case 'element': return { ...expression, index: next[0]! } satisfies Element;
    case 'member': return 'index' in expression.base ? { ...expression, base: { index: next[0]! } } : expression;
    case 'unary':
    case 'convert':
    case 'unpack':
    case 'note': return { ...expression, operand: next[0]! };
    case 'binary':
    case 'compare':
    case 'logical': return { ...expression, left: next[0]!, right: next[1]! };
    case 'conditional': return { ...expression, condition: next[0]!, whenTrue: next[1]!, whenFalse: next[2]! };
    case 'intrinsic':
    case 'call': return { ...expression, operands: next };
    case 'pack': {
      const values = expression.base === null ? next : next.slice(1);
      const fields = expression.fields.map((field, at) => ({ name: field.name, value: values[at]! }));
      return { ...expression, base: expression.base === null ? null : next[0]!, fields };
    }
  }
}
