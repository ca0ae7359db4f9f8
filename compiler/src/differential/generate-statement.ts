/**
 * Makes random statements. Every loop ends by construction: a for loop by its constant bounds, a while loop
 * by a counter that its body cannot assign.
 */
import { callAs, divisor, elementOf, indexInto, make, memberOf, shiftCount, typed, type Name, type Scope } from './generate-expression.ts';
import { integerTypes, isIntegerType, shapes, type IntegerType } from './integer-types.ts';
import { enumMembers, enums, isEnumName, type EnumName } from './prelude.ts';
import { isUntyped } from './rules.ts';
import type { BinaryOperator, Block, Expression, For, Place, Refer, Statement, Switch, ValueType } from './syntax.ts';

/** Where a statement stands. */
export interface Position {
  readonly scope: Scope;
  readonly result: ValueType;
  readonly inLoop: boolean;
  readonly inSwitch: boolean;
  readonly loopDepth: number;
  /** Statements that the function may still grow by. */
  readonly budget: { left: number };
  readonly expressionDepth: number;
}

export const valueTypes: readonly ValueType[] = [...integerTypes, 'boolean', 'Color', 'Level'];

function withName(position: Position, name: Name): Position {
  return { ...position, scope: { ...position.scope, names: [...position.scope.names, name] } };
}

/** Names of ended blocks are used again, so that blocks side by side have equal names of different types. */
function freshName({ scope }: Position): string {
  return `v${scope.names.filter((name) => name.name.startsWith('v')).length + scope.references.length}`;
}

function withReference(position: Position, { name, objects }: Refer): Position {
  return { ...position, scope: { ...position.scope, references: [...position.scope.references, { name, objects }] } };
}

function place(position: Position): Place | null {
  const { draw, names, arrays, objects } = position.scope;
  const assignable = names.filter((name) => name.assignable);
  const globals = assignable.filter((name) => name.outlives);
  const changeable = arrays.filter((array) => array.place !== 'table');
  return draw.weighted<Place | null>([
    [assignable.length > 0 ? 6 : 0, () => { const { name, type } = draw.pick(assignable); return { kind: 'variable', name, type }; }],
    [globals.length > 0 ? 4 : 0, () => { const { name, type } = draw.pick(globals); return { kind: 'variable', name, type }; }],
    [changeable.length > 0 ? 3 : 0, () => elementOf(position.scope, draw.pick(changeable), 2) as Place],
    [objects.length > 0 ? 4 : 0, () => memberOf(position.scope, null, 2)],
    [assignable.length + changeable.length + objects.length > 0 ? 0 : 1, () => null],
  ]);
}

function assignmentOperator(position: Position, type: IntegerType): { readonly operator: BinaryOperator; readonly value: Expression } {
  const { scope, expressionDepth: depth } = position;
  const operator = scope.draw.pick<BinaryOperator>(['+', '+', '-', '-', '*', '/', '%', '&', '|', '^', '<<', '>>']);
  if (operator === '<<' || operator === '>>') return { operator, value: shiftCount(scope, type, depth - 1) };
  return { operator, value: operator === '/' || operator === '%' ? divisor(scope, type, depth - 1) : make(scope, type, depth) };
}

/**
 * `target op= value` for an integer target; often with a call on the right side, which may change the target
 * while the assignment is under way.
 */
function compoundAssignment(position: Position, target: Place, type: IntegerType): Statement {
  const integerCallees = position.scope.callees.filter((callee) => isIntegerType(callee.result));
  if (integerCallees.length === 0 || position.scope.draw.chance(60)) return { kind: 'assign', target, ...assignmentOperator(position, type) };
  const operator = position.scope.draw.pick<BinaryOperator>(['+', '-', '^', '|']);
  return { kind: 'assign', target, operator, value: callAs(position.scope, position.scope.draw.pick(integerCallees), type, 2) };
}

function assignment(position: Position): Statement[] {
  const { scope, expressionDepth } = position;
  const target = place(position);
  if (target === null) return [];
  const { type } = target;
  if (!isIntegerType(type) || scope.draw.chance(40)) {
    return [{ kind: 'assign', target, operator: null, value: make(scope, type, expressionDepth) }];
  }
  if (scope.draw.chance(15)) return [{ kind: 'step', target, operator: scope.draw.pick(['++', '--']) }];
  return [compoundAssignment(position, target, type)];
}

function perform(position: Position): Statement[] {
  const { scope } = position;
  if (scope.callees.length === 0) return assignment(position);
  const callee = scope.draw.pick(scope.callees);
  const operands = callee.parameters.map((parameter) => make(scope, parameter.type, 1));
  return [{ kind: 'perform', call: { kind: 'call', type: callee.result, callee: callee.name, operands } }];
}

function conditionalStatement(position: Position): Statement[] {
  const condition = typed(position.scope, 'boolean', position.expressionDepth);
  const whenTrue = block(position, 3);
  const whenFalse = position.scope.draw.chance(50) ? block(position, 3) : null;
  return [{ kind: 'if', condition, whenTrue, whenFalse }];
}

function inLoop(position: Position): Position {
  return { ...position, inLoop: true, inSwitch: false, loopDepth: position.loopDepth + 1, expressionDepth: Math.max(1, position.expressionDepth - 1) };
}

function whileLoop(position: Position): Statement[] {
  const { scope } = position;
  const counter = freshName(position);
  const inside = withName(inLoop(position), { name: counter, type: 'u32', assignable: false, outlives: false });
  return [{
    kind: 'while', counter, limit: BigInt(scope.draw.between(1, 4)), testsFirst: scope.draw.chance(60),
    condition: typed(inside.scope, 'boolean', 2), body: block(inside, 3),
  }];
}

