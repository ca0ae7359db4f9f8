/** What can be in memory before the first instruction: constants and addresses of module-level objects. */
import type { Expression } from '../model/expressions.ts';

export function isConstantValue(value: Expression): boolean {
  switch (value.op) {
    case 'constant':
    case 'string':
    case 'null':
      return true;
    case 'variable':
      return value.type.kind === 'class' || value.type.kind === 'array' || (value.type.kind === 'nullable' && value.variable.type.kind === 'class');
    case 'slice':
      return isConstantValue(value.array);
    default:
      return false;
  }
}
