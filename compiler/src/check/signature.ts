/** Parameters and results of functions and methods. */
import ts from 'typescript';
import { memberName } from '../model/c-names.ts';
import type { Local } from '../model/expressions.ts';
import { errorType, showType, type Type } from '../model/types.ts';
import type { Context } from './context.ts';

export function isExported(cx: Context, node: ts.Declaration | ts.VariableStatement, file: ts.SourceFile): boolean {
  if (file !== cx.entry) return false;
  return ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((one) => one.kind === ts.SyntaxKind.ExportKeyword) ?? false);
}

const passable = (type: Type): boolean => !['untyped', 'bits', 'null', 'array'].includes(type.kind);

export interface Signature {
  readonly parameters: Local[];
  readonly result: Type;
}

export function signature(cx: Context, node: ts.SignatureDeclaration, name: string): Signature {
  refuseForms(cx, node);
  const parameters = node.parameters.flatMap((one) => parameter(cx, one));
  if (node.type === undefined) {
    cx.reporter.report(node.name ?? node, 'TH1403', name);
    return { parameters, result: errorType };
  }
  return { parameters, result: cx.typeOf(node.type) };
}

function refuseForms(cx: Context, node: ts.SignatureDeclaration): void {
  const generic = node.typeParameters?.[0];
  if (generic !== undefined) cx.reporter.report(generic, 'TH1401', 'A type parameter', 'There are no generics: write the types out.');
  if ('asteriskToken' in node && node.asteriskToken !== undefined) cx.reporter.report(node, 'TH1401', 'A generator', 'Use a loop.');
  const isAsync = ts.canHaveModifiers(node) && ts.getModifiers(node)?.some((one) => one.kind === ts.SyntaxKind.AsyncKeyword);
  if (isAsync) cx.reporter.report(node, 'TH1401', '`async`', 'There is no event loop.');
  if (ts.isFunctionDeclaration(node) && node.body === undefined)
    cx.reporter.report(node, 'TH1401', 'A function without a body', 'Write one function; there are no overloads.');
}

function parameter(cx: Context, node: ts.ParameterDeclaration): Local[] {
  if (!ts.isIdentifier(node.name)) {
    cx.reporter.report(node, 'TH1401', 'Destructuring', 'Give the parameter a name.');
    return [];
  }
  if (node.name.text === 'this') return [];
  if (node.dotDotDotToken !== undefined) cx.reporter.report(node, 'TH1401', 'A rest parameter', 'Pass a table, or several parameters.');
  if (node.questionToken !== undefined || node.initializer !== undefined) cx.reporter.report(node, 'TH1401', 'An optional parameter', 'Pass every argument.');
  const type = node.type === undefined ? errorType : cx.typeOf(node.type);
  if (!passable(type) || type.kind === 'void' || type.kind === 'never') cx.reporter.report(node, 'TH1108', showType(type), 'Use a machine type.');
  return [{ name: node.name.text, cName: `${memberName(node.name.text)}${/^[A-Z]|_/.test(node.name.text) ? '_' : ''}`, type, constant: false }];
}
