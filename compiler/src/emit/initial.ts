/** What storage holds at the start, as C initialisers. Zeros are left out, so that they go to .bss. */
import { memberName } from '../model/c-names.ts';
import type { ClassInfo, Initial } from '../model/declarations.ts';
import type { Expression } from '../model/expressions.ts';
import { cElement } from './c-type.ts';
import { emitConstant } from './expression.ts';
import type { SharedText } from './shared-text.ts';

/** Undefined where everything is zero. */
export function emitInitial(shared: SharedText, initial: Initial, length: number): string | undefined {
  switch (initial.kind) {
    case 'zero':
      return undefined;
    case 'value':
      return isZero(initial.value) ? undefined : emitStatic(shared, initial.value);
    case 'object':
      return initial.of.builtin ? undefined : emitObject(shared, initial.of);
    case 'objects': {
      const one = initial.of.builtin ? undefined : emitObject(shared, initial.of);
      return one === undefined ? undefined : `{ [0 ... ${length - 1}] = ${one} }`;
    }
    case 'rows':
      return `{ ${initial.rows.map((row) => emitRow(shared, row)).join(', ')} }`;
    case 'record':
      return emitRow(shared, initial);
  }
}

const isZero = (value: Expression): boolean => value.op === 'null' || (value.op === 'constant' && value.value === 0n);

function emitObject(shared: SharedText, of: ClassInfo): string | undefined {
  const fields = of.fields.flatMap((field) => {
    const value = emitInitial(shared, field.initial, field.type.kind === 'array' ? field.type.length : 0);
    return value === undefined ? [] : [`.${memberName(field.name)} = ${value}`];
  });
  return fields.length === 0 ? undefined : `{ ${fields.join(', ')} }`;
}

function emitRow(shared: SharedText, initial: Initial): string {
  if (initial.kind === 'record') {
    const fields = [...initial.values].map(([name, value]) => `.${memberName(name)} = ${emitField(shared, value)}`);
    return `{ ${fields.join(', ')} }`;
  }
  return initial.kind === 'value' ? emitStatic(shared, initial.value) : '0';
}

function emitField(shared: SharedText, initial: Initial): string {
  if (initial.kind !== 'rows') return emitRow(shared, initial);
  const rows = initial.rows.map((row) => emitRow(shared, row));
  shared.sliceType({ kind: 'slice', element: initial.element, constant: true });
  return `{ (const ${cElement(initial.element)}[]){ ${rows.join(', ')} }, ${rows.length} }`;
}

/** A constant, or the address of something at module level. */
function emitStatic(shared: SharedText, value: Expression): string {
  switch (value.op) {
    case 'constant':
      return emitConstant(value);
    case 'string':
      return shared.string(value.text);
    case 'variable':
      return value.type.kind === 'array' ? value.variable.cName : `&${value.variable.cName}`;
    case 'slice': {
      const length = value.array.type.kind === 'array' ? value.array.type.length : 0;
      return `{ ${emitStatic(shared, value.array)}, ${length} }`;
    }
    default:
      return '0';
  }
}
