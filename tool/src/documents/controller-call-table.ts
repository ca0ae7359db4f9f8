/** docs/controller-calls.md: what the controller may ask of the hypervisor. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { projectRoot } from '../project.ts';
import { commentText, type GeneratedDocument, heading, markdownTable } from './generated-document.ts';

const SOURCE = 'abi/src/controller-calls.ts';
const CALL = /\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport const ([A-Z][A-Z0-9_]*) = (0x[0-9a-f_]+);/g;
const VERSION = /^export const ABI_VERSION = (\d+)n;$/m;
/** A comment begins with the arguments, in brackets, and a colon. */
const SIGNATURE = /^\((.*?)\): ([^]*)$/;

export interface ControllerCall {
  readonly name: string;
  readonly identifier: number;
  readonly operands: string;
  readonly meaning: string;
}

/** By their identifiers. */
export function controllerCalls(source: string): readonly ControllerCall[] {
  const calls = [...source.matchAll(CALL)].map(([, comment = '', name = '', number = '']) => {
    const [, operands, meaning] = SIGNATURE.exec(commentText(comment)) ?? [];
    if (operands === undefined || meaning === undefined) throw new Error(`the comment of ${name} in ${SOURCE} does not begin with its arguments, in brackets, and a colon`);
    return { name, identifier: Number(number.replaceAll('_', '')), operands, meaning };
  });
  return calls.toSorted((a, b) => a.identifier - b.identifier);
}

export function controllerCallTable(): GeneratedDocument {
  const source = readFileSync(resolve(projectRoot, SOURCE), 'utf8');
  const rows = controllerCalls(source).map(({ name, identifier, operands, meaning }) => [`0x${identifier.toString(16)}`, name, operands, meaning]);
  const about = commentText((/^\/\*\*([^]*?)\*\//.exec(source) ?? [])[1] ?? '').replace(/ \* (?=\S)/g, '\n\n');
  const text = `Version ${VERSION.exec(source)?.[1] ?? '(none)'}. ${about}\n\n${markdownTable(['identifier', 'call', 'x1, x2, x3', 'what it does'], rows)}`;
  return { path: 'docs/controller-calls.md', text: heading('Calls of the controller', [SOURCE]) + text };
}
