/**
 * What all checks of one program share: tsc's checker, the reporter, and the declarations found so far.
 *
 * Checks of expressions, types and declarations need each other; they meet here, through functions that
 * check-program.ts puts in place, so that no file of the checker imports in a circle.
 */
import ts from 'typescript';
import type { BitsInfo, ClassInfo, EnumInfo, FunctionInfo, RecordInfo, Variable } from '../model/declarations.ts';
import type { Constant, Expression, Local } from '../model/expressions.ts';
import { errorType, type Type } from '../model/types.ts';
import type { Reporter } from '../reporter.ts';
import { libraryFile } from '../frontend/program.ts';

/** What a name at module level stands for. */
export type Declaration =
  | { readonly kind: 'function'; readonly of: FunctionInfo }
  | { readonly kind: 'variable'; readonly of: Variable }
  | { readonly kind: 'constant'; readonly value: Expression }
  | { readonly kind: 'class'; readonly of: ClassInfo }
  | { readonly kind: 'enum'; readonly of: EnumInfo }
  | { readonly kind: 'record'; readonly of: RecordInfo }
  | { readonly kind: 'bits'; readonly of: BitsInfo }
  | { readonly kind: 'error' };

/** The inside of a function, as far as it has been checked. */
export interface Scope {
  readonly function: FunctionInfo | undefined;
  readonly locals: Map<ts.Symbol, Local | Expression>;
  readonly names: Map<string, number>;
}
export const moduleScope = (): Scope => ({ function: undefined, locals: new Map(), names: new Map() });

export class Context {
  readonly declarations = new Map<ts.Symbol, Declaration>();
  /** Being declared at this moment; meeting one again is a cycle. */
  readonly resolving = new Set<ts.Symbol>();
  readonly functions: FunctionInfo[] = [];
  readonly variables: Variable[] = [];
  /** Module-level numbers, for a debugger to know by name; the program itself has them folded away. */
  readonly constants: { readonly name: string; readonly cName: string; readonly node: ts.Node; readonly value: bigint }[] = [];
  readonly classes: ClassInfo[] = [];
  readonly enums: EnumInfo[] = [];
  readonly records: RecordInfo[] = [];
  readonly brands = new Set<string>();
  readonly untyped = new Set<ts.Node>();
  /** Symbols that the linker script defines. */
  readonly linkerSymbols = new Set<string>();
  /** Sizes and offsets that the program used as constants, in C, to be asserted there. */
  readonly assertedLayouts = new Map<string, number>();

  expression!: (node: ts.Expression, scope: Scope, expected?: Type) => Expression;
  typeOf!: (node: ts.TypeNode) => Type;
  declarationOf!: (symbol: ts.Symbol) => Declaration;

  readonly checker: ts.TypeChecker;
  readonly reporter: Reporter;
  /** The entry module: what it exports gets external linkage. */
  readonly entry: ts.SourceFile;
  readonly pointerBytes: number;
  constructor(checker: ts.TypeChecker, reporter: Reporter, entry: ts.SourceFile, pointerBytes: number) {
    this.pointerBytes = pointerBytes;
    this.checker = checker;
    this.reporter = reporter;
    this.entry = entry;
  }

  /** What a name refers to, through imports. */
  symbolOf(node: ts.Node): ts.Symbol | undefined {
    const symbol =
      ts.isShorthandPropertyAssignment(node.parent) && node.parent.name === node
        ? this.checker.getShorthandAssignmentValueSymbol(node.parent)
        : this.checker.getSymbolAtLocation(node);
    return symbol !== undefined && symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }

  /** The library's name for a symbol (`u32`, `memory.load8`), or undefined for one of the program's own. */
  libraryName(symbol: ts.Symbol | undefined): string | undefined {
    const declaration = symbol?.declarations?.[0];
    if (symbol === undefined || declaration?.getSourceFile().fileName !== libraryFile) return undefined;
    const block = declaration.parent;
    return ts.isModuleBlock(block) && ts.isIdentifier(block.parent.name) ? `${block.parent.name.text}.${symbol.name}` : symbol.name;
  }

  /** What could not be typed; the reason has been reported, or is about to be. */
  error(node: ts.Node): Expression {
    this.untyped.add(node);
    return { op: 'error', type: errorType, node };
  }
}

export const constant = (node: ts.Node, type: Type, value: bigint): Constant => ({ op: 'constant', node, type, value });
