/**
 * Every operator of the language on every integer type, with all pairs of edge values: what random programs
 * would meet only by luck. Each case is one function of one expression; constants on the right side get cases
 * of their own, because a compiler treats them in its own way.
 */
import { edgeValues, integerTypes, shapes, type IntegerType } from './integer-types.ts';
import { layouts } from './prelude.ts';
import { isAllowed, noStorage } from './rules.ts';
import type { Trial } from './case-arbitrary.ts';
import type { BinaryOperator, Block, Case, CompareOperator, Expression, IntrinsicName, ValueType } from './syntax.ts';

const binaryOperators: readonly BinaryOperator[] = ['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>'];
const compareOperators: readonly CompareOperator[] = ['<', '<=', '>', '>=', '===', '!=='];

function isShift(operator: BinaryOperator): boolean {
  return operator === '<<' || operator === '>>';
}

function parameter(at: number, type: ValueType): Expression {
  return { kind: 'variable', type, name: `p${at}` };
}

function returning(value: Expression, parameterTypes: readonly IntegerType[]): Trial {
  return trialOf([{ kind: 'return', value }], value.type, parameterTypes);
}

/** Edges of one operand where there are two: all pairs of them are tried. */
const pairedEdgesMax = 16;

/** All combinations of the edges of up to two parameters. */
function trialOf(body: Block, result: ValueType, parameterTypes: readonly IntegerType[]): Trial {
  const parameters = parameterTypes.map((type, at) => ({ name: `p${at}`, type }));
  const program: Case = { globals: [], arrays: [], objects: [], helpers: [], main: { name: 'main', parameters, result, method: false, body } };
  const [first, second] = parameterTypes.map((type) => edgeValues(type).slice(0, parameters.length === 1 ? undefined : pairedEdgesMax));
  return { program, inputs: first!.flatMap((left) => (second === undefined ? [[left]] : second.map((right) => [left, right]))) };
}

/** A shift's count may have any unsigned type on the same side of the number-bigint border. */
function rightTypes(operator: BinaryOperator, type: IntegerType): readonly IntegerType[] {
  if (!isShift(operator)) return [type];
  return shapes[type].bigint ? ['u64'] : ['u8', 'u16', 'u32'];
}

function literalsFor(operator: BinaryOperator, type: IntegerType): Expression[] {
  const { min, max, width, bigint } = shapes[type];
  const values = isShift(operator) ? [0n, 1n, 7n, BigInt(width - 1)] : [...new Set([0n, 1n, 2n, 10n, min, max, -1n])].filter((value) => value >= min);
  const literalType = isShift(operator) ? (bigint ? 'u64' : 'u32') : type;
  return values.map((value) => ({ kind: 'literal', type: literalType, value }));
}

function binaryTrials(type: IntegerType): Trial[] {
  return binaryOperators.flatMap((operator) => {
    const left = parameter(0, type);
    const onPairs = rightTypes(operator, type).flatMap((rightType) => {
      const right = parameter(1, rightType);
      const assigned: Block = [{ kind: 'assign', target: { kind: 'variable', type, name: 'p0' }, operator, value: right }, { kind: 'return', value: left }];
      return [returning({ kind: 'binary', type, operator, left, right }, [type, rightType]), trialOf(assigned, type, [type, rightType])];
    });
    const literals = literalsFor(operator, type);
    const onLiterals = [
      ...literals.map((right): Expression => ({ kind: 'binary', type, operator, left, right })),
      ...literals.map((literal): Expression => ({ kind: 'binary', type, operator, left: literal, right: left })),
    ];
    return [...onPairs, ...onLiterals.filter((value) => isAllowed(value, noStorage)).map((value) => returning(value, [type]))];
  });
}

function compareTrials(type: IntegerType): Trial[] {
  return compareOperators.flatMap((operator) => {
    const left = parameter(0, type);
    const onLiterals = literalsFor('+', type).map((right): Expression => ({ kind: 'compare', type: 'boolean', operator, left, right }));
    return [
      returning({ kind: 'compare', type: 'boolean', operator, left, right: parameter(1, type) }, [type, type]),
      ...onLiterals.filter((value) => isAllowed(value, noStorage)).map((value) => returning(value, [type])),
    ];
  });
}

function unaryTrials(type: IntegerType): Trial[] {
  const operators = shapes[type].signed ? (['-', '~'] as const) : (['~'] as const);
  return operators.map((operator) => returning({ kind: 'unary', type, operator, operand: parameter(0, type) }, [type]));
}

