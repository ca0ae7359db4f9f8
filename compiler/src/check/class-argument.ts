/** Arguments that name a thing of compile time: a class, a string, a constant number. */
import ts from 'typescript';
import type { ClassInfo } from '../model/declarations.ts';
import { integer, isBigint, type IntegerName } from '../model/types.ts';
import { coerce } from './coerce.ts';
import { moduleScope, type Context, type Scope } from './context.ts';

export function classArgument(cx: Context, node: ts.Expression | undefined, of: string): ClassInfo | undefined {
  const symbol = node === undefined ? undefined : cx.symbolOf(ts.isPropertyAccessExpression(node) ? node.name : node);
  const found = symbol === undefined ? undefined : cx.declarationOf(symbol);
  if (found?.kind === 'class') return found.of;
  if (node !== undefined && found?.kind !== 'error') cx.reporter.report(node, 'TH1701', of, 'the name of a class');
  return undefined;
}

export function stringArgument(cx: Context, node: ts.Expression | undefined, of: string, scope: Scope = moduleScope()): string | undefined {
  if (node === undefined) return undefined;
  const value = cx.expression(node, scope);
  if (value.op === 'string') return value.text;
  if (value.op !== 'error') cx.reporter.report(node, 'TH1701', of, 'a string');
  return undefined;
}

export function constantArgument(cx: Context, node: ts.Expression, name: IntegerName, of: string): bigint | undefined {
  const found = cx.expression(node, moduleScope(), integer(name));
  const value = found.type.kind === 'untyped' && found.type.bigint === isBigint(name) ? coerce(cx, found, integer(name)) : found;
  if (value.op === 'constant' && value.type.kind === 'integer') return value.value;
  if (value.op !== 'error') cx.reporter.report(node, 'TH1701', of, 'a number');
  return undefined;
}
