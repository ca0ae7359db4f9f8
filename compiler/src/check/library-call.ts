/** Calls of the language library: each name of thimble.d.ts to its machine meaning. */
import type ts from 'typescript';
import type { Expression, IntrinsicName } from '../model/expressions.ts';
import { layoutOfClass } from '../model/layout.ts';
import { integer, isIntegerName, isSigned, neverType, showType, voidType, widthOf, type Type } from '../model/types.ts';
import { classArgument, stringArgument } from './class-argument.ts';
import { coerce } from './coerce.ts';
import { checkComptime } from './comptime.ts';
import { checkCondition } from './condition.ts';
import { constant, type Context, type Scope } from './context.ts';
import { convert, putBrand, takeBrand } from './conversion.ts';
import { foldIntrinsic } from './fold-intrinsic.ts';

const u32 = integer('u32');
const u64 = integer('u64');

type Intrinsic = Extract<Expression, { op: 'intrinsic' }>;
const intrinsic = (node: ts.Node, name: IntrinsicName, type: Type, detail: string, operands: readonly Expression[]): Intrinsic => ({
  op: 'intrinsic', node, name, type, detail, operands,
});

export function checkLibraryCall(cx: Context, node: ts.CallExpression, name: string, scope: Scope, expected: Type | undefined): Expression {
  if (isIntegerName(name)) return convert(cx, node, name, false, scope);
  if (name.startsWith('memory.') || name.startsWith('mmio.')) return checkAccess(cx, node, name, scope);
  switch (name) {
    case 'brand':
      return putBrand(cx, node, scope, expected);
    case 'unbrand':
      return takeBrand(cx, node, scope);
    case 'wrappingAdd':
    case 'wrappingSub':
    case 'wrappingMul':
      return checkWrapping(cx, node, name, scope, expected);
    case 'countLeadingZeros':
    case 'countTrailingZeros':
    case 'countOnes':
    case 'byteSwap':
      return checkBitCount(cx, node, name, scope, expected);
    case 'comptime':
      return checkComptime(cx, node);
    case 'fixedArray':
    case 'fixedArrayOfReferences':
      cx.reporter.report(node, 'TH1506');
      return cx.error(node);
    case 'bits':
    case 'register':
    case 'naked':
      cx.reporter.report(node, 'TH1709', name);
      return cx.error(node);
    case 'assert': {
      const [argument] = node.arguments;
      const condition = argument === undefined ? cx.error(node) : checkCondition(cx, argument, scope);
      return condition.op === 'error' ? condition : intrinsic(node, 'assert', voidType, '', [condition]);
    }
    case 'trap':
      return intrinsic(node, 'trap', neverType, '', []);
    default:
      return checkAddressCall(cx, node, name, scope);
  }
}

function checkAddressCall(cx: Context, node: ts.CallExpression, name: string, scope: Scope): Expression {
  const [first, second] = node.arguments;
  if (first === undefined) return cx.error(node);
  switch (name) {
    case 'addressOf':
    case 'nonNull':
      return checkReferenceCall(cx, node, name, cx.expression(first, scope));
    case 'unsafeAt': {
      const of = classArgument(cx, first, name);
      const address = second === undefined ? cx.error(node) : coerce(cx, cx.expression(second, scope, u64), u64);
      return of === undefined || address.op === 'error' ? cx.error(node) : intrinsic(node, 'unsafeAt', { kind: 'class', of }, of.name, [address]);
    }
    case 'offsetOf': {
      const of = classArgument(cx, first, name);
      const field = stringArgument(cx, second, name, scope);
      if (of === undefined || field === undefined) return cx.error(node);
      const offset = layoutOfClass(of, cx.pointerBytes).offsets.get(field);
      if (offset === undefined) {
        cx.reporter.report(second ?? node, 'TH1702', of.name, field, of.fields.map((one) => one.name).join(', '));
        return cx.error(node);
      }
      cx.assertedLayouts.set(`__builtin_offsetof(${of.name}, ${field})`, offset);
      return constant(node, u32, BigInt(offset));
    }
    case 'sizeOf': {
      const of = classArgument(cx, first, name);
      if (of === undefined) return cx.error(node);
      const { bytes } = layoutOfClass(of, cx.pointerBytes);
      cx.assertedLayouts.set(`sizeof(${of.name})`, bytes);
      return constant(node, u32, BigInt(bytes));
    }
    case 'linkerSymbol': {
      const symbol = stringArgument(cx, first, name, scope);
      if (symbol === undefined) return cx.error(node);
      cx.linkerSymbols.add(symbol);
      return intrinsic(node, 'linkerSymbol', u64, symbol, []);
    }
    default:
      cx.reporter.report(node, 'TH1001', `\`${name}\` here`, 'See lib/thimble.d.ts.');
      return cx.error(node);
  }
}

