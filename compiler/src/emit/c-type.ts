/** How each type is written in C. */
import type { Type } from '../model/types.ts';

/** Names the `struct { items; length }` of an array parameter. */
export function sliceName(type: Type & { kind: 'slice' }): string {
  const { element } = type;
  const name = element.kind === 'nullable' ? `${element.target.of.name}_references` : cType(element).replace(/[^A-Za-z0-9_]/g, '');
  return `${type.constant ? 'ConstSlice' : 'Slice'}_${name}`;
}

/** A value of the type: what a parameter or a local is. */
export function cType(type: Type): string {
  switch (type.kind) {
    case 'integer':
    case 'brand':
      return type.name;
    case 'enum':
      return type.of.name;
    case 'boolean':
      return 'bool';
    case 'class':
      return `${type.of.name} *`;
    case 'nullable':
      return `${type.target.of.name} *`;
    case 'record':
      return `const ${type.of.name} *`;
    case 'string':
      return 'const struct string *';
    case 'slice':
      return sliceName(type);
    case 'array':
      return `${type.constant ? 'const ' : ''}${cElement(type.element)} *`;
    default:
      return 'void';
  }
}

/** An element in its array: classes and records are in place there. */
export const cElement = (type: Type): string => (type.kind === 'class' || type.kind === 'record' ? type.of.name : cType(type));

/** Storage of the type under a name: a field or a variable. */
export function cStorage(type: Type, embedded: boolean, name: string): string {
  if (type.kind === 'array') return `${type.constant ? 'const ' : ''}${cElement(type.element)} ${name}[${type.length}]`;
  if (embedded && type.kind === 'class') return `${type.of.name} ${name}`;
  return `${cType(type)} ${name}`;
}

