/**
 * Sizes and offsets, by the C rules that clang follows on every target here: each field at the next multiple
 * of its own alignment. The emitted C asserts every size and offset that a program asked for.
 */
import type { ClassInfo } from './declarations.ts';
import { representation, widthOf, type Type } from './types.ts';

interface Layout {
  readonly bytes: number;
  readonly align: number;
}
const roundUp = (value: number, align: number): number => Math.ceil(value / align) * align;

export function layoutOfClass(of: ClassInfo, pointerBytes: number): Layout & { readonly offsets: ReadonlyMap<string, number> } {
  const offsets = new Map<string, number>();
  if (of.builtin) return { bytes: 4, align: 4, offsets };
  let bytes = 0;
  let align = 1;
  for (const field of of.fields) {
    const one = field.embedded && field.type.kind === 'class' ? layoutOfClass(field.type.of, pointerBytes) : layoutOf(field.type, pointerBytes);
    bytes = roundUp(bytes, one.align);
    offsets.set(field.name, bytes);
    bytes += one.bytes;
    align = Math.max(align, one.align);
  }
  return { bytes: roundUp(bytes, align), align, offsets };
}

export function layoutOf(type: Type, pointerBytes: number): Layout {
  const name = representation(type);
  if (name !== undefined) return { bytes: widthOf(name) / 8, align: widthOf(name) / 8 };
  if (type.kind === 'boolean') return { bytes: 1, align: 1 };
  if (type.kind === 'array') {
    const { element } = type;
    const one = element.kind === 'class' ? layoutOfClass(element.of, pointerBytes) : layoutOf(element, pointerBytes);
    return { bytes: one.bytes * type.length, align: one.align };
  }
  return { bytes: pointerBytes, align: pointerBytes };
}
