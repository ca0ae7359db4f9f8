/**
 * Makes random typed expressions over the names that a scope offers.
 *
 * Random arithmetic on random values traps almost always, and a program that traps early tests little. So
 * most divisors, shift counts and indices are led into range, and most conversions wrap; a few of each are
 * left alone, because the traps are to be compared as well.
 */
import type { Draw } from './draw.ts';
import { integerTypes, isIntegerType, shapes, unsignedTypes, type IntegerType } from './integer-types.ts';
import { cellFieldNames, cellFields, enums, isEnumName, layouts, type CellField } from './prelude.ts';
import { isAllowed, isUntyped } from './rules.ts';
import type {
  ArrayDeclaration, Binary, BinaryOperator, CompareOperator, Expression, FunctionDeclaration, IntrinsicName, Literal, Member,
  ObjectsDeclaration, PackBits, ValueType,
} from './syntax.ts';

export interface Name {
  readonly name: string;
  readonly type: ValueType;
  readonly assignable: boolean;
  /** A variable of the module, which calls may change as well. */
  readonly outlives: boolean;
}

/** What an expression or statement may mention where it stands. */
export interface Scope {
  readonly draw: Draw;
  readonly names: readonly Name[];
  readonly arrays: readonly ArrayDeclaration[];
  readonly objects: readonly ObjectsDeclaration[];
  /** Local references, each into one of the arrays of objects. */
  readonly references: readonly { readonly name: string; readonly objects: string }[];
  readonly callees: readonly FunctionDeclaration[];
  readonly noteIds: { next: number };
}

type Maker = () => Expression;

export function literal(type: ValueType, value: bigint): Literal {
  return { kind: 'literal', type, value };
}

function note(scope: Scope, operand: Expression): Expression {
  scope.noteIds.next += 1;
  return { kind: 'note', type: operand.type, id: scope.noteIds.next, operand };
}

/** Something with a type of its own: a name or element where there is one, else a noted literal. */
function typedLeaf(scope: Scope, type: ValueType): Expression {
  const names = scope.names.filter((name) => name.type === type);
  const arrays = scope.arrays.filter((array) => array.type === type);
  const integers = scope.names.filter((name) => name.type !== type && isIntegerType(name.type));
  return scope.draw.weighted<Expression>([
    [names.length > 0 ? 8 : 0, () => variable(scope.draw.pick(names))],
    [arrays.length > 0 ? 2 : 0, () => elementOf(scope, scope.draw.pick(arrays), 0)],
    [hasMember(scope, type) ? 3 : 0, () => memberOf(scope, type, 0)],
    [integers.length > 0 && isIntegerType(type) ? 4 : 0, () => wrapped(variable(scope.draw.pick(integers)), type as IntegerType)],
    [integers.length > 0 && type === 'boolean' ? 4 : 0, () => equalTo(scope, scope.draw.pick(integers))],
    [1, () => note(scope, literal(type, scope.draw.value(type)))],
  ]);
}

function variable({ name, type }: Name): Expression {
  return { kind: 'variable', type, name };
}

function wrapped(operand: Expression, type: IntegerType): Expression {
  return { kind: 'convert', type, wrap: true, operand };
}

function equalTo(scope: Scope, name: Name): Expression {
  const right = literal(name.type, scope.draw.value(name.type));
  return { kind: 'compare', type: 'boolean', operator: scope.draw.pick(['===', '!==']), left: variable(name), right };
}

function leaf(scope: Scope, type: ValueType): Expression {
  return scope.draw.chance(30) ? literal(type, scope.draw.value(type)) : typedLeaf(scope, type);
}

/** `value & mask`, which keeps a count or an index below a power of two. */
function masked(value: Expression, type: IntegerType, mask: bigint): Binary {
  return { kind: 'binary', type, operator: '&', left: value, right: literal(type, mask) };
}

export function indexInto(scope: Scope, length: number, depth: number): Expression {
  return scope.draw.weighted<Expression>([
    [4, () => literal('u32', BigInt(scope.draw.between(0, length - 1)))],
    [6, () => ({ kind: 'binary', type: 'u32', operator: '%', left: typed(scope, 'u32', depth - 1), right: literal('u32', BigInt(length)) })],
    [1, () => masked(typed(scope, 'u32', depth - 1), 'u32', 3n)],
    [1, () => typed(scope, scope.draw.pick(['u8', 'u16', 'u32']), depth - 1)],
  ]);
}

export function elementOf(scope: Scope, array: ArrayDeclaration, depth: number): Expression {
  return { kind: 'element', type: array.type, array: array.name, index: indexInto(scope, array.initial.length, depth) };
}

function fieldsOfType(type: ValueType): CellField[] {
  return cellFieldNames.filter((field) => cellFields[field] === type);
}

function hasMember(scope: Scope, type: ValueType): boolean {
  return scope.objects.length > 0 && fieldsOfType(type).length > 0;
}

