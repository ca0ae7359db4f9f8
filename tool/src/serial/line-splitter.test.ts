import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINE_CHARACTERS_MAX, LineSplitter } from './line-splitter.ts';

function split(chunks: readonly Buffer[]): { lines: string[]; partial: string } {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  return { lines, partial: splitter.partial };
}

describe('lines', () => {
  it('come out whole, however the chunks fall', () => {
    const line = fc.string({ unit: 'binary' }).filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(9)), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\r\n`).join(''));
        const wanted = bytes.toString('utf8').split('\r\n').slice(0, -1);
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) chunks.push(bytes.subarray(at, (at += cut)));
        chunks.push(bytes.subarray(at));
        expect(split(chunks).lines).toEqual(wanted);
      }),
    );
  });

  it('that never end are given up in pieces', () => {
    const { lines, partial } = split([Buffer.alloc(LINE_CHARACTERS_MAX + 5, 'x')]);
    expect(lines).toEqual(['x'.repeat(LINE_CHARACTERS_MAX)]);
    expect(partial).toBe('xxxxx');
  });
});
