/** The whole program as one C11 file: types, variables, prototypes, shared, functions. */
import type { Context } from '../check/context.ts';
import type { Variable } from '../model/declarations.ts';
import type { Target } from '../target.ts';
import { cStorage } from './c-type.ts';
import { emitFunction, emitPrototype } from './emit-function.ts';
import { lineDirective } from './function-emitter.ts';
import { SharedText } from './shared-text.ts';
import { emitInitial } from './initial.ts';
import { prelude } from './prelude.ts';
import { emitConstants, emitStructs, emitTypeNames } from './type-declarations.ts';

const storageOf = (of: Variable): string => cStorage(of.type, of.initial.kind === 'object', of.cName);
const linkageOf = (of: Variable): string => (of.exported ? '' : '__attribute__((unused)) static ');

export function emitProgram(cx: Context, target: Target): string {
  const shared = new SharedText();
  const structs = emitStructs(cx, shared);
  const variables = cx.variables.map((one) => `${linkageOf(one)}${storageOf(one)};`);
  const values = cx.variables.flatMap((one) => {
    const value = emitInitial(shared, one.initial, one.type.kind === 'array' ? one.type.length : 0);
    return value === undefined ? [] : [lineDirective(one.node), `${linkageOf(one)}${storageOf(one)} = ${value};`];
  });
  const prototypes = cx.functions.map((one) => emitPrototype(one, shared, target));
  const bodies = cx.functions.flatMap((one) => emitFunction(one, shared, target));
  const asserted = [...cx.assertedLayouts].map(([expression, bytes]) => `_Static_assert(${expression} == ${bytes}, "layout");`);
  return [
    prelude(target), shared.stringType, ...emitTypeNames(cx), ...emitConstants(cx), ...shared.sliceText, ...structs, ...asserted,
    ...variables, ...shared.stringText, ...shared.functionText, ...prototypes, ...values, ...bodies, '',
  ].join('\n');
}
