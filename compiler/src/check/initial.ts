/** What can be in memory before the first instruction: constants and addresses of module-level objects. */
import type { Expression } from '../model/expressions.ts';

export function isConstantValue(value: Expression): boolean {
  switch (value.op) {
    case 'constant':
    case 'string':
    case 'null':
      return true;
    case 'variable':
      return value.variable.type.kind === 'array' || value.variable.initial.kind === 'object';
    case 'slice':
      return isConstantValue(value.array);
    default:
      return false;
  }
}
