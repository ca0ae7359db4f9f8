/** `.of .get .with .mask .read .write` of registers and bit layouts: shifts and masks, ranges proven or checked. */
import ts from 'typescript';
import type { BitsInfo } from '../model/declarations.ts';
import type { Expression } from '../model/expressions.ts';
import { integer, voidType } from '../model/types.ts';
import { coerce } from './coerce.ts';
import { constant, type Context, type Scope } from './context.ts';
import { largestValue } from './largest-value.ts';

const u64 = integer('u64');
interface Range {
  readonly high: number;
  readonly low: number;
}
const widthMask = ({ high, low }: Range): bigint => (1n << BigInt(high - low + 1)) - 1n;
const placeMask = (range: Range): bigint => widthMask(range) << BigInt(range.low);

const binary = (node: ts.Node, operator: '&' | '|' | '<<' | '>>', left: Expression, right: Expression): Expression => ({
  op: 'binary', type: u64, node, operator, left, right,
});

/** Folds as it builds, so that constant fields cost nothing. */
function join(node: ts.Node, left: Expression, right: Expression): Expression {
  if (left.op === 'constant' && right.op === 'constant') return constant(node, u64, left.value | right.value);
  if (left.op === 'constant' && left.value === 0n) return right;
  if (right.op === 'constant' && right.value === 0n) return left;
  return binary(node, '|', left, right);
}

function fieldNamed(cx: Context, node: ts.Node, of: BitsInfo, name: string): Range | undefined {
  const range = of.fields.get(name);
  if (range === undefined) cx.reporter.report(node, 'TH1702', of.name, name, [...of.fields.keys()].join(', '));
  return range;
}

function fieldArgument(cx: Context, node: ts.Expression | undefined, of: BitsInfo): Range | undefined {
  if (node === undefined) return undefined;
  if (ts.isStringLiteral(node)) return fieldNamed(cx, node, of, node.text);
  cx.reporter.report(node, 'TH1701', of.name, 'the name of a field');
  return undefined;
}

/** One field's value in its place; a value that is not known to fit is checked when it runs. */
function placed(cx: Context, value: Expression, name: string, range: Range): Expression {
  const limit = widthMask(range);
  if (value.op === 'constant') {
    if (value.value <= limit) return constant(value.node, u64, value.value << BigInt(range.low));
    cx.reporter.report(value.node, 'TH1703', String(value.value), name, String(range.high - range.low + 1), `0x${(limit + 1n).toString(16)}`);
    return cx.error(value.node);
  }
  const fitting: Expression =
    largestValue(value) <= limit
      ? value
      : { op: 'intrinsic', type: u64, node: value.node, name: 'fieldFits', detail: '', operands: [value, constant(value.node, u64, limit)] };
  return range.low === 0 ? fitting : binary(value.node, '<<', fitting, constant(value.node, u64, BigInt(range.low)));
}

function fieldsArgument(cx: Context, node: ts.Expression | undefined, of: BitsInfo, scope: Scope): { value: Expression; mask: bigint } | undefined {
  if (node === undefined || !ts.isObjectLiteralExpression(node)) {
    if (node !== undefined) cx.reporter.report(node, 'TH1701', of.name, 'an object literal of fields');
    return undefined;
  }
  let value: Expression = constant(node, u64, 0n);
  let mask = 0n;
  for (const property of node.properties) {
    const shorthand = ts.isShorthandPropertyAssignment(property);
    if ((!ts.isPropertyAssignment(property) && !shorthand) || !ts.isIdentifier(property.name)) {
      cx.reporter.report(property, 'TH1701', of.name, 'fields by name');
      continue;
    }
    const range = fieldNamed(cx, property.name, of, property.name.text);
    const given = cx.expression(shorthand ? property.name : property.initializer, scope, u64);
    const found = coerce(cx, given, u64);
    if (range === undefined || found.op === 'error') continue;
    value = join(node, value, placed(cx, found, property.name.text, range));
    mask |= placeMask(range);
  }
  return { value, mask };
}

export function checkBitsCall(cx: Context, node: ts.CallExpression, of: BitsInfo, method: string, scope: Scope): Expression {
  const [first, second] = node.arguments;
  const word = (argument: ts.Expression | undefined): Expression =>
    argument === undefined ? cx.error(node) : coerce(cx, cx.expression(argument, scope, u64), u64);
  switch (method) {
    case 'of':
      return { ...(fieldsArgument(cx, first, of, scope)?.value ?? cx.error(node)), node };
    case 'mask': {
      const range = fieldArgument(cx, first, of);
      return range === undefined ? cx.error(node) : constant(node, u64, placeMask(range));
    }
    case 'get': {
      const range = fieldArgument(cx, second, of);
      const value = word(first);
      return range === undefined || value.op === 'error' ? cx.error(node) : extract(node, value, range);
    }
    case 'with': {
      const value = word(first);
      const fields = fieldsArgument(cx, second, of, scope);
      if (fields === undefined || value.op === 'error') return cx.error(node);
      const kept = BigInt.asUintN(64, ~fields.mask);
      const rest = value.op === 'constant' ? constant(node, u64, value.value & kept) : binary(node, '&', value, constant(node, u64, kept));
      return { ...join(node, rest, fields.value), node };
    }
    case 'read':
      return { op: 'intrinsic', type: u64, node, name: 'registerRead', detail: `${of.name} ${of.assemblerName}`, operands: [] };
    default:
      return { op: 'intrinsic', type: voidType, node, name: 'registerWrite', detail: `${of.name} ${of.assemblerName}`, operands: [word(first)] };
  }
}

function extract(node: ts.Node, value: Expression, range: Range): Expression {
  if (value.op === 'constant') return constant(node, u64, (value.value >> BigInt(range.low)) & widthMask(range));
  const shifted = range.low === 0 ? value : binary(node, '>>', value, constant(node, u64, BigInt(range.low)));
  return range.high === 63 ? { ...shifted, node } : binary(node, '&', shifted, constant(node, u64, widthMask(range)));
}
