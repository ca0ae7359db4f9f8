/**
 * Typed expressions to C expressions. Whatever C might evaluate in another order than JavaScript goes into a
 * temporary first; so an expression may put lines into the function before it gives its text.
 */
import { memberName } from '../model/c-names.ts';
import type { Expression } from '../model/expressions.ts';
import { representation } from '../model/types.ts';
import { checkedArithmetic, checkedConversion, cInteger, division, negation, shift } from './arithmetic.ts';
import { cType } from './c-type.ts';
import { effectsOf, isStable, operandsOf } from './effects.ts';
import type { FunctionEmitter } from './function-emitter.ts';
import { emitIntrinsic } from './intrinsic.ts';

/** The text of `value`; a class value is a pointer, an array the address of its first element. */
export function emitExpression(fn: FunctionEmitter, value: Expression): string {
  switch (value.op) {
    case 'logical':
      return emitLogical(fn, value);
    case 'select':
      return emitSelect(fn, value);
    default:
      return combine(fn, value, emitOperands(fn, operandsOf(value)));
  }
}

/** Operands in order: those before the last one that acts, and that one itself if a later one looks, become temporaries. */
export function emitOperands(fn: FunctionEmitter, operands: readonly Expression[]): string[] {
  const lastActing = operands.findLastIndex((one) => effectsOf(one).acts);
  const laterLooks = operands.slice(lastActing + 1).some((one) => !isStable(one));
  return operands.map((one, index) => {
    const text = emitExpression(fn, one);
    const early = index < lastActing || (index === lastActing && laterLooks);
    return early && !isStable(one) ? toTemporary(fn, one, text) : text;
  });
}

/** A name for a value whose text will be used twice. */
function once(fn: FunctionEmitter, value: Expression, text: string): string {
  return value.op === 'local' || /^\w+$/.test(text) || !effectsOf(value).acts ? text : toTemporary(fn, value, text);
}

export function toTemporary(fn: FunctionEmitter, value: Expression, text: string): string {
  const name = fn.newName('value');
  fn.line(`${cType(value.type)} ${name} = ${text};`);
  return name;
}

function combine(fn: FunctionEmitter, value: Expression, operands: readonly string[]): string {
  const [a = '', b = ''] = operands;
  switch (value.op) {
    case 'constant':
      return emitConstant(value);
    case 'string':
      return fn.shared.string(value.text);
    case 'null':
      return '((void *)0)';
    case 'local':
      return value.local.cName;
    case 'variable':
      return value.type.kind === 'class' && value.variable.initial.kind === 'object' ? `(&${value.variable.cName})` : value.variable.cName;
    case 'field': {
      const text = `${a}->${memberName(value.field.name)}`;
      return value.field.embedded && value.type.kind === 'class' ? `(&${text})` : text;
    }
    case 'index':
      return emitIndex(fn, value, a, b);
    case 'slice': {
      const length = value.array.type.kind === 'array' ? value.array.type.length : 0;
      return value.type.kind === 'slice' ? `((${fn.shared.sliceType(value.type)}){ ${a}, ${length} })` : a;
    }
    case 'unary':
      return emitUnary(fn, value, a);
    case 'binary':
      return emitBinary(fn, value, a, b);
    case 'convert':
      return emitConversion(fn, value, a);
    case 'call':
      return `${value.callee.cName}(${operands.join(', ')})`;
    case 'intrinsic':
      return emitIntrinsic(fn, value, operands);
    default:
      throw new Error(`no C for ${value.op}`);
  }
}

export function emitConstant(value: Expression & { op: 'constant' }): string {
  if (value.type.kind === 'enum') {
    const member = [...value.type.of.members].find(([, number]) => number === value.value);
    return member === undefined ? `((${value.type.of.name})${value.value}u)` : `${value.type.of.name}_${member[0]}`;
  }
  const name = representation(value.type);
  return name === undefined ? String(value.value) : cInteger(value.value, name);
}

function emitIndex(fn: FunctionEmitter, value: Expression & { op: 'index' }, found: string, index: string): string {
  const array = value.array.type.kind === 'slice' ? once(fn, value.array, found) : found;
  const inPlace = value.type.kind === 'class' || value.type.kind === 'record';
  const items = value.array.type.kind === 'slice' ? `${array}.items` : array;
  const length = value.array.type.kind === 'array' ? String(value.array.type.length) : `${array}.length`;
  const check = fn.shared.inline('u64', 'index_in', 'u64 index, u64 length', 'CHECK(index < length); return index;');
  const text = `${items}[${value.inRange ? index : `${check}(${index}, ${length})`}]`;
  return inPlace ? `(&${text})` : text;
}

function emitUnary(fn: FunctionEmitter, value: Expression & { op: 'unary' }, operand: string): string {
  const name = representation(value.type);
  if (value.operator === '!' || name === undefined) return `(!${operand})`;
  return value.operator === '-' ? negation(fn.shared, name, operand) : `((${name})~${operand})`;
}

function emitBinary(fn: FunctionEmitter, value: Expression & { op: 'binary' }, left: string, right: string): string {
  const { operator } = value;
  const name = representation(value.type) ?? 'u32';
  switch (operator) {
    case '+':
    case '-':
    case '*':
      return checkedArithmetic(fn.shared, operator, name, left, right);
    case '/':
    case '%':
      return division(fn.shared, operator, name, left, right, value.right.op === 'constant' ? value.right.value : undefined);
    case '<<':
    case '>>':
      return shift(fn.shared, operator, name, left, right, value.right.op === 'constant');
    case '&':
    case '|':
    case '^':
      return `((${name})(${left} ${operator} ${right}))`;
    case '===':
      return `(${left} == ${right})`;
    case '!==':
      return `(${left} != ${right})`;
    default:
      return `(${left} ${operator} ${right})`;
  }
}

function emitConversion(fn: FunctionEmitter, value: Expression & { op: 'convert' }, operand: string): string {
  const [from, to] = [representation(value.operand.type), representation(value.type)];
  if (value.checked && from !== undefined && to !== undefined) return checkedConversion(fn.shared, from, to, operand);
  return `((${cType(value.type)})${operand})`;
}

/** The right side runs only if it must; when it needs lines of its own, that takes an `if`. */
function emitLogical(fn: FunctionEmitter, value: Expression & { op: 'logical' }): string {
  const left = emitExpression(fn, value.left);
  if (!effectsOf(value.right).acts) return `(${left} ${value.operator} ${emitExpression(fn, value.right)})`;
  const name = fn.newName('value');
  fn.line(`bool ${name} = ${left};`);
  fn.open(`if (${value.operator === '&&' ? name : `!${name}`}) {`);
  fn.line(`${name} = ${emitExpression(fn, value.right)};`);
  fn.close();
  return name;
}

function emitSelect(fn: FunctionEmitter, value: Expression & { op: 'select' }): string {
  const condition = emitExpression(fn, value.condition);
  const simple = !effectsOf(value.whenTrue).acts && !effectsOf(value.whenFalse).acts;
  if (simple) return `(${condition} ? ${emitExpression(fn, value.whenTrue)} : ${emitExpression(fn, value.whenFalse)})`;
  const name = fn.newName('value');
  fn.line(`${cType(value.type)} ${name};`);
  fn.open(`if (${condition}) {`);
  fn.line(`${name} = ${emitExpression(fn, value.whenTrue)};`);
  fn.close();
  fn.open('else {');
  fn.line(`${name} = ${emitExpression(fn, value.whenFalse)};`);
  fn.close();
  return name;
}

