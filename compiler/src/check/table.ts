/** Rows of const tables: array and object literals of constants, or what comptime gives. */
import ts from 'typescript';
import type { Initial, RecordInfo } from '../model/declarations.ts';
import { showType, type Type } from '../model/types.ts';
import { coerce } from './coerce.ts';
import { describe, fromJavaScript, runComptime } from './comptime.ts';
import { moduleScope, type Context } from './context.ts';
import { isConstantValue } from './initial.ts';

/** `x as const` is x. */
function plain(node: ts.Expression): ts.Expression {
  if (ts.isParenthesizedExpression(node)) return plain(node.expression);
  return ts.isAsExpression(node) && node.type.getText() === 'const' ? plain(node.expression) : node;
}

const isComptime = (cx: Context, node: ts.Expression): node is ts.CallExpression =>
  ts.isCallExpression(node) && ts.isIdentifier(node.expression) && cx.libraryName(cx.symbolOf(node.expression)) === 'comptime';

export function tableRows(cx: Context, written: ts.Expression, element: Type): Initial[] | undefined {
  const node = plain(written);
  if (isComptime(cx, node)) {
    const result = runComptime(cx, node);
    return result === undefined ? undefined : rowsFromValue(cx, node, result.value, element);
  }
  if (!ts.isArrayLiteralExpression(node)) {
    cx.reporter.report(node, 'TH1605', 'an array literal is needed', 'Write `[ … ]` or comptime.');
    return undefined;
  }
  const rows = node.elements.map((one) => row(cx, plain(one), element));
  return rows.every((one) => one !== undefined) ? rows : undefined;
}

function row(cx: Context, node: ts.Expression, type: Type): Initial | undefined {
  if (type.kind === 'record') return recordRow(cx, node, type.of);
  if (type.kind === 'slice' && (ts.isArrayLiteralExpression(node) || isComptime(cx, node))) {
    const rows = tableRows(cx, node, type.element);
    return rows === undefined ? undefined : { kind: 'rows', rows, element: type.element };
  }
  if (ts.isSpreadElement(node)) {
    cx.reporter.report(node, 'TH1001', 'Spread', 'Write the elements.');
    return undefined;
  }
  const value = coerce(cx, cx.expression(node, moduleScope(), type), type);
  if (value.op === 'error') return undefined;
  if (isConstantValue(value)) return { kind: 'value', value };
  cx.reporter.report(node, 'TH1605', 'its values are constants', 'Use literals and consts.');
  return undefined;
}

function recordRow(cx: Context, node: ts.Expression, of: RecordInfo): Initial | undefined {
  if (!ts.isObjectLiteralExpression(node)) {
    cx.reporter.report(node, 'TH1605', `an object literal of ${of.name} is needed`, 'Write `{ field: value, … }`.');
    return undefined;
  }
  const values = new Map<string, Initial>();
  for (const property of node.properties) {
    const name = property.name?.getText() ?? '';
    const field = of.fields.find((one) => one.name === name);
    if (ts.isShorthandPropertyAssignment(property) && field !== undefined) {
      const value = row(cx, property.name, field.type);
      if (value !== undefined) values.set(name, value);
    } else if (ts.isPropertyAssignment(property) && field !== undefined) {
      const value = row(cx, plain(property.initializer), field.type);
      if (value !== undefined) values.set(name, value);
    } else cx.reporter.report(property, 'TH1605', 'its fields are written by name', `Use the fields of ${of.name}.`);
  }
  return values.size === of.fields.length ? { kind: 'record', of, values } : undefined;
}

function rowsFromValue(cx: Context, node: ts.Expression, value: unknown, element: Type): Initial[] | undefined {
  if (!Array.isArray(value)) {
    cx.reporter.report(node, 'TH1711', describe(value));
    return undefined;
  }
  const rows = value.map((one: unknown) => rowFromValue(cx, node, one, element));
  return rows.every((one) => one !== undefined) ? rows : undefined;
}

function rowFromValue(cx: Context, node: ts.Expression, value: unknown, type: Type): Initial | undefined {
  if (type.kind === 'slice') {
    const rows = rowsFromValue(cx, node, value, type.element);
    return rows === undefined ? undefined : { kind: 'rows', rows, element: type.element };
  }
  if (type.kind === 'record' && typeof value === 'object' && value !== null) {
    const fields = type.of.fields.map((one) => [one.name, rowFromValue(cx, node, (value as Record<string, unknown>)[one.name], one.type)] as const);
    const complete = fields.filter((one): one is readonly [string, Initial] => one[1] !== undefined);
    return complete.length === fields.length ? { kind: 'record', of: type.of, values: new Map(complete) } : undefined;
  }
  const found = fromJavaScript(value, node);
  if (found === undefined) {
    cx.reporter.report(node, 'TH1711', `${describe(value)} for ${showType(type)}`);
    return undefined;
  }
  const enumValue = type.kind === 'enum' && found.op === 'constant' ? { ...found, type } : found;
  const fitting = coerce(cx, enumValue, type);
  return fitting.op === 'error' ? undefined : { kind: 'value', value: fitting };
}
