/**
 * Typed expressions: what the checker makes of TypeScript's, and what the emitter turns into C.
 *
 * Every implicit thing is explicit here: each conversion, each check, the type of each literal.
 */
import type * as ts from 'typescript';
import type { Field, FunctionInfo, Variable } from './declarations.ts';
import type { Type } from './types.ts';

export interface Local {
  readonly name: string;
  /** Unique in its function. */
  readonly cName: string;
  readonly type: Type;
  readonly constant: boolean;
}

export type BinaryOperator =
  | '+' | '-' | '*' | '/' | '%' | '<<' | '>>' | '&' | '|' | '^'
  | '<' | '<=' | '>' | '>=' | '===' | '!==';
export type LogicalOperator = '&&' | '||';

export type IntrinsicName =
  | 'wrappingAdd' | 'wrappingSub' | 'wrappingMul'
  | 'countLeadingZeros' | 'countTrailingZeros' | 'countOnes' | 'byteSwap'
  | 'addressOf' | 'unsafeAt' | 'linkerSymbol' | 'nonNull' | 'charCodeAt' | 'length' | 'layout'
  | 'assert' | 'trap' | 'memory' | 'mmio' | 'atomic' | 'registerRead' | 'registerWrite' | 'fieldFits';

interface Typed {
  readonly type: Type;
  readonly node: ts.Node;
}
export type Constant = Typed & { readonly op: 'constant'; readonly value: bigint };
export type Expression =
  | Constant
  | (Typed & { readonly op: 'string'; readonly text: string })
  | (Typed & { readonly op: 'null' })
  | (Typed & { readonly op: 'local'; readonly local: Local })
  | (Typed & { readonly op: 'variable'; readonly variable: Variable })
  | (Typed & { readonly op: 'field'; readonly object: Expression; readonly field: Pick<Field, 'name' | 'type' | 'embedded'> })
  | (Typed & { readonly op: 'index'; readonly array: Expression; readonly index: Expression; readonly inRange: boolean })
  | (Typed & { readonly op: 'slice'; readonly array: Expression })
  | (Typed & { readonly op: 'unary'; readonly operator: '-' | '~' | '!'; readonly operand: Expression })
  | (Typed & { readonly op: 'binary'; readonly operator: BinaryOperator; readonly left: Expression; readonly right: Expression })
  | (Typed & { readonly op: 'logical'; readonly operator: LogicalOperator; readonly left: Expression; readonly right: Expression })
  | (Typed & { readonly op: 'select'; readonly condition: Expression; readonly whenTrue: Expression; readonly whenFalse: Expression })
  | (Typed & { readonly op: 'convert'; readonly checked: boolean; readonly operand: Expression })
  | (Typed & { readonly op: 'call'; readonly callee: FunctionInfo; readonly operands: readonly Expression[] })
  | (Typed & {
      readonly op: 'intrinsic';
      readonly name: IntrinsicName;
      /** The member, register, symbol or width that the intrinsic is about. */
      readonly detail: string;
      readonly operands: readonly Expression[];
    })
  | (Typed & { readonly op: 'error' });
