/**
 * The source text of generated expressions. Every compound operand stands in parentheses: precedence is the
 * TypeScript parser's affair, not what is tested here.
 */
import { isIntegerType, shapes } from './integer-types.ts';
import { enumMembers, isEnumName, noteName } from './prelude.ts';
import type { Expression, ValueType } from './syntax.ts';

/** How module-level names are spelled where the expression stands. */
export interface Spelling {
  /** Text for a scalar, local or not. */
  readonly variable: (name: string) => string;
  readonly array: (name: string) => string;
  readonly callee: (name: string) => string;
}

export function literalText(type: ValueType, value: bigint): string {
  if (type === 'boolean') return value === 1n ? 'true' : 'false';
  if (isEnumName(type)) return `${type}.${enumMembers(type).find((member) => member.value === value)!.name}`;
  const magnitude = value < 0n ? -value : value;
  const digits = magnitude > 9999n ? `0x${magnitude.toString(16)}` : magnitude.toString();
  return `${value < 0n ? '-' : ''}${digits}${isIntegerType(type) && shapes[type].bigint ? 'n' : ''}`;
}

function operandText(expression: Expression, spelling: Spelling): string {
  const text = expressionText(expression, spelling);
  const compound = ['binary', 'compare', 'logical', 'conditional', 'unary'].includes(expression.kind) || text.startsWith('-');
  return compound ? `(${text})` : text;
}

/** `f(a << b, c > (d))` would be read as a call with type arguments, so `<` and `<<` get parentheses here as well. */
function argumentsText(operands: readonly Expression[], spelling: Spelling): string {
  const ambiguous = (operand: Expression): boolean => 'operator' in operand && operand.operator.startsWith('<');
  return operands.map((operand) => (ambiguous(operand) ? operandText(operand, spelling) : expressionText(operand, spelling))).join(', ');
}

export function expressionText(expression: Expression, spelling: Spelling): string {
  const operand = (inner: Expression): string => operandText(inner, spelling);
  switch (expression.kind) {
    case 'literal': return literalText(expression.type, expression.value);
    case 'variable': return spelling.variable(expression.name);
    case 'element': return `${spelling.array(expression.array)}[${expressionText(expression.index, spelling)}]`;
    case 'member':
      return 'index' in expression.base
        ? `${spelling.array(expression.objects)}[${expressionText(expression.base.index, spelling)}].${expression.field}` : `${expression.base.reference}.${expression.field}`;
    case 'unary': return `${expression.operator}${operand(expression.operand)}`;
    case 'binary':
    case 'compare':
    case 'logical': return `${operand(expression.left)} ${expression.operator} ${operand(expression.right)}`;
    case 'conditional': return `${operand(expression.condition)} ? ${operand(expression.whenTrue)} : ${operand(expression.whenFalse)}`;
    case 'convert': return `${expression.type}${expression.wrap ? '.wrap' : ''}(${expressionText(expression.operand, spelling)})`;
    case 'intrinsic': return `${expression.name}(${argumentsText(expression.operands, spelling)})`;
    case 'pack': {
      const fields = expression.fields.map((field) => `${field.name}: ${expressionText(field.value, spelling)}`).join(', ');
      const packed = fields === '' ? '{}' : `{ ${fields} }`;
      return expression.base === null
        ? `${expression.layout}.of(${packed})` : `${expression.layout}.with(${expressionText(expression.base, spelling)}, ${packed})`;
    }
    case 'unpack': return `${expression.layout}.get(${expressionText(expression.operand, spelling)}, '${expression.field}')`;
    case 'call': return `${spelling.callee(expression.callee)}(${argumentsText(expression.operands, spelling)})`;
    case 'note': return `${noteName(expression.type)}(${expression.id}, ${expressionText(expression.operand, spelling)})`;
  }
}
