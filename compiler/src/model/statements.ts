/** Typed statements, one to one with TypeScript's, but without anything that the emitter would have to look up. */
import type * as ts from 'typescript';
import type { BinaryOperator, Expression, Local } from './expressions.ts';

interface Placed {
  readonly node: ts.Node;
}
export interface SwitchClause {
  /** Empty for `default`. */
  readonly values: readonly Expression[];
  readonly isDefault: boolean;
  readonly body: readonly Statement[];
}
export type Statement =
  | (Placed & { readonly op: 'let'; readonly local: Local; readonly value: Expression | undefined })
  | (Placed & { readonly op: 'evaluate'; readonly value: Expression })
  | (Placed & {
      readonly op: 'assign';
      readonly place: Expression;
      readonly value: Expression;
      /** `place = place operator value`, the place computed once. */
      readonly operator: BinaryOperator | undefined;
    })
  | (Placed & { readonly op: 'block'; readonly body: readonly Statement[] })
  | (Placed & {
      readonly op: 'if';
      readonly condition: Expression;
      readonly whenTrue: readonly Statement[];
      readonly whenFalse: readonly Statement[] | undefined;
    })
  | (Placed & { readonly op: 'while'; readonly condition: Expression; readonly body: readonly Statement[] })
  | (Placed & { readonly op: 'do'; readonly condition: Expression; readonly body: readonly Statement[] })
  | (Placed & {
      readonly op: 'for';
      readonly initial: readonly Statement[];
      readonly condition: Expression | undefined;
      readonly step: readonly Statement[];
      readonly body: readonly Statement[];
    })
  | (Placed & { readonly op: 'forOf'; readonly local: Local; readonly array: Expression; readonly body: readonly Statement[] })
  | (Placed & { readonly op: 'switch'; readonly value: Expression; readonly clauses: readonly SwitchClause[] })
  | (Placed & { readonly op: 'break' | 'continue' })
  | (Placed & { readonly op: 'return'; readonly value: Expression | undefined })
  | (Placed & { readonly op: 'asm'; readonly pieces: readonly (string | number)[]; readonly operands: readonly Expression[] });
