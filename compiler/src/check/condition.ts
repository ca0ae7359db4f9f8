/** What decides a branch: a boolean, nothing else. */
import type ts from 'typescript';
import type { Expression } from '../model/expressions.ts';
import { booleanType, showType } from '../model/types.ts';
import type { Context, Scope } from './context.ts';

export function checkCondition(cx: Context, node: ts.Expression, scope: Scope): Expression {
  const condition = cx.expression(node, scope, booleanType);
  if (condition.type.kind === 'boolean' || condition.type.kind === 'error') return condition;
  cx.reporter.report(node, 'TH1209', showType(condition.type));
  return cx.error(node);
}
