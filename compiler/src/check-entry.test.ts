/**
 * Every program of test/refused: each complaint stands where a comment below the line expects it, `//   ^ TH1203`
 * under its first character, and nothing else is complained about.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { check } from './index.ts';
import { catalogue } from './diagnostics.ts';

const folder = path.join(import.meta.dirname, '../test/refused');
const files = readdirSync(folder).filter((one) => one.endsWith('.ts'));

/** `line:column code` of each expectation; several comments may follow one line. */
function expectationsIn(source: string): string[] {
  let target = 0;
  return source.split('\n').flatMap((text, index) => {
    const marker = /^\/\/( *)\^ (T[HS]\d+)$/.exec(text);
    if (marker === null) {
      target = index + 1;
      return [];
    }
    // A caret in the first two columns, where the comment itself stands, is written right after it.
    const column = (marker[1] ?? '').length + 3;
    return [`${target}:${column === 3 ? firstColumn(source, target) : column} ${marker[2]}`];
  });
}

const firstColumn = (source: string, line: number): number => (source.split('\n')[line - 1] ?? '').search(/\S/) + 1;

test('a missing entry module is named', () => {
  expect(check('/no/such/file.ts').map((one) => one.code)).toEqual(['TH1002']);
});

describe.each(files)('%s', (fileName) => {
  const file = path.join(folder, fileName);
  test('is refused for exactly these reasons', () => {
    const found = check(file);
    for (const one of new Set([file, ...found.map((each) => each.file)])) {
      const here = found.filter((each) => each.file === one).map((each) => `${each.line}:${each.column} ${each.code}`);
      expect(here.sort(), one).toEqual(expectationsIn(readFileSync(one, 'utf8')).sort());
    }
  });
});

/** Tested above, and in backend/aarch64.test.ts. */
const elsewhere: readonly string[] = ['TH1002', 'TH1712'];

test('every diagnostic has a program that it refuses', () => {
  const expected = new Set(files.flatMap((one) => expectationsIn(readFileSync(path.join(folder, one), 'utf8'))).map((one) => one.split(' ')[1]));
  expect(Object.keys(catalogue).filter((code) => !elsewhere.includes(code) && !expected.has(code))).toEqual([]);
});
