/** The board's clock: which machines see it, and what is said where they cannot. */
import { afterEach, beforeAll, expect, it } from 'vitest';
import { Board, CLOCK } from '../test/board.ts';
import { machine, network, TestHandset } from '../test/handset.ts';

/** Where each machine sees it, to be read only. */
const AT = (0x1000_0000 | 1).toString(16);

let board: Board;

beforeAll(async () => {
  board = await Board.load();
});
afterEach(() => {
  board.clockId = 0x31;
  board.lends = true;
});

const begin = (hasClock: boolean): void => {
  new TestHandset(board, { machines: [machine('one', [network]), machine('alone', []), machine('two', [network])], hasNetwork: true, hasClock });
};

it('each machine with devices may read the clock, and no other machine', () => {
  begin(true);
  expect(board.granted).toEqual([0, 2].map((index) => `${String(index)} ${AT} ${CLOCK.toString(16)}`));
  expect(board.said).toBe('ready\r\n');
});

it('nothing is shown where there is none, or something else', () => {
  begin(false);
  expect([board.granted, board.said]).toEqual([[], 'ready\r\n']);
  board.clockId = 0x30;
  begin(true);
  expect([board.granted, board.said]).toEqual([[], `no device of type 256 answers at=${CLOCK.toString(16)}\r\nready\r\n`]);
});

it('a hypervisor that shows it to nobody is named, and the machines start', () => {
  board.lends = false;
  begin(true);
  expect(board.said).toBe('one: clock: not there\r\ntwo: clock: not there\r\nready\r\n');
  expect(board.started).toEqual([0, 2]);
});
