/** Orders about the panel, typed on the device machine's console, and what is said of it there. */
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Board } from '../test/board.ts';
import { machine, screen, TestHandset } from '../test/handset.ts';

const DC1 = 0x11;
const [SYN, KEY, ABS] = [0, 1, 3];
const BTN_LEFT = 0x110;
const [F11, F12] = [87, 88];

let board: Board;
let handset: TestHandset;

beforeAll(async () => {
  board = await Board.load();
});
/** The second machine has no screen. */
beforeEach(() => {
  const machines = [machine('one', screen), machine('mute', []), machine('two', screen)];
  handset = new TestHandset(board, { machines, panel: [720, 1440] });
  board.said = '';
});

const order = (letter: string): void => board.type(DC1, letter.charCodeAt(0));
const press = (code: number): void => handset.keyboard.feel([KEY, code, 1], [SYN, 0, 0], [KEY, code, 0], [SYN, 0, 0]);
/** What was said since the last time. */
function said(): string[] {
  const lines = board.said.split('\r\n').slice(0, -1);
  board.said = '';
  return lines;
}

describe('an order', () => {
  it('shows a machine in full, and all side by side', () => {
    order('C');
    expect(said()).toEqual(['panel shows two']);
    expect([board.program.functions.focus(), board.program.functions.isOverview()]).toEqual([1, false]);
    order('@');
    expect(said()).toEqual(['panel shows all, input to two']);
    order('A');
    expect(said()).toEqual(['panel shows one']);
  });

  it('gives a machine the input, in full only if one is', () => {
    order('c');
    expect(said()).toEqual(['panel shows all, input to two']);
    order('C');
    order('a');
    expect(said()).toEqual(['panel shows two', 'panel shows one']);
  });

  it('that changes nothing is answered all the same', () => {
    for (const letter of ['a', 'B', 'b', 'Z', '!']) order(letter);
    expect(said()).toEqual(Array.from({ length: 5 }, () => 'panel shows all, input to one'));
  });

  it('may come in pieces; what is typed without DC1 is none', () => {
    board.type(...Buffer.from('CAc@'), DC1);
    expect(said()).toEqual([]);
    board.type('C'.charCodeAt(0), 'A'.charCodeAt(0));
    expect(said()).toEqual(['panel shows two']);
  });

  it('may be anything', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(DC1), fc.nat(255)), { maxLength: 40 }), (bytes) => {
        board.type(...bytes);
        expect(board.program.functions.focus()).toBeLessThan(2);
      }),
      { numRuns: 50, seed: 9 },
    );
  });
});

describe('what is in front', () => {
  it('is said when a key or a finger has changed it, and only then', () => {
    press(30);
    expect(said()).toEqual([]);
    press(F12);
    press(F11);
    expect(said()).toEqual(['panel shows all, input to two', 'panel shows two']);
    press(F11);
    said();
    handset.tablet.feel([ABS, 0, 0x1000], [ABS, 1, 0x4000], [KEY, BTN_LEFT, 1], [SYN, 0, 0]);
    expect(said()).toEqual(['panel shows all, input to one']);
  });

  it('is said at the start, also after a crash of ours', () => {
    board.restart();
    expect(said()).toContain('panel shows all, input to one');
  });
});

it('without a screen nothing is said, and nothing typed is taken', () => {
  handset = new TestHandset(board, { machines: [machine('mute', [])] });
  expect(said()).not.toContain('panel shows all, input to mute');
  order('A');
  expect([said(), board.typed]).toEqual([[], [DC1, 0x41]]);
});
