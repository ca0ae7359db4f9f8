/**
 * docs/registers.md: every register and bit layout that the metal programs name, with the fields they use.
 *
 * The tables of arm64/ are run, not parsed: they import nothing, and `register` and `bits`, which the compiler knows,
 * are given here as functions that return what they were handed.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../project.ts';
import { commentText, type GeneratedDocument, heading, markdownTable } from './generated-document.ts';

type Position = number | readonly [highest: number, lowest: number];

interface Layout {
  readonly name: string;
  readonly fields: Readonly<Record<string, Position>>;
}

const TABLES = ['registers-el1', 'registers-el2', 'registers-id', 'registers-aarch32', 'registers-timer', 'registers-gic', 'syndrome'].map((name) => `arm64/src/${name}.ts`);

function isLayout(value: unknown): value is Layout {
  return typeof value === 'object' && value !== null && 'name' in value && 'fields' in value;
}

/** What a module of arm64/ exports, with its layouts as they were written. */
export async function tableModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  const asWritten = (layout: Layout): Layout => layout;
  Object.assign(globalThis, { register: asWritten, bits: asWritten });
  return (await import(pathToFileURL(resolve(projectRoot, path)).href)) as Readonly<Record<string, unknown>>;
}

/** The comments that stand directly before exported constants, by the constants' names. */
function comments(source: string): ReadonlyMap<string, string> {
  const found = source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport const (\w+)/g);
  return new Map([...found].map(([, comment = '', name = '']) => [name, commentText(comment)]));
}

function fieldText([name, position]: readonly [string, Position]): string {
  return `${name} ${typeof position === 'number' ? String(position) : `${String(position[0])}:${String(position[1])}`}`;
}

function bit(position: Position): number {
  return typeof position === 'number' ? position : position[1];
}

async function tableOf(path: string): Promise<string> {
  const source = readFileSync(resolve(projectRoot, path), 'utf8');
  const said = comments(source);
  const rows: string[][] = [];
  for (const [key, value] of Object.entries(await tableModule(path))) {
    if (!isLayout(value)) continue;
    const fields = Object.entries(value.fields).sort(([, a], [, b]) => bit(a) - bit(b));
    rows.push([`\`${value.name}\``, fields.map(fieldText).join(', '), said.get(key) ?? '']);
  }
  rows.sort(([a = ''], [b = '']) => a.localeCompare(b, 'en'));
  return `## ${path}\n\n${markdownTable(['register', 'fields used, with their bits', 'remark'], rows)}`;
}

export async function registerTables(): Promise<GeneratedDocument> {
  const tables: string[] = [];
  for (const path of TABLES) tables.push(await tableOf(path));
  return { path: 'docs/registers.md', text: heading('Registers and syndromes', TABLES) + tables.join('\n') };
}
