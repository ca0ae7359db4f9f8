/**
 * The source text of whole programs: many cases in one module, each with names of its own and one exported
 * entry.
 *
 * An entry takes its inputs as u64, puts the case's state back to its start, runs the case, and leaves what an
 * observer may see in `output`; it returns how many values that is. So the driver on the other side knows
 * one signature only.
 */
import { isIntegerType } from './integer-types.ts';
import { cellFieldNames, cellFields, isEnumName, preludeText } from './prelude.ts';
import { literalText, type Spelling } from './print-expression.ts';
import { blockLines } from './print-statement.ts';
import { inputCountMax } from './generate-case.ts';
import type { ArrayDeclaration, Case, FunctionDeclaration, ValueType } from './syntax.ts';

function spellingOf(program: Case, prefix: string, insideMethod: boolean): Spelling {
  const stored = [...program.globals, ...program.arrays, ...program.objects];
  const fields = new Set(stored.filter((declared) => declared.place === 'field').map(({ name }) => name));
  const methods = new Set(program.helpers.filter((helper) => helper.method).map(({ name }) => name));
  const outside = new Set(stored.map(({ name }) => name));
  const owner = insideMethod ? 'this' : `${prefix}state`;
  const variable = (name: string): string => (fields.has(name) ? `${owner}.${name}` : outside.has(name) ? prefix + name : name);
  return { variable, array: variable, callee: (name) => (methods.has(name) ? `${owner}.${name}` : prefix + name) };
}

function functionLines(program: Case, declared: FunctionDeclaration, prefix: string): string[] {
  const parameters = declared.parameters.map(({ name, type }) => `${name}: ${type}`).join(', ');
  const head = declared.method ? declared.name : `function ${prefix}${declared.name}`;
  const body = blockLines(declared.body, spellingOf(program, prefix, declared.method));
  return [`${head}(${parameters}): ${declared.result} {`, ...body.map((line) => `  ${line}`), '}'];
}

function elementMarker(type: ValueType): string {
  return type === 'boolean' ? 'bool' : type;
}

function arrayLine({ name, type, initial, place }: ArrayDeclaration, prefix: string): string {
  if (place === 'table') return `const ${prefix}${name}: readonly ${type}[] = [${initial.map((value) => literalText(type, value)).join(', ')}];`;
  return `const ${prefix}${name} = fixedArray(${elementMarker(type)}, ${initial.length});`;
}

function classLines(program: Case, prefix: string): string[] {
  const scalars = program.globals.filter((global) => global.place === 'field')
    .map(({ name, type, initial }) => `  ${name}: ${type} = ${literalText(type, initial)};`);
  const arrays = program.arrays.filter((array) => array.place === 'field')
    .map(({ name, type, initial }) => `  readonly ${name} = fixedArray(${elementMarker(type)}, ${initial.length});`);
  const objects = program.objects.filter((declared) => declared.place === 'field').map(({ name, initial }) => `  readonly ${name} = fixedArray(Cell, ${initial.length});`);
  if (scalars.length + arrays.length + objects.length === 0) return [];
  const methods = program.helpers.filter((helper) => helper.method).flatMap((helper) => functionLines(program, helper, prefix).map((line) => `  ${line}`));
  const name = `${prefix.toUpperCase()}State`;
  return [`class ${name} {`, ...scalars, ...arrays, ...objects, ...methods, '}', `const ${prefix}state = new ${name}();`];
}

function inputText(type: ValueType, input: string): string {
  if (type === 'boolean') return `(${input} & 1n) !== 0n`;
  if (isEnumName(type)) return `inputOf${type}(${input})`;
  return type === 'u64' ? input : `${type}.wrap(${input})`;
}

function outputText(type: ValueType, value: string): string {
  if (type === 'boolean') return `${value} ? 1n : 0n`;
  if (isIntegerType(type)) return type === 'u64' ? value : `u64.wrap(${value})`;
  return `u64(u32(${value}))`;
}

