import { describe, expect, it } from 'vitest';
import { edit, strokeOf } from './typed-text.ts';

describe('a character', () => {
  it.each([
    ['a', 'KeyA', false], ['Z', 'KeyZ', true], ['7', 'Digit7', false], ['&', 'Digit7', true], ['"', 'Quote', true], ['\\', 'Backslash', false],
    [' ', 'Space', false], ['\n', 'Enter', false], ['\b', 'Backspace', false],
  ])('%j is the key %s, shifted: %s', (character, code, isShifted) => {
    expect(strokeOf(character)).toMatchObject({ code, isShifted });
  });

  it('has a key if it is printable ASCII', () => {
    for (let point = 0x20; point < 0x7f; point += 1) expect(strokeOf(String.fromCharCode(point)).code).not.toBe('');
  });

  it('of another alphabet is told by what it is', () => {
    expect([strokeOf('é'), strokeOf('ж')]).toEqual([
      { code: '', isShifted: false, keysym: 0xe9 },
      { code: '', isShifted: false, keysym: 0x0100_0436 },
    ]);
  });
});

it.each([
  ['', 'ls', 'ls'], ['ls', 'ls ', ' '], ['helo', 'hello', '\blo'], ['abc', 'ab', '\b'], ['abc', '', '\b\b\b'], ['same', 'same', ''],
])('what makes %j into %j is %j', (before, after, typed) => {
  expect(edit(before, after)).toBe(typed);
});
