/**
 * What a program declares: one record a function, class, enum, interface, variable and bit layout.
 *
 * `cName` is the name in C, in the symbol table and in a backtrace. Contents that may refer to other
 * declarations (fields, bodies, initial values) are filled in after the record exists, so that
 * declarations may refer to each other in any order.
 */
import type * as ts from 'typescript';
import type { Expression, Local } from './expressions.ts';
import type { Statement } from './statements.ts';
import type { Type } from './types.ts';

export interface EnumInfo {
  readonly name: string;
  readonly node: ts.EnumDeclaration;
  readonly members: Map<string, bigint>;
}

export interface Field {
  readonly name: string;
  readonly type: Type;
  /** A class value in place, not a reference to one. Arrays are always in place. */
  readonly embedded: boolean;
  readonly initial: Initial;
  readonly node: ts.Node;
}

export interface ClassInfo {
  readonly name: string;
  readonly node: ts.ClassDeclaration;
  readonly methods: Map<string, FunctionInfo>;
  fields: Field[];
  /** Declared by the language library (`AtomicU32`): its methods are intrinsics. */
  readonly builtin: boolean;
}

/** An interface whose values are rows of const tables. */
export interface RecordInfo {
  readonly name: string;
  readonly node: ts.InterfaceDeclaration;
  fields: { readonly name: string; readonly type: Type; readonly node: ts.Node }[];
}

export interface BitsInfo {
  readonly name: string;
  readonly register: boolean;
  /** What the assembler is given: the name, or the encoding where one is declared. */
  readonly assemblerName: string;
  readonly fields: Map<string, { readonly high: number; readonly low: number }>;
}

/** What storage holds before the program runs. */
export type Initial =
  | { readonly kind: 'zero' }
  | { readonly kind: 'value'; readonly value: Expression }
  | { readonly kind: 'object'; readonly of: ClassInfo }
  | { readonly kind: 'objects'; readonly of: ClassInfo }
  | { readonly kind: 'rows'; readonly rows: readonly Initial[]; readonly element: Type }
  | { readonly kind: 'record'; readonly of: RecordInfo; readonly values: ReadonlyMap<string, Initial> };

export interface Variable {
  readonly name: string;
  readonly cName: string;
  readonly module: string;
  readonly node: ts.VariableDeclaration;
  readonly exported: boolean;
  type: Type;
  initial: Initial;
}

export interface NakedText {
  /** Lines of assembly, constants already in place, with the source line of each. */
  readonly lines: readonly { readonly text: string; readonly line: number }[];
  readonly section: string | undefined;
  readonly align: number | undefined;
}

export interface FunctionInfo {
  readonly name: string;
  readonly cName: string;
  readonly module: string;
  readonly node: ts.FunctionDeclaration | ts.MethodDeclaration | ts.VariableDeclaration;
  readonly owner: ClassInfo | undefined;
  readonly exported: boolean;
  /** Without the receiver. */
  parameters: Local[];
  receiver: Local | undefined;
  result: Type;
  body: Statement[];
  naked: NakedText | undefined;
  /** Named by assembly text, so that its symbol must survive. */
  namedByAssembly: boolean;
  readonly calls: Set<FunctionInfo>;
}
