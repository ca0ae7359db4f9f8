/**
 * Makes a whole case: module-level state, helper functions that change it, and a main function whose
 * expressions and statements use both.
 */
import type { Draw } from './draw.ts';
import type { Name, Scope } from './generate-expression.ts';
import { functionBody, valueTypes } from './generate-statement.ts';
import { cellFieldNames, cellFields } from './prelude.ts';
import type { ArrayDeclaration, Case, FunctionDeclaration, Global, ObjectsDeclaration, Parameter, ValueType } from './syntax.ts';

/** How large a case may grow. Expression cases are one deep expression; statement cases are blocks. */
export interface CaseSize { readonly statementsMin: number; readonly statementsMax: number; readonly expressionDepth: number; readonly helpersMax: number }

export const inputCountMax = 4;

function list<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

function makeGlobal(draw: Draw, at: number): Global {
  const type = draw.pick(valueTypes);
  return { name: `g${at}`, type, initial: draw.value(type), place: draw.pick(['let', 'field']) };
}

function makeArray(draw: Draw, at: number): ArrayDeclaration {
  // Enum elements exist in tables only: fixedArray has no marker for them.
  const place = draw.pick(['const', 'field', 'table'] as const);
  const type = draw.pick(valueTypes.filter((candidate) => place === 'table' || (candidate !== 'Color' && candidate !== 'Level')));
  return { name: `a${at}`, type, initial: list(draw.between(1, 5), () => draw.value(type)), place };
}

function makeObjects(draw: Draw, at: number): ObjectsDeclaration {
  const cell = (): bigint[] => cellFieldNames.map((field) => draw.value(cellFields[field]));
  return { name: `o${at}`, initial: list(draw.between(1, 3), cell), place: draw.pick(['const', 'field']) };
}

interface Surroundings extends Omit<Scope, 'names' | 'references'> { readonly globals: readonly Global[] }

function makeFunction(
  { globals, ...shared }: Surroundings, name: string, method: boolean, parameterTypes: readonly ValueType[], size: CaseSize,
): FunctionDeclaration {
  const parameters: Parameter[] = parameterTypes.map((type, at) => ({ name: `p${at}`, type }));
  const asName = (outlives: boolean) => ({ name: own, type }: Parameter): Name => ({ name: own, type, assignable: true, outlives });
  const names: Name[] = [...parameters.map(asName(false)), ...globals.map(asName(true))];
  const result = shared.draw.pick(valueTypes);
  const position = {
    scope: { ...shared, names, references: [] }, result, inLoop: false, inSwitch: false, loopDepth: 0,
    budget: { left: size.statementsMax * 2 }, expressionDepth: size.expressionDepth,
  };
  return { name, parameters, result, method, body: functionBody(position, size.statementsMin, size.statementsMax) };
}

export function makeCase(draw: Draw, size: CaseSize): Case {
  const globals = list(draw.between(1, 4), (at) => makeGlobal(draw, at));
  const arrays = list(draw.between(0, 3), (at) => makeArray(draw, at));
  const objects = list(draw.between(0, 2), (at) => makeObjects(draw, at));
  const hasObject = [...globals, ...arrays, ...objects].some((declared) => declared.place === 'field');
  const noteIds = { next: 0 };
  const helpers: FunctionDeclaration[] = [];
  for (const at of list(draw.between(0, size.helpersMax), (index) => index)) {
    const surroundings = { draw, globals, arrays, objects, callees: [...helpers], noteIds };
    const types = list(draw.between(0, 3), () => draw.pick(valueTypes));
    helpers.push(makeFunction(surroundings, `h${at}`, hasObject && draw.chance(40), types, { statementsMin: 1, statementsMax: 3, expressionDepth: 2, helpersMax: 0 }));
  }
  const types = list(inputCountMax, () => draw.pick(valueTypes));
  return { globals, arrays, objects, helpers, main: makeFunction({ draw, globals, arrays, objects, callees: helpers, noteIds }, 'main', false, types, size) };
}

/** Inputs for a case's main function: edges mostly. */
export function makeInputs(draw: Draw, program: Case): bigint[] {
  return program.main.parameters.map((parameter) => draw.value(parameter.type));
}