/** A field of the wanted type, or of any type at all. */
export function memberOf(scope: Scope, type: ValueType | null, depth: number): Member {
  const { draw, objects, references } = scope;
  const field = draw.pick(type === null ? cellFieldNames : fieldsOfType(type));
  if (references.length > 0 && draw.chance(60)) {
    const { name, objects: owner } = draw.pick(references);
    return { kind: 'member', type: cellFields[field], objects: owner, field, base: { reference: name } };
  }
  const { name, initial } = draw.pick(objects);
  return { kind: 'member', type: cellFields[field], objects: name, field, base: { index: indexInto(scope, initial.length, depth) } };
}

function binary(scope: Scope, type: IntegerType, operator: BinaryOperator, depth: number): Expression {
  const left = scope.draw.chance(25) ? typedLeaf(scope, type) : make(scope, type, depth - 1);
  if (operator === '<<' || operator === '>>') {
    const shifted = isUntyped(left) ? typed(scope, type, 0) : left;
    return { kind: 'binary', type, operator, left: shifted, right: shiftCount(scope, type, depth - 1) };
  }
  const divides = operator === '/' || operator === '%';
  const right = divides ? divisor(scope, type, depth - 1) : make(scope, type, depth - 1);
  return { kind: 'binary', type, operator, left: isUntyped(left) && isUntyped(right) ? typed(scope, type, 0) : left, right };
}

/** Not zero most of the time, and never a literal zero, which is refused. */
export function divisor(scope: Scope, type: IntegerType, depth: number): Expression {
  const value = typed(scope, type, depth);
  return scope.draw.weighted<Expression>([
    [5, () => ({ kind: 'binary', type, operator: '|', left: value, right: literal(type, 1n) })],
    [3, () => value],
    [2, () => literal(type, scope.draw.integer(type) || 1n)],
    [shapes[type].signed ? 2 : 0, () => literal(type, -1n)],
  ]);
}

/** Of any unsigned type on the same side of the number-bigint border. */
export function shiftCount(scope: Scope, type: IntegerType, depth: number): Expression {
  const { width, bigint } = shapes[type];
  const countType = bigint ? 'u64' : scope.draw.pick(['u8', 'u16', 'u32'] as const);
  return scope.draw.weighted<Expression>([
    [3, () => literal(bigint ? 'u64' : 'u32', BigInt(scope.draw.between(0, width - 1)))],
    [5, () => masked(typed(scope, countType, depth), countType, BigInt(width - 1))],
    [1, () => typed(scope, countType, depth)],
  ]);
}

function conversion(scope: Scope, type: IntegerType, depth: number): Expression {
  const from = scope.draw.pick(integerTypes.filter((other) => other !== type));
  const operand = typed(scope, from, depth - 1);
  const widens = shapes[from].min >= shapes[type].min && shapes[from].max <= shapes[type].max;
  return { kind: 'convert', type, wrap: scope.draw.chance(widens ? 25 : 75), operand };
}

function intrinsic(scope: Scope, name: IntrinsicName, type: IntegerType, operandType: IntegerType, depth: number): Expression {
  const first = typed(scope, operandType, depth - 1);
  return { kind: 'intrinsic', type, name, operands: name.startsWith('wrapping') ? [first, make(scope, operandType, depth - 1)] : [first] };
}

function call(scope: Scope, callee: FunctionDeclaration, depth: number): Expression {
  const operands = callee.parameters.map((parameter) => make(scope, parameter.type, depth - 1));
  return { kind: 'call', type: callee.result, callee: callee.name, operands };
}

/** A call whose integer result is brought to `type`. */
export function callAs(scope: Scope, callee: FunctionDeclaration, type: IntegerType, depth: number): Expression {
  const result = call(scope, callee, depth);
  return result.type === type ? result : wrapped(result, type);
}

function conditional(scope: Scope, type: ValueType, depth: number): Expression {
  const condition = typed(scope, 'boolean', depth - 1);
  const whenTrue = make(scope, type, depth - 1);
  const whenFalse = isUntyped(whenTrue) ? typed(scope, type, depth - 1) : make(scope, type, depth - 1);
  return { kind: 'conditional', type, condition, whenTrue, whenFalse };
}

function pack(scope: Scope, depth: number): PackBits {
  const layout = scope.draw.pick(Object.keys(layouts));
  const all = Object.keys(layouts[layout]!);
  const some = all.filter(() => scope.draw.chance(60));
  const names = some.length > 0 ? some : all;
  const fields = names.map((name) => {
    const [high, low] = layouts[layout]![name]!;
    const mask = (1n << BigInt(high - low + 1)) - 1n;
    const value: Expression = scope.draw.chance(85) ? masked(typed(scope, 'u64', depth - 1), 'u64', mask) : typed(scope, 'u64', depth - 1);
    return { name, value };
  });
  const base = scope.draw.chance(60) ? typed(scope, 'u64', depth - 1) : null;
  return { kind: 'pack', type: 'u64', layout, base, fields };
}

