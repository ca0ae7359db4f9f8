/**
 * Text as the keys that make it: on a telephone's own keyboard, which tells letters and not keys, for a machine whose keyboard has an English
 * (US) layout, as Linux has it unless it is told otherwise.
 */

/** A key by its place, as KeyboardEvent.code names it, and whether Shift is held. */
export interface KeyStroke {
  readonly code: string;
  readonly isShifted: boolean;
  readonly keysym: number;
}

/** Characters of a key without and with Shift. */
const PAIRS: Readonly<Record<string, string>> = {
  Backquote: '`~', Digit1: '1!', Digit2: '2@', Digit3: '3#', Digit4: '4$', Digit5: '5%', Digit6: '6^', Digit7: '7&', Digit8: '8*', Digit9: '9(',
  Digit0: '0)', Minus: '-_', Equal: '=+', BracketLeft: '[{', BracketRight: ']}', Backslash: '\\|', Semicolon: ';:', Quote: '\'"', Comma: ',<',
  Period: '.>', Slash: '/?', Space: '  ',
};
const CONTROLS: ReadonlyMap<string, KeyStroke> = new Map([
  ['\n', { code: 'Enter', isShifted: false, keysym: 0xff0d }],
  ['\t', { code: 'Tab', isShifted: false, keysym: 0xff09 }],
  ['\b', { code: 'Backspace', isShifted: false, keysym: 0xff08 }],
]);
/** X's keysyms of characters beyond Latin-1 are their numbers in Unicode and this. */
const UNICODE_KEYSYMS = 0x0100_0000;
const LATIN_1_MAX = 0xff;

export function strokeOf(character: string): KeyStroke {
  const control = CONTROLS.get(character);
  if (control) return control;
  const point = character.codePointAt(0) ?? 0;
  const keysym = point <= LATIN_1_MAX ? point : UNICODE_KEYSYMS + point;
  if (/[a-z]/i.test(character)) return { code: `Key${character.toUpperCase()}`, isShifted: /[A-Z]/.test(character), keysym };
  const [code = '', pair = ''] = Object.entries(PAIRS).find(([, characters]) => characters.includes(character)) ?? [];
  return { code, isShifted: pair.indexOf(character) === 1, keysym };
}

/** What makes the text `after` of the text `before`: characters to take back from its end, as backspaces, and others to add. */
export function edit(before: string, after: string): string {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  return '\b'.repeat(before.length - same) + after.slice(same);
}
