/** What the settings say is lent is lent before a machine starts, and again when the device machine begins anew. */
import { beforeAll, expect, it } from 'vitest';
import { type Lending, LendingKind } from '../../tool/src/devices/lending.ts';
import { Board } from '../test/board.ts';
import { block, machine, TestHandset } from '../test/handset.ts';

const PAGE = 0x1000;
const BLOCK = 0x20_0000;
const PAGES = 0x1001_0000;
const WINDOWS = 0x1020_0000;
const OURS = 0x4200_0000;
const PEER = 0xf8;

let board: Board;
beforeAll(async () => {
  board = await Board.load();
});

const lendings: readonly Lending[] = [
  { kind: LendingKind.Grant, machine: 0, operands: [WINDOWS, OURS, 2] },
  { kind: LendingKind.Doorbell, machine: 0, operands: [3, 0x8000_0105, 0] },
  { kind: LendingKind.Grant, machine: 1, operands: [WINDOWS, OURS, 2] },
  { kind: LendingKind.Doorbell, machine: 1, operands: [5, 0x8000_0003, 0] },
  { kind: LendingKind.Grant, machine: 1, operands: [PAGES, 0x0a00_3000, 2] },
  { kind: LendingKind.Interrupt, machine: 1, operands: [39, 33, 0] },
];
const hex = (...numbers: readonly number[]): string => numbers.map((number) => number.toString(16)).join(' ');
const ofFirst = [`0 ${hex(WINDOWS, OURS)}`, `0 ${hex(WINDOWS + BLOCK, OURS + BLOCK)}`];
const ofSecond = [...ofFirst.map((line) => line.replace('0 ', '1 ')), `1 ${hex(PAGES, 0x0a00_3000)}`, `1 ${hex(PAGES + PAGE, 0x0a00_4000)}`];

const setting = { machines: [machine('one', [block(0)]), machine('two', [], { isStarted: true })], volumes: ['v'], disk: Buffer.alloc(1 << 20), lendings };

const begin = (): TestHandset => new TestHandset(board, setting);

it('windows, doorbells and devices are there before a machine starts', () => {
  const handset = begin();
  board.granted.length = 0;
  board.passed.length = 0;
  board.setPageWord(1, 5 * 0x200 + PEER, 0);
  handset.startMachine(1);
  expect(board.running.has(1)).toBe(true);
  expect([board.granted, board.passed]).toEqual([ofSecond, ['1 33 39']]);
  expect([board.pageWord(0, 3 * 0x200 + PEER) >>> 0, board.pageWord(1, 5 * 0x200 + PEER) >>> 0]).toEqual([0x8000_0105, 0x8000_0003]);
});

it('all of them are lent at the beginning, whether a machine runs or not', () => {
  board.granted.length = 0;
  board.passed.length = 0;
  begin();
  expect(new Set(board.granted)).toEqual(new Set([...ofFirst, ...ofSecond]));
  expect(board.passed).toContain('1 33 39');
});

it('what cannot be lent is said, and the rest is lent', () => {
  board.lends = false;
  board.granted.length = 0;
  board.passed.length = 0;
  board.said = '';
  begin();
  board.lends = true;
  expect(board.said).toContain('one: it cannot be lent what is at=42000000');
  expect(board.passed).toContain('1 33 39');
});
