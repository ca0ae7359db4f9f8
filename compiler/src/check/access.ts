/** `a.b` and `a[i]`: enum members, names of imported modules, fields, lengths and elements. */
import ts from 'typescript';
import type { Expression } from '../model/expressions.ts';
import { integer, isSigned, showType, type Type } from '../model/types.ts';
import { coerce } from './coerce.ts';
import { constant, type Context, type Scope } from './context.ts';
import { checkModuleName } from './name.ts';

/** Whether an expression names an imported module (`import * as x`). */
export function isModuleName(cx: Context, node: ts.Expression): boolean {
  return ts.isIdentifier(node) && ((cx.symbolOf(node)?.flags ?? 0) & ts.SymbolFlags.ValueModule) !== 0;
}

export function propertyAccess(cx: Context, node: ts.PropertyAccessExpression, scope: Scope): Expression {
  if (node.questionDotToken !== undefined) {
    cx.reporter.report(node, 'TH1210', '?.', 'Copy to a const, compare it with null.');
    return cx.error(node);
  }
  const symbol = cx.symbolOf(node.name);
  if (symbol !== undefined && symbol.flags & ts.SymbolFlags.EnumMember) return enumMember(cx, node, symbol);
  if (symbol !== undefined && isModuleName(cx, node.expression) && ts.isIdentifier(node.name)) return checkModuleName(cx, node.name, symbol);
  const object = cx.expression(node.expression, scope);
  return fieldOf(cx, node, object);
}

function enumMember(cx: Context, node: ts.PropertyAccessExpression, symbol: ts.Symbol): Expression {
  const owner = symbol.valueDeclaration?.parent;
  const ownerSymbol = owner !== undefined && ts.isEnumDeclaration(owner) ? cx.checker.getSymbolAtLocation(owner.name) : undefined;
  const found = ownerSymbol === undefined ? undefined : cx.declarationOf(ownerSymbol);
  const value = found?.kind === 'enum' ? found.of.members.get(symbol.name) : undefined;
  if (found?.kind !== 'enum' || value === undefined) return cx.error(node);
  return constant(node, { kind: 'enum', of: found.of }, value);
}

function fieldOf(cx: Context, node: ts.PropertyAccessExpression, object: Expression): Expression {
  const name = node.name.text;
  const { type } = object;
  switch (type.kind) {
    case 'class': {
      const field = type.of.fields.find((one) => one.name === name);
      if (field !== undefined) return { op: 'field', type: field.type, node, object, field };
      if (!type.of.methods.has(name)) return cx.error(node);
      cx.reporter.report(node, 'TH1404', name);
      return cx.error(node);
    }
    case 'record': {
      const field = type.of.fields.find((one) => one.name === name);
      return field === undefined ? cx.error(node) : { op: 'field', type: field.type, node, object, field: { name, type: field.type, embedded: false } };
    }
    case 'array':
      if (name === 'length') return constant(node, integer('u32'), BigInt(type.length));
      break;
    case 'string':
      if (name === 'length' && object.op === 'string') return constant(node, integer('u32'), BigInt(Buffer.byteLength(object.text)));
      if (name === 'length') return { op: 'intrinsic', type: integer('u32'), node, name: 'length', detail: 'string', operands: [object] };
      break;
    case 'slice':
      if (name === 'length') return { op: 'intrinsic', type: integer('u32'), node, name: 'length', detail: 'slice', operands: [object] };
      break;
    case 'nullable':
      cx.reporter.report(node.expression, 'TH1106', node.expression.getText());
      return cx.error(node);
    case 'error':
      return cx.error(node);
  }
  cx.reporter.report(node, 'TH1001', `\`.${name}\` of ${showType(type)}`, 'Use the fields of classes and interfaces, and `length`.');
  return cx.error(node);
}

export function elementAccess(cx: Context, node: ts.ElementAccessExpression, scope: Scope): Expression {
  const array = cx.expression(node.expression, scope);
  if (array.type.kind === 'error') return cx.error(node);
  if (array.type.kind !== 'array' && array.type.kind !== 'slice') {
    const what = `An index into ${showType(array.type)}`;
    cx.reporter.report(node, 'TH1001', what, 'Index fixed arrays and const tables; characters of a string with `.charCodeAt(i)`.');
    return cx.error(node);
  }
  const index = checkIndex(cx, node.argumentExpression, scope);
  if (index.op === 'error') return index;
  return { op: 'index', type: array.type.element, node, array, index, inRange: constantInRange(cx, array.type, index) };
}

export function checkIndex(cx: Context, node: ts.Expression, scope: Scope): Expression {
  const index = cx.expression(node, scope, integer('u32'));
  if (index.type.kind === 'untyped') return coerce(cx, index, integer('u32'));
  if (index.type.kind === 'integer' && !isSigned(index.type.name)) return index;
  if (index.type.kind !== 'error') cx.reporter.report(node, 'TH1509', showType(index.type));
  return cx.error(node);
}

function constantInRange(cx: Context, array: Type, index: Expression): boolean {
  if (index.op !== 'constant' || array.kind !== 'array') return false;
  if (index.value < BigInt(array.length)) return true;
  cx.reporter.report(index.node, 'TH1508', String(index.value), String(array.length), String(array.length - 1));
  return true;
}
