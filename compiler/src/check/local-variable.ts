/** `const` and `let` inside a function. */
import ts from 'typescript';
import type { Expression, Local } from '../model/expressions.ts';
import type { Statement } from '../model/statements.ts';
import { errorType, showType, type Type } from '../model/types.ts';
import { coerce } from './coerce.ts';
import type { Context, Scope } from './context.ts';
import { isReservedInC } from '../model/c-names.ts';

/** A name that no other local of the function has in C, and no global. */
function uniqueName(scope: Scope, name: string): string {
  const base = isReservedInC(name) || /^[A-Z]|_/.test(name) ? `${name}_` : name;
  const uses = (scope.names.get(base) ?? 0) + 1;
  scope.names.set(base, uses);
  return uses === 1 ? base : `${base}_${uses}`;
}

export function declareLocal(cx: Context, name: ts.Identifier, type: Type, constant: boolean, scope: Scope): Local {
  const local: Local = { name: name.text, cName: uniqueName(scope, name.text), type, constant };
  const symbol = cx.checker.getSymbolAtLocation(name);
  if (symbol !== undefined) scope.locals.set(symbol, local);
  return local;
}

export function checkDeclarations(cx: Context, list: ts.VariableDeclarationList, scope: Scope): Statement[] {
  if ((list.flags & (ts.NodeFlags.Let | ts.NodeFlags.Const)) === 0 || (list.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using) {
    cx.reporter.report(list, 'TH1301', '`var` or `using`', 'Write `const` or `let`.');
    return [];
  }
  const isConst = (list.flags & ts.NodeFlags.Const) !== 0;
  return list.declarations.flatMap((one) => checkDeclaration(cx, one, isConst, scope));
}

function checkDeclaration(cx: Context, node: ts.VariableDeclaration, isConst: boolean, scope: Scope): Statement[] {
  if (!ts.isIdentifier(node.name)) {
    cx.reporter.report(node.name, 'TH1001', 'Destructuring', 'Declare one name at a time.');
    return [];
  }
  const annotated = node.type === undefined ? undefined : cx.typeOf(node.type);
  const found = node.initializer === undefined ? undefined : cx.expression(node.initializer, scope, annotated);
  if (isConst && found !== undefined && bindsConstant(cx, node.name, found, annotated, scope)) return [];
  const value = found === undefined || annotated === undefined ? found : coerce(cx, found, annotated);
  const type = annotated ?? storable(cx, node.name, value);
  const local = declareLocal(cx, node.name, type, isConst, scope);
  return [{ op: 'let', node, local, value }];
}

/** `const x = 5` binds the literal itself: it has no width until it is used. */
function bindsConstant(cx: Context, name: ts.Identifier, found: Expression, annotated: Type | undefined, scope: Scope): boolean {
  if (found.op !== 'constant' || annotated !== undefined) return false;
  const symbol = cx.checker.getSymbolAtLocation(name);
  if (symbol !== undefined) scope.locals.set(symbol, found);
  return true;
}

/** The type of an initialiser, where a variable can have it. */
function storable(cx: Context, name: ts.Identifier, value: Expression | undefined): Type {
  const type = value?.type ?? errorType;
  switch (type.kind) {
    case 'untyped':
      cx.reporter.report(name, 'TH1104', name.text);
      return errorType;
    case 'null':
      cx.reporter.report(name, 'TH1108', 'null', `Annotate it: \`${name.text}: T | null\`.`);
      return errorType;
    case 'void':
    case 'never':
    case 'bits':
      cx.reporter.report(name, 'TH1108', showType(type), 'Call it as a statement.');
      return errorType;
    default:
      return type;
  }
}
