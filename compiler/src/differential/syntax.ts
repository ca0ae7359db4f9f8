/**
 * The programs that the differential test generates, as a typed syntax tree.
 *
 * A *case* is a small program of its own: variables at module level, helper functions with side effects and
 * one main function with parameters. Every expression carries its type, so that the evaluator and the
 * printer need no inference, and so that a shrunk tree can be checked by looking at nodes one by one.
 */
import type { IntegerType } from './integer-types.ts';
import type { EnumName } from './prelude.ts';

export type ValueType = IntegerType | 'boolean' | EnumName;

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
export type BitOperator = '&' | '|' | '^';
export type ShiftOperator = '<<' | '>>';
export type BinaryOperator = ArithmeticOperator | BitOperator | ShiftOperator;
export type CompareOperator = '<' | '<=' | '>' | '>=' | '===' | '!==';
export type IntrinsicName =
  | 'wrappingAdd' | 'wrappingSub' | 'wrappingMul'
  | 'countLeadingZeros' | 'countTrailingZeros' | 'countOnes' | 'byteSwap';

/** A constant without a type of its own unless it is a boolean or an enum member. */
export interface Literal { readonly kind: 'literal'; readonly type: ValueType; readonly value: bigint }
export interface Variable { readonly kind: 'variable'; readonly type: ValueType; readonly name: string }
export interface Element { readonly kind: 'element'; readonly type: ValueType; readonly array: string; readonly index: Expression }
/** A field of one object of an array of them, reached by an index or through a local reference. */
export interface Member {
  readonly kind: 'member'; readonly type: ValueType; readonly objects: string; readonly field: string;
  readonly base: { readonly index: Expression } | { readonly reference: string };
}
export interface Unary { readonly kind: 'unary'; readonly type: ValueType; readonly operator: '-' | '~' | '!'; readonly operand: Expression }
export interface Binary {
  readonly kind: 'binary'; readonly type: IntegerType; readonly operator: BinaryOperator;
  readonly left: Expression; readonly right: Expression;
}
export interface Compare {
  readonly kind: 'compare'; readonly type: 'boolean'; readonly operator: CompareOperator;
  readonly left: Expression; readonly right: Expression;
}
export interface Logical {
  readonly kind: 'logical'; readonly type: 'boolean'; readonly operator: '&&' | '||';
  readonly left: Expression; readonly right: Expression;
}
export interface Conditional {
  readonly kind: 'conditional'; readonly type: ValueType;
  readonly condition: Expression; readonly whenTrue: Expression; readonly whenFalse: Expression;
}
export interface Convert { readonly kind: 'convert'; readonly type: IntegerType; readonly wrap: boolean; readonly operand: Expression }
export interface Intrinsic { readonly kind: 'intrinsic'; readonly type: IntegerType; readonly name: IntrinsicName; readonly operands: readonly Expression[] }
/** `layout.of({…})` without a base, `layout.with(base, {…})` with one. */
export interface PackBits {
  readonly kind: 'pack'; readonly type: 'u64'; readonly layout: string; readonly base: Expression | null;
  readonly fields: readonly { readonly name: string; readonly value: Expression }[];
}
export interface FieldOfBits { readonly kind: 'unpack'; readonly type: 'u64'; readonly layout: string; readonly operand: Expression; readonly field: string }
export interface Call { readonly kind: 'call'; readonly type: ValueType; readonly callee: string; readonly operands: readonly Expression[] }
/** The operand's value; writes `id` to the trace, which makes the order of evaluation visible. */
export interface Note { readonly kind: 'note'; readonly type: ValueType; readonly id: number; readonly operand: Expression }

export type Expression =
  | Literal | Variable | Element | Member | Unary | Binary | Compare | Logical | Conditional | Convert | Intrinsic | PackBits | FieldOfBits | Call | Note;

export type Place = Variable | Element | Member;

export interface Let { readonly kind: 'let'; readonly name: string; readonly type: ValueType; readonly constant: boolean; readonly value: Expression }
/** `const name = objects[index]`: a reference, through which the object can be changed. */
export interface Refer { readonly kind: 'refer'; readonly name: string; readonly objects: string; readonly index: Expression }
export interface Assign { readonly kind: 'assign'; readonly target: Place; readonly operator: BinaryOperator | null; readonly value: Expression }
export interface Step { readonly kind: 'step'; readonly target: Place; readonly operator: '++' | '--' }
export interface Perform { readonly kind: 'perform'; readonly call: Call }
export interface If { readonly kind: 'if'; readonly condition: Expression; readonly whenTrue: Block; readonly whenFalse: Block | null }
/** A while or do-while loop that also ends after `limit` rounds, counted by the local `counter`. */
export interface While {
  readonly kind: 'while'; readonly counter: string; readonly limit: bigint; readonly testsFirst: boolean;
  readonly condition: Expression; readonly body: Block;
}
/** `for (let name: type = from; name < to; name += step)`, or downwards with `>` and `-=`. */
export interface For {
  readonly kind: 'for'; readonly name: string; readonly type: IntegerType; readonly from: bigint; readonly to: bigint;
  readonly step: bigint; readonly condition: Expression | null; readonly body: Block;
}
export interface ForOf { readonly kind: 'forOf'; readonly name: string; readonly type: ValueType; readonly array: string; readonly body: Block }
/** Clauses never fall through; `fallback` is the default clause, absent only where every member is listed. */
export interface Switch {
  readonly kind: 'switch'; readonly subject: Expression;
  readonly clauses: readonly { readonly labels: readonly bigint[]; readonly body: Block }[];
  readonly fallback: Block | null;
}
export interface Leave { readonly kind: 'break' | 'continue' }
export interface Return { readonly kind: 'return'; readonly value: Expression }
export interface Nested { readonly kind: 'block'; readonly body: Block }

export type Statement =
  | Let | Refer | Assign | Step | Perform | If | While | For | ForOf | Switch | Leave | Return | Nested;
export type Block = readonly Statement[];

export interface Parameter { readonly name: string; readonly type: ValueType }
export interface FunctionDeclaration {
  readonly name: string; readonly parameters: readonly Parameter[]; readonly result: ValueType; readonly body: Block;
  /** A method of the case's object, which reaches the object's fields through `this`. */
  readonly method: boolean;
}
/** How a module-level scalar is stored: a `let`, or a field of the case's one object. */
export interface Global { readonly name: string; readonly type: ValueType; readonly initial: bigint; readonly place: 'let' | 'field' }
/** A fixed array, in a `const` of its own or as a field of the case's object, or a table in .rodata. */
export interface ArrayDeclaration {
  readonly name: string; readonly type: ValueType; readonly initial: readonly bigint[]; readonly place: 'const' | 'field' | 'table';
}

/** An array of objects of the prelude's class, each with its fields' initial values in the class's order. */
export interface ObjectsDeclaration { readonly name: string; readonly initial: readonly (readonly bigint[])[]; readonly place: 'const' | 'field' }

export interface Case {
  readonly globals: readonly Global[];
  readonly arrays: readonly ArrayDeclaration[];
  readonly objects: readonly ObjectsDeclaration[];
  /** In the order of declaration; each calls only earlier ones, so the call graph has no cycle. */
  readonly helpers: readonly FunctionDeclaration[];
  readonly main: FunctionDeclaration;
}