/** Each field of each object: how it is spelled, its type, its initial value. */
function objectFields({ objects }: Case, spelling: Spelling): { readonly text: string; readonly type: ValueType; readonly initial: bigint }[] {
  return objects.flatMap(({ name, initial }) => initial.flatMap((values, at) => cellFieldNames.map((field, index) =>
    ({ text: `${spelling.array(name)}[${at}].${field}`, type: cellFields[field], initial: values[index]! }))));
}

function resetLines(program: Case, arrays: readonly ArrayDeclaration[], spelling: Spelling): string[] {
  const { globals } = program;
  return [
    ...globals.map(({ name, type, initial }) => `${spelling.variable(name)} = ${literalText(type, initial)};`),
    ...arrays.flatMap(({ name, type, initial }) => initial.map((value, at) => `${spelling.array(name)}[${at}] = ${literalText(type, value)};`)),
    ...objectFields(program, spelling).map(({ text, type, initial }) => `${text} = ${literalText(type, initial)};`),
  ];
}

function entryLines(program: Case, prefix: string, entry: string): string[] {
  const spelling = spellingOf(program, prefix, false);
  const arrays = program.arrays.filter((array) => array.place !== 'table');
  const inputs = Array.from({ length: inputCountMax }, (_, at) => `x${at}`);
  const result = `${spelling.callee('main')}(${program.main.parameters.map(({ type }, at) => inputText(type, inputs[at]!)).join(', ')})`;
  const outputs = [
    outputText(program.main.result, 'result'),
    ...program.globals.map(({ name, type }) => outputText(type, spelling.variable(name))),
    ...arrays.flatMap(({ name, type, initial }) => initial.map((_, at) => outputText(type, `${spelling.array(name)}[${at}]`))),
    ...objectFields(program, spelling).map(({ text, type }) => outputText(type, text)),
  ];
  return [
    `export function ${entry}(${inputs.map((input) => `${input}: u64`).join(', ')}): u32 {`,
    ...resetLines(program, arrays, spelling).map((line) => `  ${line}`),
    `  const result: ${program.main.result} = ${result};`,
    ...outputs.map((output, at) => `  output[${at}] = ${output};`),
    `  return ${outputs.length};`,
    '}',
  ];
}

function stateLines(program: Case, prefix: string): string[] {
  return [
    ...program.globals.filter((global) => global.place === 'let')
      .map(({ name, type, initial }) => `let ${prefix}${name}: ${type} = ${literalText(type, initial)};`),
    ...program.arrays.filter((array) => array.place !== 'field').map((array) => arrayLine(array, prefix)),
    ...program.objects.filter(({ place }) => place === 'const').map(({ name, initial }) => `const ${prefix}${name} = fixedArray(Cell, ${initial.length});`),
    ...classLines(program, prefix),
  ];
}

/** The case alone, for a person to read: no prefix, no entry. */
export function caseText(program: Case): string {
  const functions = [...program.helpers.filter((helper) => !helper.method), program.main];
  return [...stateLines(program, ''), ...functions.flatMap((declared) => functionLines(program, declared, ''))].join('\n') + '\n';
}

export function entryName(at: number): string {
  return `case${at}`;
}

export interface ProgramText {
  readonly text: string;
  /** The line that each case begins on, counted from 1. */
  readonly firstLines: readonly number[];
}

export function programText(cases: readonly Case[]): ProgramText {
  const lines = preludeText().split('\n');
  const firstLines: number[] = [];
  for (const [at, program] of cases.entries()) {
    const prefix = `c${at}_`;
    const functions = [...program.helpers.filter((helper) => !helper.method), program.main];
    firstLines.push(lines.length + 1);
    lines.push(...stateLines(program, prefix), ...functions.flatMap((declared) => functionLines(program, declared, prefix)),
      ...entryLines(program, prefix, entryName(at)), '');
  }
  return { text: lines.join('\n'), firstLines };
}
