/**
 * The types of the language, as the compiler sees them: nominal, width-exact, and independent of tsc's.
 *
 * tsc has already accepted the program when these are computed; they exist because tsc takes u8 and u32 for
 * the same `number`. A type says what a value is; where it is stored is in declarations.ts.
 */
import type { BitsInfo, ClassInfo, EnumInfo, RecordInfo } from './declarations.ts';

export type IntegerName = 'u8' | 'u16' | 'u32' | 'i32' | 'u64' | 'i64';
export type IntegerType = { readonly kind: 'integer'; readonly name: IntegerName };
export type ClassType = { readonly kind: 'class'; readonly of: ClassInfo };
export type ArrayType = {
  readonly kind: 'array';
  readonly element: Type;
  readonly length: number;
  /** In .rodata: never written. */
  readonly constant: boolean;
};
export type SliceType = { readonly kind: 'slice'; readonly element: Type; readonly constant: boolean };

export type Type =
  | IntegerType
  | ClassType
  /** Storage whose length the compiler knows. */
  | ArrayType
  /** An array parameter: address and length. */
  | SliceType
  /** A literal, or a constant without annotation: takes the type that its context asks for. */
  | { readonly kind: 'untyped'; readonly bigint: boolean }
  | { readonly kind: 'brand'; readonly name: string }
  | { readonly kind: 'enum'; readonly of: EnumInfo }
  | { readonly kind: 'record'; readonly of: RecordInfo }
  | { readonly kind: 'nullable'; readonly target: ClassType }
  | { readonly kind: 'bits'; readonly of: BitsInfo }
  | { readonly kind: 'boolean' | 'string' | 'void' | 'never' | 'null' }
  /** Already reported; agrees with everything, so that one mistake gives one message. */
  | { readonly kind: 'error' };

export const booleanType: Type = { kind: 'boolean' };
export const stringType: Type = { kind: 'string' };
export const voidType: Type = { kind: 'void' };
export const neverType: Type = { kind: 'never' };
export const nullType: Type = { kind: 'null' };
export const errorType: Type = { kind: 'error' };

const integerTypes: Record<IntegerName, IntegerType> = {
  u8: { kind: 'integer', name: 'u8' },
  u16: { kind: 'integer', name: 'u16' },
  u32: { kind: 'integer', name: 'u32' },
  i32: { kind: 'integer', name: 'i32' },
  u64: { kind: 'integer', name: 'u64' },
  i64: { kind: 'integer', name: 'i64' },
};
export const integer = (name: IntegerName): IntegerType => integerTypes[name];
export const isIntegerName = (name: string): name is IntegerName => Object.hasOwn(integerTypes, name);
export const untyped = (bigint: boolean): Type => ({ kind: 'untyped', bigint });

export const widthOf = (name: IntegerName): number => Number(name.slice(1));
export const isSigned = (name: IntegerName): boolean => name.startsWith('i');
/** Whether tsc takes the type for a bigint. */
export const isBigint = (name: IntegerName): boolean => widthOf(name) === 64;
export const minimumOf = (name: IntegerName): bigint => (isSigned(name) ? -(1n << BigInt(widthOf(name) - 1)) : 0n);
export const maximumOf = (name: IntegerName): bigint =>
  (1n << BigInt(isSigned(name) ? widthOf(name) - 1 : widthOf(name))) - 1n;
export const fits = (value: bigint, name: IntegerName): boolean =>
  value >= minimumOf(name) && value <= maximumOf(name);
/** The low bits of `value`, read as `name`. */
export const wrapTo = (value: bigint, name: IntegerName): bigint =>
  isSigned(name) ? BigInt.asIntN(widthOf(name), value) : BigInt.asUintN(widthOf(name), value);

/** The integer that a type is stored as, if it is stored as one. */
export function representation(type: Type): IntegerName | undefined {
  if (type.kind === 'integer') return type.name;
  if (type.kind === 'brand') return 'u64';
  if (type.kind === 'enum') return 'u32';
  return undefined;
}

export function sameType(a: Type, b: Type): boolean {
  if (a.kind === 'error' || b.kind === 'error') return true;
  switch (a.kind) {
    case 'integer':
      return b.kind === 'integer' && a.name === b.name;
    case 'brand':
      return b.kind === 'brand' && a.name === b.name;
    case 'class':
    case 'enum':
    case 'record':
    case 'bits':
      return b.kind === a.kind && a.of === b.of;
    case 'nullable':
      return b.kind === 'nullable' && sameType(a.target, b.target);
    case 'array':
      return b.kind === 'array' && a.length === b.length && a.constant === b.constant && sameType(a.element, b.element);
    case 'slice':
      return b.kind === 'slice' && a.constant === b.constant && sameType(a.element, b.element);
    case 'untyped':
      return b.kind === 'untyped' && a.bigint === b.bigint;
    default:
      return a.kind === b.kind;
  }
}

/** The type as a person would write it. */
export function showType(type: Type): string {
  switch (type.kind) {
    case 'integer':
    case 'brand':
      return type.name;
    case 'class':
    case 'enum':
    case 'record':
      return type.of.name;
    case 'bits':
      return type.of.register ? `register ${type.of.name}` : `bits ${type.of.name}`;
    case 'nullable':
      return `${showType(type.target)} | null`;
    case 'array':
      return type.constant ? `readonly ${showType(type.element)}[]` : `fixedArray(${showType(type.element)}, ${type.length})`;
    case 'slice':
      return type.constant ? `readonly ${showType(type.element)}[]` : `FixedArray<${showType(type.element)}>`;
    case 'untyped':
      return type.bigint ? 'bigint literal' : 'number literal';
    case 'error':
      return 'unknown';
    default:
      return type.kind;
  }
}
