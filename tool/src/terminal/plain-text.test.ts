import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText, settledText } from './plain-text.ts';

describe('plain text', () => {
  it.each([
    ['\x1b[1;31mred\x1b[0m', 'red'],
    ['\x1b]0;a title\x07text', 'text'],
    ['\x1b[2J\x1b[Hcleared', 'cleared'],
    ['\x1b[6nasked', 'asked'],
    ['\x1bcreset', 'reset'],
    ['a\tb\rc\x07', 'a\tbc'],
  ])('of %j is %j', (line, text) => {
    expect(plainText(line)).toBe(text);
  });

  it('never holds a control character', () => {
    const part = fc.oneof(fc.constantFrom('\x1b', '[', ']', '\x07', '0', 'm', ';', '\x9b'), fc.string());
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        // eslint-disable-next-line no-control-regex -- what must not be left
        expect(plainText(parts.join(''))).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/);
      }),
    );
  });
});

describe('settled text', () => {
  it.each([
    ['one:~# lss\b \b', 'one:~# ls '],
    ['50 %\r100 %', '100 %'],
    ['\x1b[6none:~# ', 'one:~# '],
    ['\b\ba', 'a'],
  ])('of %j is %j', (line, text) => {
    expect(settledText(line)).toBe(text);
  });
});
