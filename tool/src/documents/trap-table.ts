/** docs/traps.md: which exception class of a guest goes to which function. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { projectRoot } from '../project.ts';
import { type GeneratedDocument, heading, markdownTable } from './generated-document.ts';
import { tableModule } from './register-tables.ts';

const TRAPS = 'hypervisor/src/traps.ts';
const SYNDROME = 'arm64/src/syndrome.ts';
const CLASS = /u32\(ExceptionClass\.(\w+)\)/g;
/** A class, and the call in the first `return` after it. */
const DISPATCH = /ExceptionClass\.(\w+)\)\)?(?:(?!ExceptionClass|default:)[^])*?return (\w+\.\w+)\(/g;
const OTHERWISE = /default:\s*return (\w+\.\w+)\(/;

/** Pairs of exception class and function, and the function for all other classes. */
export function dispatch(source: string): { readonly handlers: ReadonlyMap<string, string>; readonly otherwise: string } {
  const handlers = new Map([...source.matchAll(DISPATCH)].map(([, name = '', handler = '']) => [name, handler]));
  for (const [, name = ''] of source.matchAll(CLASS)) {
    if (!handlers.has(name)) throw new Error(`${TRAPS}: no function is found for ExceptionClass.${name}`);
  }
  const otherwise = OTHERWISE.exec(source)?.[1];
  if (otherwise === undefined) throw new Error(`${TRAPS}: no default is found`);
  return { handlers, otherwise };
}

export async function trapTable(): Promise<GeneratedDocument> {
  const { handlers, otherwise } = dispatch(readFileSync(resolve(projectRoot, TRAPS), 'utf8'));
  const classes = Object.entries((await tableModule(SYNDROME))['ExceptionClass'] as Readonly<Record<string, string | number>>);
  const rows = classes
    .flatMap(([name, value]) => (typeof value === 'number' && handlers.has(name) ? [{ name, value }] : []))
    .sort((a, b) => a.value - b.value)
    .map(({ name, value }) => [`0x${value.toString(16).padStart(2, '0')}`, name, `\`${handlers.get(name) ?? ''}\``]);
  const text = markdownTable(['EC', 'exception class', 'function'], [...rows, ['any other', '', `\`${otherwise}\``]]);
  return { path: 'docs/traps.md', text: `${heading('Synchronous traps from guests', [TRAPS, SYNDROME])}${text}` };
}
