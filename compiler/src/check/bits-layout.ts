/** `register({ name, fields })` and `bits({ … })`: field positions, checked for overlap. */
import ts from 'typescript';
import type { BitsInfo } from '../model/declarations.ts';
import { constantArgument, stringArgument } from './class-argument.ts';
import type { Context, Declaration } from './context.ts';

const topBit = 63n;
const encodingForm = /^S[0-3]_[0-7]_C\d{1,2}_C\d{1,2}_[0-7]$/i;
const nameForm = /^[A-Za-z][A-Za-z0-9_]*$/;

export function declareBits(cx: Context, node: ts.CallExpression, register: boolean): Declaration {
  const [layout] = node.arguments;
  if (layout === undefined || !ts.isObjectLiteralExpression(layout)) {
    cx.reporter.report(node, 'TH1701', 'register or bits', 'an object literal');
    return { kind: 'error' };
  }
  const property = (name: string): ts.Expression | undefined => {
    const found = layout.properties.find((one) => one.name?.getText() === name);
    return found !== undefined && ts.isPropertyAssignment(found) ? found.initializer : undefined;
  };
  const name = stringArgument(cx, property('name'), 'name') ?? '';
  const encoding = stringArgument(cx, property('encoding'), 'encoding');
  if (register && !nameForm.test(name)) cx.reporter.report(property('name') ?? node, 'TH1706', name);
  if (encoding !== undefined && !encodingForm.test(encoding)) cx.reporter.report(property('encoding') ?? node, 'TH1706', encoding);
  const of: BitsInfo = { name, register, assemblerName: encoding ?? name, fields: new Map() };
  const fields = property('fields');
  if (fields !== undefined && ts.isObjectLiteralExpression(fields)) for (const one of fields.properties) declareField(cx, of, one);
  else cx.reporter.report(fields ?? node, 'TH1701', 'fields', 'an object literal');
  return { kind: 'bits', of };
}

function declareField(cx: Context, of: BitsInfo, node: ts.ObjectLiteralElementLike): void {
  const name = node.name?.getText() ?? '';
  const range = ts.isPropertyAssignment(node) ? bitRange(cx, node.initializer) : undefined;
  if (range === undefined) {
    cx.reporter.report(node, 'TH1705', name);
    return;
  }
  for (const [other, taken] of of.fields)
    if (range.low <= taken.high && taken.low <= range.high) cx.reporter.report(node, 'TH1704', other, name, of.name);
  of.fields.set(name, range);
}

function bitRange(cx: Context, node: ts.Expression): { high: number; low: number } | undefined {
  const [highNode, lowNode] = ts.isArrayLiteralExpression(node) ? [node.elements[0], node.elements[1]] : [node, node];
  if (highNode === undefined || lowNode === undefined) return undefined;
  const [high, low] = [constantArgument(cx, highNode, 'u32', 'fields'), constantArgument(cx, lowNode, 'u32', 'fields')];
  if (high === undefined || low === undefined || high < low || high > topBit) return undefined;
  return { high: Number(high), low: Number(low) };
}
