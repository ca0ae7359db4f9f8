/** `u32(x)`, `u32.wrap(x)`, `brand<Pa>(x)`, `unbrand(x)`: every change of type that a program writes. */
import type ts from 'typescript';
import type { Expression } from '../model/expressions.ts';
import { fits, integer, maximumOf, minimumOf, representation, showType, wrapTo, type IntegerName, type Type } from '../model/types.ts';
import { coerce } from './coerce.ts';
import { constant, type Context, type Scope } from './context.ts';

export function convert(cx: Context, node: ts.CallExpression, to: IntegerName, wrap: boolean, scope: Scope): Expression {
  const [argument] = node.arguments;
  if (argument === undefined) return cx.error(node);
  const operand = cx.expression(argument, scope);
  const { type } = operand;
  if (type.kind === 'error') return operand;
  if (type.kind !== 'integer' && type.kind !== 'untyped' && type.kind !== 'enum') {
    const remedy = type.kind === 'brand' ? 'Take the plain u64 with `unbrand(…)` first.' : 'Convert integers and enums.';
    cx.reporter.report(node, 'TH1202', `${to}()`, showType(type), remedy);
    return cx.error(node);
  }
  if (operand.op === 'constant') return convertConstant(cx, node, to, wrap, operand.value);
  const from = representation(type) ?? to;
  if (from === to && type.kind === 'integer') return { ...operand, node };
  const widens = minimumOf(from) >= minimumOf(to) && maximumOf(from) <= maximumOf(to);
  return { op: 'convert', type: integer(to), node, checked: !wrap && !widens, operand };
}

function convertConstant(cx: Context, node: ts.Expression, to: IntegerName, wrap: boolean, value: bigint): Expression {
  if (wrap) return constant(node, integer(to), wrapTo(value, to));
  if (fits(value, to)) return constant(node, integer(to), value);
  cx.reporter.report(node, 'TH1103', String(value), to, String(minimumOf(to)), String(maximumOf(to)));
  return cx.error(node);
}

export function putBrand(cx: Context, node: ts.CallExpression, scope: Scope, expected: Type | undefined): Expression {
  const [argument] = node.arguments;
  const [written] = node.typeArguments ?? [];
  const type = written === undefined ? expected : cx.typeOf(written);
  if (argument === undefined || type?.kind === 'error') return cx.error(node);
  if (type?.kind !== 'brand') {
    cx.reporter.report(node, 'TH1405', 'brand', "Write `brand<Pa>(…)` with `type Pa = Brand<'Pa'>`.");
    return cx.error(node);
  }
  const operand = coerce(cx, cx.expression(argument, scope, integer('u64')), integer('u64'));
  if (operand.op === 'constant') return constant(node, type, operand.value);
  return operand.op === 'error' ? operand : { op: 'convert', type, node, checked: false, operand };
}

export function takeBrand(cx: Context, node: ts.CallExpression, scope: Scope): Expression {
  const [argument] = node.arguments;
  const operand = argument === undefined ? cx.error(node) : cx.expression(argument, scope);
  if (operand.type.kind === 'error') return operand;
  if (operand.type.kind !== 'brand') {
    cx.reporter.report(node, 'TH1202', 'unbrand', showType(operand.type), 'It takes the brand off a branded address.');
    return cx.error(node);
  }
  if (operand.op === 'constant') return constant(node, integer('u64'), operand.value);
  return { op: 'convert', type: integer('u64'), node, checked: false, operand };
}
