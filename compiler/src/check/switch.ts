/** `switch` over an integer or an enum: exhaustive or with a default, no fall-through. */
import ts from 'typescript';
import type { Expression } from '../model/expressions.ts';
import type { Statement, SwitchClause } from '../model/statements.ts';
import { showType } from '../model/types.ts';
import { coerce } from './coerce.ts';
import type { Context, Scope } from './context.ts';

type CheckStatement = (cx: Context, node: ts.Statement, scope: Scope) => Statement[];

export function checkSwitch(cx: Context, node: ts.SwitchStatement, scope: Scope, checkStatement: CheckStatement): Statement[] {
  const value = cx.expression(node.expression, scope);
  const { kind } = value.type;
  if (kind !== 'integer' && kind !== 'enum' && kind !== 'error') {
    cx.reporter.report(node.expression, 'TH1303', showType(value.type));
    return [];
  }
  const clauses = checkClauses(cx, node, value, scope, checkStatement);
  if (value.op === 'error') return [];
  checkExhaustive(cx, node, value, clauses);
  return [{ op: 'switch', node, value, clauses }];
}

function checkClauses(cx: Context, node: ts.SwitchStatement, value: Expression, scope: Scope, checkStatement: CheckStatement): SwitchClause[] {
  const clauses: SwitchClause[] = [];
  const seen = new Set<bigint>();
  let values: Expression[] = [];
  let isDefault = false;
  for (const clause of node.caseBlock.clauses) {
    if (ts.isCaseClause(clause)) {
      const label = checkLabel(cx, clause.expression, value, scope, seen);
      if (label !== undefined) values.push(label);
    } else isDefault = true;
    if (clause.statements.length === 0 && clause !== node.caseBlock.clauses.at(-1)) continue;
    for (const one of clause.statements) if (ts.isVariableStatement(one)) cx.reporter.report(one, 'TH1308');
    clauses.push({ values, isDefault, body: clause.statements.flatMap((one) => checkStatement(cx, one, scope)) });
    values = [];
    isDefault = false;
  }
  return clauses;
}

function checkLabel(cx: Context, node: ts.Expression, value: Expression, scope: Scope, seen: Set<bigint>): Expression | undefined {
  const label = coerce(cx, cx.expression(node, scope, value.type), value.type);
  if (label.op === 'error') return undefined;
  if (label.op !== 'constant') {
    cx.reporter.report(node, 'TH1306');
    return undefined;
  }
  if (seen.has(label.value)) cx.reporter.report(node, 'TH1307', node.getText());
  seen.add(label.value);
  return label;
}

function checkExhaustive(cx: Context, node: ts.SwitchStatement, value: Expression, clauses: readonly SwitchClause[]): void {
  if (clauses.some((clause) => clause.isDefault)) return;
  const listed = new Set(clauses.flatMap((clause) => clause.values).map((one) => (one.op === 'constant' ? one.value : undefined)));
  const missing = value.type.kind === 'enum' ? [...value.type.of.members].filter(([, number]) => !listed.has(number)).map(([name]) => name) : ['every number'];
  if (missing.length > 0) cx.reporter.report(node, 'TH1304', missing.join(', '));
}
