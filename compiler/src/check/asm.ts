/** Assembly: as a statement, with values in registers; in naked functions, as text with constants in place. */
import ts from 'typescript';
import type { FunctionInfo, NakedText } from '../model/declarations.ts';
import type { Expression } from '../model/expressions.ts';
import type { Statement } from '../model/statements.ts';
import { showType } from '../model/types.ts';
import { constantArgument, stringArgument } from './class-argument.ts';
import { isModuleName } from './access.ts';
import { moduleScope, type Context, type Scope } from './context.ts';

export const isAsm = (cx: Context, node: ts.TaggedTemplateExpression): boolean => cx.libraryName(cx.symbolOf(node.tag)) === 'asm';

function pieces(template: ts.TemplateLiteral): { texts: string[]; values: ts.Expression[] } {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return { texts: [template.text], values: [] };
  return {
    texts: [template.head.text, ...template.templateSpans.map((span) => span.literal.text)],
    values: template.templateSpans.map((span) => span.expression),
  };
}

export function checkAsmStatement(cx: Context, node: ts.TaggedTemplateExpression, scope: Scope): Statement[] {
  const { texts, values } = pieces(node.template);
  const parts: (string | number)[] = [texts[0] ?? ''];
  const operands: Expression[] = [];
  values.forEach((one, index) => {
    const value = cx.expression(one, scope);
    const { kind } = value.type;
    if (value.op === 'string') parts.push(value.text);
    else if (kind === 'integer' || kind === 'brand' || kind === 'boolean' || kind === 'enum') {
      parts.push(operands.length);
      operands.push(value);
    } else if (value.op === 'constant') parts.push(String(value.value));
    else if (kind !== 'error') cx.reporter.report(one, 'TH1708', showType(value.type));
    parts.push(texts[index + 1] ?? '');
  });
  return [{ op: 'asm', node, pieces: parts, operands }];
}

function onlyExpression(body: ts.Block | undefined): ts.Expression | undefined {
  const [only, ...others] = body?.statements ?? [];
  return only !== undefined && others.length === 0 && ts.isExpressionStatement(only) ? only.expression : undefined;
}

/** The call of `naked` that a function consists of. */
export function nakedCall(cx: Context, node: FunctionInfo['node']): ts.CallExpression | undefined {
  const call = ts.isVariableDeclaration(node) ? node.initializer : onlyExpression(node.body);
  if (call === undefined || !ts.isCallExpression(call) || !ts.isIdentifier(call.expression)) return undefined;
  return cx.libraryName(cx.symbolOf(call.expression)) === 'naked' ? call : undefined;
}

/** `naked(asm…, { section, align })`; the operands are looked up only when everything is declared. */
export function checkNaked(cx: Context, node: ts.CallExpression, of: FunctionInfo): NakedText | undefined {
  const [text, options] = node.arguments;
  if (text === undefined || !ts.isTaggedTemplateExpression(text) || !isAsm(cx, text)) {
    cx.reporter.report(text ?? node, 'TH1701', 'naked', 'asm`…`');
    return undefined;
  }
  const { section, align } = nakedOptions(cx, options);
  const { texts, values } = pieces(text.template);
  const filled = texts.map((piece, index) => piece + (index < values.length ? nakedOperand(cx, values[index]!, of) : '')).join('');
  const file = text.getSourceFile();
  const first = file.getLineAndCharacterOfPosition(text.template.getStart(file)).line + 1;
  const lines = filled.split('\n').map((one, index) => ({ text: one.trim(), line: first + index }));
  return { lines: lines.filter((one) => one.text !== ''), section, align };
}

function nakedOptions(cx: Context, node: ts.Expression | undefined): { section: string | undefined; align: number | undefined } {
  let section: string | undefined;
  let align: number | undefined;
  for (const property of node !== undefined && ts.isObjectLiteralExpression(node) ? node.properties : []) {
    if (!ts.isPropertyAssignment(property) || !ts.isIdentifier(property.name)) cx.reporter.report(property, 'TH1701', 'naked', 'section and align');
    else if (property.name.text === 'section') section = stringArgument(cx, property.initializer, 'section');
    else align = Number(constantArgument(cx, property.initializer, 'u32', 'align') ?? 4n);
  }
  return { section, align };
}

function nakedOperand(cx: Context, node: ts.Expression, of: FunctionInfo): string {
  const called = functionNamed(cx, node);
  if (called !== undefined) {
    called.namedByAssembly = true;
    of.calls.add(called);
    return called.cName;
  }
  const value = cx.expression(node, moduleScope());
  if (value.op === 'string') return value.text;
  if (value.op === 'constant') return String(value.value);
  if (value.op !== 'error') cx.reporter.report(node, 'TH1708', `not a constant (${showType(value.type)})`);
  return '0';
}

function functionNamed(cx: Context, node: ts.Expression): FunctionInfo | undefined {
  const name = ts.isPropertyAccessExpression(node) && isModuleName(cx, node.expression) ? node.name : node;
  const symbol = ts.isIdentifier(name) ? cx.symbolOf(name) : undefined;
  if (symbol === undefined || cx.libraryName(symbol) !== undefined) return undefined;
  const found = cx.declarationOf(symbol);
  return found.kind === 'function' ? found.of : undefined;
}
