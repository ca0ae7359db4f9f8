/** Checks a whole program: declares every module's names, then types every body, then the rules across them. */
import ts from 'typescript';
import type { Reporter } from '../reporter.ts';
import type { LoadedProgram } from '../frontend/program.ts';
import { checkNaked, nakedCall } from './asm.ts';
import { Context, type Scope } from './context.ts';
import { declarationOf } from './declare.ts';
import { checkExpression } from './expression.ts';
import { checkModuleStatement } from './module.ts';
import { checkStatement } from './statement.ts';
import { typeOf } from './type-node.ts';
import { checkWholeProgram } from './whole-program.ts';
import type { FunctionInfo } from '../model/declarations.ts';

type Checkable = Pick<LoadedProgram, 'checker' | 'modules'> & { readonly entry: ts.SourceFile };

export function checkProgram(loaded: Checkable, reporter: Reporter, pointerBytes: number): Context {
  const cx = new Context(loaded.checker, reporter, loaded.entry, pointerBytes);
  cx.expression = (node, scope, expected) => checkExpression(cx, node, scope, expected);
  cx.typeOf = (node) => typeOf(cx, node);
  cx.declarationOf = (symbol) => declarationOf(cx, symbol);
  for (const module of loaded.modules) for (const statement of module.statements) checkModuleStatement(cx, statement);
  for (const one of cx.functions) checkBody(cx, one);
  checkWholeProgram(cx, loaded.modules);
  return cx;
}

function checkBody(cx: Context, of: FunctionInfo): void {
  const naked = nakedCall(cx, of.node);
  if (naked !== undefined) of.naked = checkNaked(cx, naked, of);
  if (naked !== undefined || ts.isVariableDeclaration(of.node)) return;
  const scope: Scope = { function: of, locals: new Map(), names: new Map() };
  if (of.receiver !== undefined) scope.names.set('this', 1);
  const named = of.node.parameters.filter((one) => ts.isIdentifier(one.name) && one.name.text !== 'this');
  named.forEach((node, index) => {
    const symbol = cx.checker.getSymbolAtLocation(node.name);
    const parameter = of.parameters[index];
    if (symbol === undefined || parameter === undefined) return;
    scope.names.set(parameter.cName, 1);
    scope.locals.set(symbol, parameter);
  });
  of.body = (of.node.body?.statements ?? []).flatMap((one) => checkStatement(cx, one, scope));
}
