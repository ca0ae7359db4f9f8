/**
 * LLVM's text, as far as it takes to give the parameters of a function other places: the functions that only known calls enter,
 * and those calls. What is not read for certain is left alone.
 */
export interface IrFunction {
  readonly name: string;
  readonly parameters: readonly string[];
  /** Lines from its `define` to its closing brace. */
  readonly line: number;
  readonly endLine: number;
  /** Whether all that enters it is calls that are known, so that its parameters may change places. */
  readonly free: boolean;
}
export interface IrCall {
  readonly line: number;
  readonly caller: IrFunction;
  /** Free. */
  readonly callee: IrFunction;
  readonly operands: readonly string[];
  /** Of a call whose result has a name, that name. */
  readonly result: string | undefined;
}
/** Text with a list in parentheses. */
export interface Listed {
  readonly before: string;
  readonly items: readonly string[];
  readonly after: string;
}

const definition = /^define [^@]*@([\w.$]+)(?=\()/;
const internal = /^define internal fastcc /;
const calling = /^\s*(?:(%[\w.]+) = )?(?:tail )?call fastcc [^@"]*@([\w.$]+)(?=\()/;
const simpleParameter = /^(?:i1|i8|i16|i32|i64|ptr)\b(?!.*\b(?:byval|byref|sret|inreg|nest|inalloca|preallocated|swift\w+)\b).* %\d+$/;

/** The list that opens at `start`, taken apart at its commas. */
export function listAt(text: string, start: number): Listed {
  const items: string[] = [];
  let [depth, from, at] = [0, start + 1, start];
  for (; at < text.length; at++) {
    const character = text.charAt(at);
    if ('([{<'.includes(character)) depth += 1;
    if (')]}>'.includes(character)) depth -= 1;
    if (depth === 0) break;
    if (character === ',' && depth === 1) {
      items.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  const last = text.slice(from, at).trim();
  return { before: text.slice(0, start + 1), items: last === '' ? items : [...items, last], after: text.slice(at) };
}

/** The parenthesis behind the function's name, in its definition or a call of it. */
export function listIn(line: string): Listed {
  const [found = ''] = definition.exec(line) ?? calling.exec(line) ?? [];
  return listAt(line, found.length);
}

/** The value of `type attributes value`; empty if it has no name. */
export const nameOf = (operand: string): string => / (%[\w.]+)$/.exec(operand)?.[1] ?? '';

export function readIr(lines: readonly string[]): { functions: IrFunction[]; calls: IrCall[] } {
  const mentions = mentionsOf(lines);
  const callLines = lines.flatMap((line, at) => (calling.test(line) ? [at] : []));
  const calledName = (at: number): string => calling.exec(lines[at]!)?.[2] ?? '';
  const entered = new Map<string, number>();
  for (const at of callLines) entered.set(calledName(at), (entered.get(calledName(at)) ?? 0) + 1);
  const functions = lines.flatMap((text, line): IrFunction[] => {
    const name = definition.exec(text)?.[1];
    if (name === undefined) return [];
    const parameters = listIn(text).items;
    const free = internal.test(text) && mentions.get(name) === (entered.get(name) ?? 0) + 1 && parameters.every((one) => simpleParameter.test(one));
    return [{ name, parameters, line, endLine: lines.indexOf('}', line), free }];
  });
  const known = new Map(functions.filter(({ free }) => free).map((one) => [one.name, one]));
  const calls = callLines.flatMap((line): IrCall[] => {
    const callee = known.get(calledName(line));
    const caller = functions.find((one) => line > one.line && line < one.endLine);
    const { items } = listIn(lines[line]!);
    return callee === undefined || caller === undefined ? [] : [{ line, caller, callee, operands: items, result: calling.exec(lines[line]!)?.[1] }];
  });
  return { functions, calls };
}

function mentionsOf(lines: readonly string[]): Map<string, number> {
  const mentions = new Map<string, number>();
  for (const line of lines) for (const [, name = ''] of line.matchAll(/@([\w.$]+)/g)) mentions.set(name, (mentions.get(name) ?? 0) + 1);
  return mentions;
}

/** A function's text with names in place of numbers, which must be in order. Its first block is numbered behind the parameters. */
export function withNames(lines: readonly string[], parameterCount: number): string[] {
  const named = lines.map((line) =>
    line.replace(/^(\d+):/, 'v$1:').split(/("[^"]*")/).map((part, index) => (index % 2 === 1 ? part : part.replace(/%(\d+)\b/g, '%v$1'))).join(''));
  const [head = '', ...rest] = named;
  return [head, `v${parameterCount}:`, ...rest];
}
