/** Simple screens: what of them is on the panel, and how often they are looked at for that. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Board, RAM } from '../test/board.ts';
import { machine, screen, simple, TestHandset } from '../test/handset.ts';

const [WIDTH, HEIGHT] = [320, 480];
const BAR = 64;
const RAM_BYTES = 2 * 2 ** 20;
const PICTURE = RAM_BYTES - WIDTH * HEIGHT * 4;
const [KEY, SYN] = [1, 0];
const [F11, F12] = [87, 88];
const SECOND = 1000n;

let board: Board;
let handset: TestHandset;

beforeAll(async () => {
  board = await Board.load();
});

const framebuffer = { ipa: Number(RAM) + PICTURE, width: WIDTH, height: HEIGHT };

/** Two machines with a simple screen, of which the first has the panel, and one with a GPU. */
beforeEach(() => {
  const simpleOne = (name: string) => machine(name, simple, { framebuffer });
  handset = new TestHandset(board, { machines: [simpleOne('one'), simpleOne('two'), machine('gpu', screen)], panel: [WIDTH, HEIGHT] });
  press(F11);
});

const press = (code: number): void => handset.keyboard.feel([KEY, code, 1], [SYN, 0, 0]);

/** The machine runs, and draws a rectangle. */
function draw(index: number, x: number, y: number, across: number, down: number, colour: number): void {
  const view = new DataView(board.rams.get(index)!.buffer);
  for (let row = y; row < y + down; row += 1) for (let column = x; column < x + across; column += 1) view.setUint32(PICTURE + (row * WIDTH + column) * 4, colour, true);
  run(index);
}

function run(index: number): void {
  board.ticks.set(index, (board.ticks.get(index) ?? 0n) + SECOND / 100n);
}

const looks = (seconds: number): number => board.elapse(seconds)[1]!;

describe('a simple screen', () => {
  it('is black when its machine starts, whatever was there', () => {
    new DataView(board.rams.get(0)!.buffer).setUint32(PICTURE, 0xffffff, true);
    handset.startMachine(0);
    board.elapse(1);
    expect([handset.panel.pixel(0, 0), board.rams.get(0)![PICTURE]]).toEqual([0, 0]);
  });

  it('is on the panel soon after something was drawn, to its last pixel', () => {
    draw(0, 0, 0, WIDTH, HEIGHT, 0x12_3456);
    draw(0, WIDTH - 1, HEIGHT - 1, 1, 1, 0xab_cdef);
    board.elapse(1.1);
    expect([handset.panel.pixel(0, 0), handset.panel.pixel(WIDTH - 1, HEIGHT - 2), handset.panel.pixel(WIDTH - 1, HEIGHT - 1)]).toEqual([0x12_3456, 0x12_3456, 0xab_cdef]);
  });

  it('of another machine is not, until that has the panel', () => {
    draw(1, 0, 0, WIDTH, HEIGHT, 0xff);
    board.elapse(2);
    expect(handset.panel.pixel(9, 9)).toBe(0);
    press(F12);
    expect(handset.panel.pixel(9, 9)).toBe(0xff);
    press(F12);
    board.elapse(2);
    expect(handset.panel.pixel(9, 9)).not.toBe(0xff);
  });

  it('that was changed and changed back while it was not looked at is as it is', () => {
    draw(0, 0, 0, 8, 8, 0xff);
    board.elapse(2);
    press(F12);
    draw(0, 0, 0, 8, 8, 0xff00);
    press(F12);
    press(F12);
    expect(handset.panel.pixel(0, 0)).toBe(0xff00);
    draw(0, 0, 0, 8, 8, 0xff);
    board.elapse(2);
    expect(handset.panel.pixel(0, 0)).toBe(0xff);
  });

  it('is smaller among the others, each under its bar', () => {
    draw(0, 0, 0, WIDTH, HEIGHT, 0xff_0000);
    press(F11);
    draw(1, 0, 0, WIDTH, HEIGHT, 0x00_ff00);
    board.elapse(2);
    const tile = Math.floor(WIDTH / 3);
    const at = (place: number): number => handset.panel.pixel(place * tile + 4, BAR + 4);
    expect([at(0), at(1)]).toEqual([0xff_0000, 0x00_ff00]);
  });

  it('is drawn where it has changed, and nowhere else', () => {
    board.elapse(5);
    handset.panel.sent.length = 0;
    draw(0, 16, 100, 8, 3, 0xff);
    board.elapse(1);
    expect(handset.panel.sent).toEqual([[0, 100, WIDTH, 3]]);
    draw(0, 0, 0, 1, 1, 0xff);
    draw(0, 0, HEIGHT - 1, 1, 1, 0xff);
    board.elapse(1);
    expect(handset.panel.sent.at(-1)).toEqual([0, 0, WIDTH, HEIGHT]);
  });
});

describe('it is looked at', () => {
  it('20 times a second while it changes, and ever more rarely while it does not', () => {
    board.elapse(10);
    for (let i = 0; i < 40; i += 1) {
      draw(0, 0, 0, 1, 1, i);
      board.elapse(0.05);
    }
    draw(0, 0, 0, 1, 1, 99);
    expect(looks(0.1)).toBeGreaterThanOrEqual(1);
    const counts = [0, 1, 2, 3].map(() => {
      run(0);
      return looks(1);
    });
    expect(counts[0]).toBeGreaterThan(2);
    expect(counts.slice(2)).toEqual([1, 1]);
  });

  it('at once a second, and not read, while its machine does nothing', () => {
    board.elapse(10);
    board.digests = 0;
    expect([looks(100) <= 100, board.digests]).toEqual([true, 0]);
  });

  it('early when something happens that it may be an answer to', () => {
    board.elapse(10);
    press(30);
    expect(looks(0.06)).toBe(1);
  });

  it('not at all while it is not on the panel', () => {
    press(F12);
    press(F12);
    board.elapse(10);
    expect(looks(100)).toBe(0);
    press(F12);
    expect(looks(0.06)).toBe(1);
  });
});

it('is shown again after a crash of ours', () => {
  draw(0, 0, 0, WIDTH, HEIGHT, 0x12_3456);
  board.elapse(1);
  handset.panel.backing.length = 0;
  board.restart();
  expect([handset.panel.pixel(0, 0), handset.panel.pixel(WIDTH - 1, HEIGHT - 1)]).toEqual([0x12_3456, 0x12_3456]);
});

it.each([
  ['that is not in what is shared', { framebuffer: { ...framebuffer, ipa: Number(RAM) + PICTURE + 4096 } }],
  ['before all RAM', { framebuffer: { ...framebuffer, ipa: Number(RAM) - 4096 } }],
  ['outside of the part that is shared', { framebuffer, shared: { ipa: Number(RAM), mib: 1 } }],
])('a picture %s is not there, and its machine starts', (_what, more) => {
  new TestHandset(board, { machines: [machine('one', simple, more)], panel: [WIDTH, HEIGHT] });
  expect(board.said).toBe('one: simple screen: not there\r\nready\r\n');
  expect(board.started).toEqual([0]);
});

it('there is none without a panel', () => {
  new TestHandset(board, { machines: [machine('one', simple, { framebuffer })] });
  expect(board.said).toContain('one: simple screen: not there');
});