/** Bounds near the ends of the type at times, where the step past the last round overflows. */
function forBounds(position: Position, type: IntegerType): Pick<For, 'from' | 'to' | 'step'> {
  const { draw } = position.scope;
  const rounds = BigInt(draw.between(0, 4));
  const step = BigInt(draw.between(1, 3));
  const { min, max } = shapes[type];
  if (draw.chance(50)) {
    const from = draw.chance(85) ? BigInt(draw.between(0, 3)) : max - rounds * step;
    return { from, to: from + rounds * step, step };
  }
  const to = draw.chance(85) ? min + BigInt(draw.between(0, 3)) + 3n : min;
  return { from: to + rounds * step, to, step: -step };
}

function forLoop(position: Position): Statement[] {
  const { draw } = position.scope;
  const type = draw.pick(integerTypes);
  const name = freshName(position);
  const bounds = forBounds(position, type);
  // `i < MIN` and `i > MAX` are decided by the type, and refused.
  if (bounds.to === shapes[type].min && bounds.step > 0n) return assignment(position);
  const inside = withName(inLoop(position), { name, type, assignable: false, outlives: false });
  const condition = draw.chance(20) ? typed(inside.scope, 'boolean', 2) : null;
  return [{ kind: 'for', name, type, ...bounds, condition, body: block(inside, 3) }];
}

function forOfLoop(position: Position): Statement[] {
  const array = position.scope.draw.pick(position.scope.arrays);
  const name = freshName(position);
  const inside = withName(inLoop(position), { name, type: array.type, assignable: false, outlives: false });
  return [{ kind: 'forOf', name, type: array.type, array: array.name, body: block(inside, 2) }];
}

function switchStatement(position: Position): Statement[] {
  const { scope } = position;
  const inside = { ...position, inSwitch: true };
  const type = scope.draw.pick<IntegerType | EnumName>([...integerTypes, ...Object.keys(enums).filter(isEnumName)]);
  const subject: Expression = { kind: 'note', type, id: (scope.noteIds.next += 1), operand: typed(scope, type, 2) };
  const all = isEnumName(type) ? enumMembers(type).map((member) => member.value) : [];
  const exhaustive = all.length > 0 && scope.draw.chance(50);
  const labels = exhaustive ? all : [...new Set(Array.from({ length: scope.draw.between(1, 4) }, () => scope.draw.value(type)))];
  const clauses: { labels: bigint[]; body: Block }[] = [];
  for (const label of labels) {
    if (clauses.length > 0 && scope.draw.chance(25)) clauses.at(-1)!.labels.push(label);
    else clauses.push({ labels: [label], body: block(inside, 2) });
  }
  const statement: Switch = { kind: 'switch', subject, clauses, fallback: exhaustive ? null : block(inside, 2) };
  return [statement];
}

function declaration(position: Position): Statement[] {
  const type = position.scope.draw.pick(valueTypes);
  return [{
    kind: 'let', name: freshName(position), type, constant: position.scope.draw.chance(40),
    value: make(position.scope, type, position.expressionDepth),
  }];
}

function reference(position: Position): Statement[] {
  const { name, initial } = position.scope.draw.pick(position.scope.objects);
  return [{ kind: 'refer', name: freshName(position), objects: name, index: indexInto(position.scope, initial.length, 2) }];
}

/** The end of some blocks: out of the loop, the switch or the function. */
function leave(position: Position): Statement[] {
  const { scope, inLoop: loops, inSwitch, result } = position;
  return scope.draw.weighted<Statement[]>([
    [loops || inSwitch ? 2 : 0, () => [{ kind: 'break' }]],
    [loops ? 2 : 0, () => [{ kind: 'continue' }]],
    [1, () => [{ kind: 'return', value: make(scope, result, 2) }]],
  ]);
}

function statement(position: Position): Statement[] {
  const { scope, loopDepth } = position;
  const loops = loopDepth < 2 ? 1 : 0;
  return scope.draw.weighted<Statement[]>([
    [5, () => declaration(position)],
    [8, () => assignment(position)],
    [scope.objects.length > 0 ? 3 : 0, () => reference(position)],
    [2, () => perform(position)],
    [3, () => conditionalStatement(position)],
    [1 * loops, () => whileLoop(position)],
    [2 * loops, () => forLoop(position)],
    [position.scope.arrays.length > 0 ? 1 * loops : 0, () => forOfLoop(position)],
    [2, () => switchStatement(position)],
    [1, () => [{ kind: 'block', body: block(position, 2) }]],
  ]);
}

function statements(position: Position, count: number): { readonly made: Statement[]; readonly end: Position } {
  const made: Statement[] = [];
  let here = position;
  for (let at = 0; at < count && position.budget.left > 0; at += 1) {
    position.budget.left -= 1;
    for (const next of statement(here)) {
      made.push(next);
      if (next.kind === 'refer') here = withReference(here, next);
      if (next.kind === 'let') here = withName(here, { name: next.name, type: next.type, assignable: !next.constant, outlives: false });
    }
  }
  return { made, end: here };
}

function block(position: Position, countMax: number): Block {
  const { made, end } = statements(position, position.scope.draw.between(1, countMax));
  return position.scope.draw.chance(15) ? [...made, ...leave(end)] : made;
}

/** A function's body: some statements, then a result. */
export function functionBody(position: Position, countMin: number, countMax: number): Block {
  const { made, end } = statements(position, position.scope.draw.between(countMin, countMax));
  const value = make(end.scope, position.result, position.expressionDepth + 1);
  const result: Expression = isUntyped(value) ? typed(end.scope, position.result, 2) : value;
  return [...made, { kind: 'return', value: result }];
}
