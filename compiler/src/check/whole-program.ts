/** The rules that only the whole program can break: recursion, names that C cannot tell apart, endless objects. */
import type * as ts from 'typescript';
import { isKeptName, moduleName } from '../model/c-names.ts';
import type { ClassInfo, FunctionInfo } from '../model/declarations.ts';
import type { Context } from './context.ts';

export function checkWholeProgram(cx: Context, modules: readonly ts.SourceFile[]): void {
  checkNames(cx, modules);
  for (const one of cx.classes) checkContainment(cx, one);
  checkRecursion(cx);
  checkTyped(cx);
}

/** Nothing without a type may reach C: where no rule found words for the reason, this is the reason. */
function checkTyped(cx: Context): void {
  const [first] = cx.untyped;
  if (first === undefined || cx.reporter.diagnostics.length > 0) return;
  cx.reporter.report(first, 'TH1001', `\`${first.getText().slice(0, 30)}\` here`, 'See LANGUAGE.md.');
}

function checkNames(cx: Context, modules: readonly ts.SourceFile[]): void {
  const seen = new Map<string, ts.Node>();
  const claim = (cName: string, name: string, node: ts.Node): void => {
    if (isKeptName(cName)) cx.reporter.report(node, 'TH1603', name, cName, 'the language library');
    const other = seen.get(cName);
    if (other === undefined) seen.set(cName, node);
    else if (other !== node) cx.reporter.report(node, 'TH1603', name, cName, other.getSourceFile().fileName);
  };
  for (const one of modules) claim(`module ${moduleName(one.fileName)}`, one.fileName, one.statements[0] ?? one);
  for (const one of [...cx.classes, ...cx.enums, ...cx.records]) claim(one.name, one.name, one.node);
  for (const one of cx.enums) for (const member of one.members.keys()) claim(`${one.name}_${member}`, `${one.name}.${member}`, one.node);
  for (const one of [...cx.functions, ...cx.variables, ...cx.constants]) claim(one.cName, one.name, one.node);
}

function checkContainment(cx: Context, of: ClassInfo): void {
  const contains = (one: ClassInfo, seen: ReadonlySet<ClassInfo>): boolean =>
    one.fields.some((field) => {
      const type = field.type.kind === 'array' ? field.type.element : field.type;
      if (!field.embedded || type.kind !== 'class') return false;
      return type.of === of || (!seen.has(type.of) && contains(type.of, new Set([...seen, type.of])));
    });
  if (contains(of, new Set([of]))) cx.reporter.report(of.node.name ?? of.node, 'TH1504', of.name);
}

/** Depth first; each cycle is reported once, at the function that closes it first. */
function checkRecursion(cx: Context): void {
  const done = new Set<FunctionInfo>();
  const visit = (one: FunctionInfo, path: readonly FunctionInfo[]): void => {
    const from = path.indexOf(one);
    if (from >= 0) {
      const cycle = [...path.slice(from), one].map((each) => each.cName).join(' → ');
      cx.reporter.report(one.node.name ?? one.node, 'TH1402', one.name, cycle);
      return;
    }
    if (done.has(one)) return;
    for (const callee of one.calls) visit(callee, [...path, one]);
    done.add(one);
  };
  for (const one of cx.functions) visit(one, []);
}