function intrinsicTrials(type: IntegerType): Trial[] {
  const make = (name: IntrinsicName, result: IntegerType, count: number): Trial =>
    returning({ kind: 'intrinsic', type: result, name, operands: [0, 1].slice(0, count).map((at) => parameter(at, type)) }, Array<IntegerType>(count).fill(type));
  return [
    ...(['wrappingAdd', 'wrappingSub', 'wrappingMul'] as const).map((name) => make(name, type, 2)),
    ...(shapes[type].signed ? [] : (['countLeadingZeros', 'countTrailingZeros', 'countOnes'] as const).map((name) => make(name, 'u32', 1))),
    ...(shapes[type].signed || shapes[type].width === 8 ? [] : [make('byteSwap', type, 1)]),
  ];
}

function conversionTrials(type: IntegerType): Trial[] {
  return integerTypes.filter((from) => from !== type).flatMap((from) =>
    [false, true].map((wrap) => returning({ kind: 'convert', type, wrap, operand: parameter(0, from) }, [from])));
}

function bitsTrials(): Trial[] {
  return Object.entries(layouts).flatMap(([layout, fields]) => Object.keys(fields).flatMap((field) => [
    returning({ kind: 'unpack', type: 'u64', layout, operand: parameter(0, 'u64'), field }, ['u64']),
    returning({ kind: 'pack', type: 'u64', layout, base: null, fields: [{ name: field, value: parameter(0, 'u64') }] }, ['u64']),
    returning({ kind: 'pack', type: 'u64', layout, base: parameter(0, 'u64'), fields: [{ name: field, value: parameter(1, 'u64') }] }, ['u64', 'u64']),
  ]));
}

/** Reads and writes around the end of an array, by every type that an index may have. */
function indexTrials(): Trial[] {
  const arrays = [{ name: 'a0', type: 'u32' as const, initial: [10n, 20n, 30n], place: 'const' as const }];
  return (['u8', 'u16', 'u32'] as const).flatMap((type) => {
    const element = { kind: 'element', type: 'u32', array: 'a0', index: parameter(0, type) } as const;
    const bodies: Block[] = [
      [{ kind: 'return', value: element }],
      [{ kind: 'assign', target: element, operator: null, value: { kind: 'literal', type: 'u32', value: 5n } }, { kind: 'return', value: { kind: 'literal', type: 'u32', value: 0n } }],
    ];
    return bodies.map((body) => {
      const { program, inputs } = trialOf(body, 'u32', [type]);
      return { program: { ...program, arrays }, inputs };
    });
  });
}

/**
 * The same in places that a function changes while they are in use: the target of a compound assignment, an
 * operand to the left of the call, the array whose index the call computes.
 */
function orderTrials(): Trial[] {
  const global = { kind: 'variable', type: 'u32', name: 'g0' } as const;
  const step: Expression = { kind: 'call', type: 'u32', callee: 'h0', operands: [] };
  const element = { kind: 'element', type: 'u32', array: 'a0', index: step } as const;
  const helper: Case['helpers'][number] = {
    name: 'h0', parameters: [], result: 'u32', method: false,
    body: [{ kind: 'step', target: global, operator: '++' }, { kind: 'assign', target: { ...element, index: global }, operator: '+', value: global }, { kind: 'return', value: global }],
  };
  const sum = (left: Expression, right: Expression): Expression => ({ kind: 'binary', type: 'u32', operator: '+', left, right });
  const bodies: Block[] = [
    [{ kind: 'assign', target: global, operator: '+', value: step }],
    [{ kind: 'assign', target: element, operator: null, value: global }],
    [{ kind: 'assign', target: element, operator: '+', value: step }],
    [{ kind: 'assign', target: { ...element, index: global }, operator: '+', value: step }],
    [{ kind: 'assign', target: global, operator: null, value: sum(sum(global, step), sum(global, step)) }],
    [{ kind: 'assign', target: global, operator: null, value: sum(element, sum(global, element)) }],
  ];
  const parameters = [{ name: 'p0', type: 'u32' as const }];
  return bodies.map((body) => ({
    program: {
      globals: [{ name: 'g0', type: 'u32', initial: 0n, place: 'let' }], objects: [], helpers: [helper],
      arrays: [{ name: 'a0', type: 'u32', initial: [1n, 10n, 100n, 1000n, 10_000n], place: 'const' }],
      main: { name: 'main', parameters, result: 'u32', method: false, body: [{ kind: 'assign', target: global, operator: null, value: parameter(0, 'u32') }, ...body, { kind: 'return', value: global }] },
    },
    inputs: [[0n], [1n], [2n], [4n]],
  }));
}

export function operatorTable(): Trial[] {
  const perType = integerTypes.flatMap((type) =>
    [...binaryTrials(type), ...compareTrials(type), ...unaryTrials(type), ...intrinsicTrials(type), ...conversionTrials(type)]);
  return [...perType, ...bitsTrials(), ...indexTrials(), ...orderTrials()];
}
