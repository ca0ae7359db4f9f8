/** How often the meters look, and what they show. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Board } from '../test/board.ts';
import { machine, screen, TestHandset } from '../test/handset.ts';

const SECOND = 1000n;
/** With the few ticks that a look takes. */
const NEARLY_ONE = 1.01;
const [KEY, SYN] = [1, 0];
const F11 = 87;
const [WIDTH, BAR] = [720, 64];
const METER_Y = BAR - 8 - 6;
const [FULL, EMPTY] = [0x4c_c27a, 0x30_3c48];

let board: Board;
let handset: TestHandset;

beforeAll(async () => {
  board = await Board.load();
});

beforeEach(() => {
  handset = new TestHandset(board, { machines: ['one', 'two'].map((name) => machine(name, screen)), panel: [WIDTH, 1440] });
  while (looks(100) > 0);
});

/** How often they look in so many seconds. */
const looks = (seconds: number): number => board.elapse(seconds)[0]!;
const press = (code: number): void => handset.keyboard.feel([KEY, code, 1], [SYN, 0, 0]);
const run = (index: number, ticks: bigint): void => {
  board.ticks.set(index, (board.ticks.get(index) ?? 0n) + ticks);
};

describe('the meters', () => {
  it('look ever more rarely while nothing happens, and at last not at all', () => {
    press(30);
    expect([1, 1, 2, 4, 8, 16, 32, 1000].map((seconds) => looks(seconds))).toEqual([1, 0, 1, 1, 1, 1, 1, 0]);
  });

  it('look each second while a machine does something', () => {
    press(30);
    for (let second = 0; second < 5; second += 1) {
      run(1, SECOND / 2n);
      expect(looks(NEARLY_ONE)).toBe(1);
    }
    // The meter is 344 pixels long, from 368 on.
    expect([handset.panel.pixel(368 + 160, METER_Y), handset.panel.pixel(368 + 184, METER_Y), handset.panel.pixel(8, METER_Y)]).toEqual([FULL, EMPTY, EMPTY]);
  });

  it('see a machine that begins to compute by itself at the next look, and then each second', () => {
    press(30);
    looks(8);
    for (let second = 0; second < 8; second += 1) run(0, SECOND);
    expect(looks(7.5)).toBe(1);
    run(0, SECOND);
    expect(looks(1)).toBe(1);
    expect(handset.panel.pixel(8 + 330, METER_Y)).toBe(FULL);
  });

  it('are drawn only where they say something else', () => {
    press(30);
    const before = handset.panel.commands;
    looks(10);
    expect(handset.panel.commands).toBe(before);
  });

  it('do not look while one machine has the panel', () => {
    press(F11);
    looks(100);
    press(30);
    expect(looks(100)).toBe(0);
    press(F11);
    expect(looks(2)).toBe(1);
  });
});
