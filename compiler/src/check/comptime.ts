/**
 * `comptime(() => …)`: runs in Node while compiling, in a context of its own that holds the module-level
 * constants it names and nothing else, and gives a constant.
 */
import vm from 'node:vm';
import ts from 'typescript';
import type { Initial } from '../model/declarations.ts';
import type { Expression } from '../model/expressions.ts';
import { booleanType, isBigint, isIntegerName, representation, stringType, untyped, wrapTo } from '../model/types.ts';
import { constant, type Context, type Declaration } from './context.ts';

const timeLimitMs = 5000;

export function runComptime(cx: Context, node: ts.CallExpression): { readonly value: unknown } | undefined {
  const [compute] = node.arguments;
  if (compute === undefined || !ts.isArrowFunction(compute)) {
    cx.reporter.report(node, 'TH1701', 'comptime', 'an arrow function');
    return undefined;
  }
  const script = ts.transpile(`(${compute.getText()})()`, { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext });
  try {
    return { value: vm.runInNewContext(script, namesIn(cx, compute), { timeout: timeLimitMs }) as unknown };
  } catch (problem) {
    cx.reporter.report(node, 'TH1710', problem instanceof Object && 'message' in problem ? String(problem.message) : String(problem));
    return undefined;
  }
}

export function checkComptime(cx: Context, node: ts.CallExpression): Expression {
  const result = runComptime(cx, node);
  if (result === undefined) return cx.error(node);
  const value = fromJavaScript(result.value, node);
  if (value === undefined) cx.reporter.report(node, 'TH1711', describe(result.value));
  return value ?? cx.error(node);
}

export const describe = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`);

export function fromJavaScript(value: unknown, node: ts.Node): Expression | undefined {
  if (typeof value === 'bigint') return constant(node, untyped(true), value);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return constant(node, untyped(false), BigInt(value));
  if (typeof value === 'boolean') return constant(node, booleanType, value ? 1n : 0n);
  return typeof value === 'string' ? { op: 'string', type: stringType, node, text: value } : undefined;
}

function namesIn(cx: Context, compute: ts.ArrowFunction): Record<string, unknown> {
  const names: Record<string, unknown> = {};
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && !(node.text in names)) {
      const value = valueOfName(cx, node, compute);
      if (value !== undefined) names[node.text] = value;
    }
    ts.forEachChild(node, visit);
  };
  visit(compute.body);
  return names;
}

function valueOfName(cx: Context, node: ts.Identifier, compute: ts.ArrowFunction): unknown {
  const symbol = cx.symbolOf(node);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined) return undefined;
  const library = cx.libraryName(symbol);
  if (library !== undefined) return isIntegerName(library) ? conversion(library) : undefined;
  if (declaration.pos >= compute.pos && declaration.end <= compute.end && declaration.getSourceFile() === compute.getSourceFile()) return undefined;
  const isModuleLevel = ts.isEnumDeclaration(declaration) || (ts.isVariableDeclaration(declaration) && ts.isSourceFile(declaration.parent.parent.parent));
  return isModuleLevel ? toJavaScript(cx.declarationOf(symbol)) : undefined;
}

function conversion(name: Parameters<typeof wrapTo>[1]): unknown {
  const shape = (value: bigint): bigint | number => (isBigint(name) ? value : Number(value));
  const checked = (value: bigint | number): bigint | number => {
    const exact = BigInt(value);
    if (wrapTo(exact, name) !== exact) throw new RangeError(`${exact} does not fit ${name}`);
    return shape(exact);
  };
  return Object.assign(checked, { wrap: (value: bigint | number) => shape(wrapTo(BigInt(value), name)) });
}

function toJavaScript(found: Declaration): unknown {
  switch (found.kind) {
    case 'constant':
      return expressionValue(found.value);
    case 'enum':
      return Object.fromEntries([...found.of.members].map(([name, value]) => [name, Number(value)]));
    case 'variable':
      return initialValue(found.of.initial);
    case 'bits': {
      const { fields } = found.of;
      const shift = (name: string): bigint => BigInt(fields.get(name)?.low ?? 0);
      const ones = (name: string): bigint => (1n << BigInt((fields.get(name)?.high ?? 0) + 1) - shift(name)) - 1n;
      return {
        mask: (name: string) => ones(name) << shift(name),
        of: (values: Record<string, bigint>) => Object.entries(values).reduce((sum, [name, value]) => sum | (value << shift(name)), 0n),
      };
    }
    default:
      return undefined;
  }
}

function expressionValue(value: Expression): unknown {
  if (value.op === 'string') return value.text;
  if (value.op !== 'constant') return undefined;
  if (value.type.kind === 'boolean') return value.value === 1n;
  const name = representation(value.type);
  const bigint = value.type.kind === 'untyped' ? value.type.bigint : name !== undefined && isBigint(name);
  return bigint ? value.value : Number(value.value);
}

function initialValue(initial: Initial): unknown {
  if (initial.kind === 'value') return expressionValue(initial.value);
  if (initial.kind === 'rows') return initial.rows.map(initialValue);
  if (initial.kind === 'record') return Object.fromEntries([...initial.values].map(([name, one]) => [name, initialValue(one)]));
  return undefined;
}
