/** Enums, classes and interfaces as C types; each class after those it embeds. */
import { memberName } from '../model/c-names.ts';
import type { ClassInfo } from '../model/declarations.ts';
import type { Context } from '../check/context.ts';
import { cInteger } from './arithmetic.ts';
import { cStorage } from './c-type.ts';
import { lineDirective } from './function-emitter.ts';
import type { SharedText } from './shared-text.ts';

/** What must precede every use: names of structs, enums with their members, brands. */
export function emitTypeNames(cx: Context): string[] {
  const lines: string[] = [];
  for (const one of cx.brands) lines.push(`typedef u64 ${one};`);
  for (const one of cx.enums) {
    const members = [...one.members].map(([name, value]) => `${one.name}_${name} = ${value > 0x7fff_ffffn ? `0x${value.toString(16)}u` : value}`);
    lines.push(`typedef enum ${one.name} { ${members.join(', ')} } ${one.name};`);
  }
  for (const one of [...cx.classes, ...cx.records]) lines.push(`typedef struct ${one.name} ${one.name};`);
  return lines;
}

const [enumeratorMin, enumeratorMax] = [-(1n << 63n), (1n << 64n) - 1n];

/** Each constant as an enum of its own, which is how C tells a debugger about a number. */
export function emitConstants(cx: Context): string[] {
  const representable = cx.constants.filter(({ value }) => value >= enumeratorMin && value <= enumeratorMax);
  return representable.map(({ cName, value }) => `enum { ${cName} = ${cInteger(value, value > 0x7fff_ffffn ? 'u64' : 'i64')} };`);
}

export function emitStructs(cx: Context, shared: SharedText): string[] {
  const lines: string[] = [];
  const done = new Set<ClassInfo>();
  const emitClass = (of: ClassInfo): void => {
    if (of.builtin || done.has(of)) return;
    done.add(of);
    for (const field of of.fields) {
      const type = field.type.kind === 'array' ? field.type.element : field.type;
      if (field.embedded && type.kind === 'class') emitClass(type.of);
    }
    const fields = of.fields.flatMap((field) => [lineDirective(field.node), `  ${cStorage(field.type, field.embedded, memberName(field.name))};`]);
    lines.push(`struct ${of.name} {`, ...fields, '};');
  };
  for (const one of cx.records) {
    for (const { type } of one.fields) if (type.kind === 'slice') shared.sliceType(type);
    lines.push(`struct ${one.name} {`, ...one.fields.map((field) => `  ${cStorage(field.type, false, memberName(field.name))};`), '};');
  }
  for (const one of cx.classes) emitClass(one);
  return lines;
}