function checkReferenceCall(cx: Context, node: ts.CallExpression, name: 'addressOf' | 'nonNull', operand: Expression): Expression {
  const { type } = operand;
  if (type.kind === 'error') return operand;
  if (name === 'nonNull') {
    if (type.kind === 'nullable') return intrinsic(node, name, type.target, '', [operand]);
    cx.reporter.report(node, 'TH1202', name, showType(type), 'The value is never null: use it as it is.');
    return cx.error(node);
  }
  if (type.kind === 'class' || type.kind === 'array' || type.kind === 'slice') return intrinsic(node, name, u64, type.kind, [operand]);
  cx.reporter.report(node, 'TH1202', name, showType(type), 'It takes an object or an array that is not null.');
  return cx.error(node);
}

type WrappingName = 'wrappingAdd' | 'wrappingSub' | 'wrappingMul';

function checkWrapping(cx: Context, node: ts.CallExpression, name: WrappingName, scope: Scope, expected: Type | undefined): Expression {
  const [first, second] = node.arguments;
  if (first === undefined || second === undefined) return cx.error(node);
  let left = cx.expression(first, scope, expected);
  let right = cx.expression(second, scope, left.type.kind === 'integer' ? left.type : expected);
  const type = left.type.kind === 'integer' ? left.type : right.type.kind === 'integer' ? right.type : expected;
  if (left.type.kind === 'error' || right.type.kind === 'error') return cx.error(node);
  if (type?.kind !== 'integer') {
    cx.reporter.report(node, 'TH1202', name, showType(left.type), 'Use integers, of which one has a type.');
    return cx.error(node);
  }
  left = coerce(cx, left, type);
  right = coerce(cx, right, type);
  return foldIntrinsic(intrinsic(node, name, type, '', [left, right]));
}

function checkBitCount(
  cx: Context, node: ts.CallExpression, name: 'countLeadingZeros' | 'countTrailingZeros' | 'countOnes' | 'byteSwap', scope: Scope, expected: Type | undefined,
): Expression {
  const [first] = node.arguments;
  if (first === undefined) return cx.error(node);
  const found = cx.expression(first, scope, expected);
  const operand = found.type.kind === 'untyped' && name === 'byteSwap' && expected?.kind === 'integer' ? coerce(cx, found, expected) : found;
  const { type } = operand;
  if (type.kind === 'error') return operand;
  if (type.kind !== 'integer' || isSigned(type.name) || (name === 'byteSwap' && widthOf(type.name) === 8)) {
    cx.reporter.report(node, 'TH1202', name, showType(type), 'Use an unsigned integer with a type: `u32(…)` or `u64(…)`.');
    return cx.error(node);
  }
  return foldIntrinsic(intrinsic(node, name, name === 'byteSwap' ? type : u32, '', [operand]));
}

/** `memory.load32`, `mmio.write8` and the like. */
function checkAccess(cx: Context, node: ts.CallExpression, name: string, scope: Scope): Expression {
  const [space = '', member = ''] = name.split('.');
  const width = integer(`u${member.replace(/\D/g, '')}` as 'u8');
  const [address, value] = node.arguments;
  const operands = address === undefined ? [] : [coerce(cx, cx.expression(address, scope, u64), u64)];
  if (value !== undefined) operands.push(coerce(cx, cx.expression(value, scope, width), width));
  if (operands.some((one) => one.op === 'error')) return cx.error(node);
  return intrinsic(node, space as 'memory', operands.length === 2 ? voidType : width, member, operands);
}

export function checkAtomicCall(cx: Context, node: ts.CallExpression, object: Expression, method: string, scope: Scope): Expression {
  const values = node.arguments.map((one) => coerce(cx, cx.expression(one, scope, u32), u32));
  if (values.some((one) => one.op === 'error')) return cx.error(node);
  return intrinsic(node, 'atomic', method === 'store' ? voidType : u32, method, [object, ...values]);
}

