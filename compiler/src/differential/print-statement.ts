/**
 * The source text of generated statements.
 */
import { expressionText, literalText, type Spelling } from './print-expression.ts';
import { isIntegerType } from './integer-types.ts';
import type { Block, For, Let, Statement, Switch, While } from './syntax.ts';

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

export function blockLines(block: Block, spelling: Spelling): string[] {
  return block.flatMap((statement) => statementLines(statement, spelling));
}

function body(block: Block, spelling: Spelling): string[] {
  return indented(blockLines(block, spelling));
}

/** Where a value has a type of its own for tsc as well, which would take `wrappingAdd(x, 10)` for 10. */
const selfTyped: readonly string[] = ['variable', 'element', 'binary', 'convert', 'call', 'note', 'unpack', 'pack'];

/** Every other constant goes without a type annotation. */
function letLine({ name, type, constant, value }: Let, spelling: Spelling): string {
  const bare = constant && selfTyped.includes(value.kind) && isIntegerType(type) && Number(name.slice(1)) % 2 === 1;
  return `${constant ? 'const' : 'let'} ${name}${bare ? '' : `: ${type}`} = ${expressionText(value, spelling)};`;
}

function whileLines({ counter, limit, testsFirst, condition, body: rounds }: While, spelling: Spelling): string[] {
  const test = `while (${counter} < ${limit} && (${expressionText(condition, spelling)}))`;
  const inside = indented([`${counter} += 1;`, ...blockLines(rounds, spelling)]);
  const loop = testsFirst ? [`${test} {`, ...inside, '}'] : ['do {', ...inside, `} ${test};`];
  return ['{', ...indented([`let ${counter}: u32 = 0;`, ...loop]), '}'];
}

function forLines({ name, type, from, to, step, condition, body: rounds }: For, spelling: Spelling): string[] {
  const upward = step > 0n;
  const also = condition === null ? '' : ` && (${expressionText(condition, spelling)})`;
  const magnitude = upward ? step : -step;
  const advance = magnitude === 1n ? `${name}${upward ? '++' : '--'}` : `${name} ${upward ? '+' : '-'}= ${literalText(type, magnitude)}`;
  const test = `${name} ${upward ? '<' : '>'} ${literalText(type, to)}${also}`;
  return [`for (let ${name}: ${type} = ${literalText(type, from)}; ${test}; ${advance}) {`, ...body(rounds, spelling), '}'];
}

/** A clause's lines, with the `break` that keeps it from falling through unless it already leaves. */
function clauseLines(block: Block, spelling: Spelling): string[] {
  const leaves = ['break', 'continue', 'return'].includes(block.at(-1)?.kind ?? '');
  return ['{', ...body(block, spelling), ...(leaves ? [] : ['  break;']), '}'];
}

function switchLines({ subject, clauses, fallback }: Switch, spelling: Spelling): string[] {
  const lines = clauses.flatMap(({ labels, body: inside }) => {
    const heads = labels.map((label) => `case ${literalText(subject.type, label)}:`);
    const [first, ...rest] = clauseLines(inside, spelling);
    return [...heads.slice(0, -1), `${heads.at(-1)!} ${first!}`, ...rest];
  });
  const last = fallback === null ? [] : ['default: {', ...clauseLines(fallback, spelling).slice(1)];
  return [`switch (${expressionText(subject, spelling)}) {`, ...indented([...lines, ...last]), '}'];
}

function statementLines(statement: Statement, spelling: Spelling): string[] {
  const text = (expression: Parameters<typeof expressionText>[0]): string => expressionText(expression, spelling);
  switch (statement.kind) {
    case 'let': return [letLine(statement, spelling)];
    case 'refer': return [`const ${statement.name} = ${spelling.array(statement.objects)}[${text(statement.index)}];`];
    case 'assign': return [`${text(statement.target)} ${statement.operator ?? ''}= ${text(statement.value)};`];
    case 'step': return [`${text(statement.target)}${statement.operator};`];
    case 'perform': return [`${text(statement.call)};`];
    case 'block': return ['{', ...body(statement.body, spelling), '}'];
    case 'if': {
      const otherwise = statement.whenFalse === null ? [] : ['} else {', ...body(statement.whenFalse, spelling)];
      return [`if (${text(statement.condition)}) {`, ...body(statement.whenTrue, spelling), ...otherwise, '}'];
    }
    case 'while': return whileLines(statement, spelling);
    case 'for': return forLines(statement, spelling);
    case 'forOf':
      return [`for (const ${statement.name} of ${spelling.array(statement.array)}) {`, ...body(statement.body, spelling), '}'];
    case 'switch': return switchLines(statement, spelling);
    case 'return': return [`return ${text(statement.value)};`];
    case 'break':
    case 'continue': return [`${statement.kind};`];
  }
}