function unpack(scope: Scope, depth: number): Expression {
  const layout = scope.draw.pick(Object.keys(layouts));
  const field = scope.draw.pick(Object.keys(layouts[layout]!));
  return { kind: 'unpack', type: 'u64', layout, operand: typed(scope, 'u64', depth - 1), field };
}

function comparison(scope: Scope, depth: number): Expression {
  if (scope.draw.chance(20)) {
    const type = scope.draw.pick(['boolean', ...Object.keys(enums).filter(isEnumName)] as const);
    const sides = [0, 1].map(() => note(scope, make(scope, type, depth - 1)));
    return { kind: 'compare', type: 'boolean', operator: scope.draw.pick(['===', '!==']), left: sides[0]!, right: sides[1]! };
  }
  const type = scope.draw.pick(integerTypes);
  const operator = scope.draw.pick<CompareOperator>(['<', '<=', '>', '>=', '===', '!==']);
  const left = make(scope, type, depth - 1);
  const right = isUntyped(left) ? typed(scope, type, depth - 1) : make(scope, type, depth - 1);
  const compare: Expression = { kind: 'compare', type: 'boolean', operator, left, right };
  return isAllowed(compare, scope) ? compare : { ...compare, operator: '===' };
}

function integerMakers(scope: Scope, type: IntegerType, depth: number): (readonly [number, Maker])[] {
  const { draw } = scope;
  const { signed, width } = shapes[type];
  return [
    [5, () => binary(scope, type, draw.pick(['+', '-', '*', '/', '%'] as const), depth)],
    [3, () => binary(scope, type, draw.pick(['&', '|', '^'] as const), depth)],
    [3, () => binary(scope, type, draw.pick(['<<', '>>'] as const), depth)],
    [3, () => intrinsic(scope, draw.pick(['wrappingAdd', 'wrappingSub', 'wrappingMul'] as const), type, type, depth)],
    [4, () => conversion(scope, type, depth)],
    [1, () => ({ kind: 'unary', type, operator: '~', operand: typed(scope, type, depth - 1) })],
    [signed ? 1 : 0, () => ({ kind: 'unary', type, operator: '-', operand: typed(scope, type, depth - 1) })],
    [!signed && width > 8 ? 1 : 0, () => intrinsic(scope, 'byteSwap', type, type, depth)],
    [type === 'u32' ? 4 : 0, () => {
      const name = draw.pick(['countLeadingZeros', 'countTrailingZeros', 'countOnes'] as const);
      return intrinsic(scope, name, type, draw.pick(unsignedTypes), draw.chance(50) ? 1 : depth);
    }],
    [type === 'u32' ? 1 : 0, () => ({ kind: 'convert', type, wrap: false, operand: typed(scope, draw.pick(['Color', 'Level']), depth - 1) })],
    [type === 'u64' ? 2 : 0, () => pack(scope, depth)],
    [type === 'u64' ? 2 : 0, () => unpack(scope, depth)],
  ];
}

function booleanMakers(scope: Scope, depth: number): (readonly [number, Maker])[] {
  return [
    [6, () => comparison(scope, depth)],
    [3, () => ({
      kind: 'logical', type: 'boolean', operator: scope.draw.pick(['&&', '||']),
      left: typed(scope, 'boolean', depth - 1), right: typed(scope, 'boolean', depth - 1),
    })],
    [1, () => ({ kind: 'unary', type: 'boolean', operator: '!', operand: typed(scope, 'boolean', depth - 1) })],
  ];
}

function compound(scope: Scope, type: ValueType, depth: number): Expression {
  const callees = scope.callees.filter((callee) => callee.result === type);
  const convertible = isIntegerType(type) ? scope.callees.filter((callee) => callee.result !== type && isIntegerType(callee.result)) : [];
  const arrays = scope.arrays.filter((array) => array.type === type);
  const own = isIntegerType(type) ? integerMakers(scope, type, depth) : type === 'boolean' ? booleanMakers(scope, depth) : [];
  return scope.draw.weighted<Expression>([
    ...own,
    [2, () => conditional(scope, type, depth)],
    [2, () => note(scope, make(scope, type, depth - 1))],
    [callees.length > 0 ? 3 : 0, () => call(scope, scope.draw.pick(callees), depth)],
    [convertible.length > 0 ? 3 : 0, () => callAs(scope, scope.draw.pick(convertible), type as IntegerType, depth)],
    [arrays.length > 0 ? 3 : 0, () => elementOf(scope, scope.draw.pick(arrays), depth)],
    [hasMember(scope, type) ? 2 : 0, () => memberOf(scope, type, depth)],
  ]);
}

/** An expression of `type` of at most `depth` levels, possibly a bare literal. */
export function make(scope: Scope, type: ValueType, depth: number): Expression {
  return depth <= 0 || scope.draw.chance(15) ? leaf(scope, type) : compound(scope, type, depth);
}

/** An expression that has its type without help from where it stands. */
export function typed(scope: Scope, type: ValueType, depth: number): Expression {
  return depth <= 0 || scope.draw.chance(15) ? typedLeaf(scope, type) : compound(scope, type, depth);
}
