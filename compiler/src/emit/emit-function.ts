/** Functions as C: prototypes and bodies. */
import ts from 'typescript';
import type { FunctionInfo } from '../model/declarations.ts';
import type { Target } from '../target.ts';
import { hotSection } from '../backend/assembly.ts';
import { cType } from './c-type.ts';
import { FunctionEmitter, lineDirective } from './function-emitter.ts';
import { emitNaked } from './naked-function.ts';
import type { SharedText } from './shared-text.ts';
import { emitStatements } from './statement.ts';

export function emitSignature(of: FunctionInfo, shared: SharedText): string {
  const locals = of.receiver === undefined ? of.parameters : [of.receiver, ...of.parameters];
  for (const { type } of locals) if (type.kind === 'slice') shared.sliceType(type);
  if (of.result.kind === 'slice') shared.sliceType(of.result);
  const parameters = locals.map((one) => `${cType(one.type)} ${one.cName}`).join(', ') || 'void';
  return `${cType(of.result)} ${of.cName}(${parameters})`;
}

function attributesOf(of: FunctionInfo, target: Target): string {
  if (of.naked !== undefined) return target === 'aarch64' ? '' : 'extern ';
  const never = of.result.kind === 'never' ? '_Noreturn ' : '';
  const exported = target === 'wasm32' ? `__attribute__((export_name("${of.cName}"))) ` : '';
  const inlining = inliningOf(of, target);
  if (of.exported) return `${never}${inlining}${exported}`;
  return of.namedByAssembly && target === 'aarch64' ? `${never}${inlining}__attribute__((used)) static ` : `${never}${inlining}__attribute__((unused)) static `;
}

/**
 * `@noinline` keeps a function's frame out of its caller's, `@inline` spares a short one the call, `@hot` keeps a function whole: clang
 * takes no piece that others have too out of one that has a section, and the name of that tells merge-tails.ts.
 */
function inliningOf(of: FunctionInfo, target: Target): string {
  const tags = ts.getJSDocTags(of.node).map((tag) => tag.tagName.text);
  const whole = target === 'aarch64' && tags.includes('hot') ? `__attribute__((section("${hotSection}${of.cName}"))) ` : '';
  return whole + inliningByTags(tags);
}

function inliningByTags(tags: readonly string[]): string {
  if (tags.includes('noinline')) return '__attribute__((noinline)) ';
  return tags.includes('inline') ? '__attribute__((always_inline)) ' : '';
}

export const emitPrototype = (of: FunctionInfo, shared: SharedText, target: Target): string => `${attributesOf(of, target)}${emitSignature(of, shared)};`;

export function emitFunction(of: FunctionInfo, shared: SharedText, target: Target): string[] {
  if (of.naked !== undefined) return target === 'aarch64' ? emitNaked(of, emitSignature(of, shared)) : [];
  const fn = new FunctionEmitter(of, shared, target);
  emitStatements(fn, of.body);
  if (of.result.kind !== 'void') fn.line('TRAP();');
  return [lineDirective(of.node), `${emitSignature(of, shared)} {`, ...fn.lines, '}'];
}
