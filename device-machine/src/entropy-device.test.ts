/** Entropy devices: who gets which random numbers, and what a driver may do wrong. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Board } from '../test/board.ts';
import { GuestDevice, type GuestQueue, NEEDS_RESET } from '../test/guest-device.ts';
import { entropy, machine, network, TestHandset } from '../test/handset.ts';

const DATA = 0x4000;
const STORE_BYTES = 1024;
/** Of one request. */
const CHAIN_BYTES = 64;

let board: Board;
let handset: TestHandset;
let devices: GuestDevice[];
let queues: GuestQueue[];

beforeAll(async () => {
  board = await Board.load();
});

beforeEach(() => {
  handset = new TestHandset(board, { machines: ['one', 'two'].map((name) => machine(name, [entropy])), hasEntropy: true });
  devices = [0, 1].map((index) => new GuestDevice(board, index, 0));
  queues = devices.map((device) => device.start(1, 64)[0]!);
});

/** Asks for so many bytes at a time; what came. */
function ask(index: number, ...sizes: number[]): number[][] {
  const { ram } = devices[index]!;
  sizes.forEach((bytes, at) => queues[index]!.add([{ at: DATA + at * 0x100, bytes, isForDevice: true }]));
  devices[index]!.notify(0);
  return queues[index]!.take().map(({ bytes }, at) => [...ram.subarray(DATA + at * 0x100, DATA + at * 0x100 + bytes)]);
}

describe('an entropy device', () => {
  it('gives each random number once, whoever asks', () => {
    expect(devices[0]!.read(0x008)).toBe(4);
    const given = [ask(0, 3), ask(1, 2, 4), ask(0, 1)].flat();
    expect(given).toEqual([[0, 1, 2], [3, 4], [5, 6, 7, 8], [9]]);
  });

  it('fills a request as far as is good for all', () => {
    expect(ask(0, 200).map((one) => one.length)).toEqual([CHAIN_BYTES]);
    queues[0]!.add([0, 1, 2].map((piece) => ({ at: DATA + piece * 0x100, bytes: 30, isForDevice: true })));
    devices[0]!.notify(0);
    expect(queues[0]!.take().map(({ bytes }) => bytes)).toEqual([CHAIN_BYTES]);
  });

  it('keeps nothing of what it gave', () => {
    handset.entropy.isSlow = true;
    ask(0, 64, 64);
    const own = Buffer.from(board.at(0x4010_0000n, 0x10_0000));
    const has = (first: number): boolean => own.includes(Buffer.from(Array.from({ length: 64 }, (_, index) => first + index)));
    // What comes next is there.
    expect([has(0), has(64), has(128)]).toEqual([false, false, true]);
  });

  it('lets those who ask wait for the source, and then serves all of them', () => {
    handset.entropy.isSlow = true;
    for (let left = STORE_BYTES; left > 0; left -= CHAIN_BYTES) ask(0, CHAIN_BYTES);
    expect([ask(0, 8, 8), ask(1, 8)]).toEqual([[], []]);
    board.forget();
    handset.entropy.carryOut(handset.entropy.waiting.shift()!);
    board.run();
    expect(queues.map((queue) => queue.take().length)).toEqual([2, 1]);
    expect([...board.interrupted].sort()).toEqual(['0.0', '1.0']);
  });

  it('gives a machine that asks and asks no more than its turn', () => {
    handset.entropy.isSlow = true;
    for (let left = STORE_BYTES; left > 0; left -= CHAIN_BYTES) ask(0, CHAIN_BYTES);
    const [greedy, modest] = queues as [GuestQueue, GuestQueue];
    let served = 0;
    modest.add([{ at: DATA, bytes: 8, isForDevice: true }]);
    devices[1]!.notify(0);
    for (let round = 0; round < 2 && served === 0; round += 1) {
      for (let i = 0; i < 40; i += 1) greedy.add([{ at: DATA, bytes: CHAIN_BYTES, isForDevice: true }]);
      devices[0]!.notify(0);
      handset.entropy.carryOut(handset.entropy.waiting.shift()!);
      board.run();
      greedy.take();
      served = modest.take().length;
    }
    expect(served).toBe(1);
  });

  it('asks a source that gives nothing no more', () => {
    handset.entropy.bytesMax = 0;
    for (let left = STORE_BYTES; left > 0; left -= CHAIN_BYTES) ask(0, CHAIN_BYTES);
    const { asked } = handset.entropy;
    expect([ask(0, 8), handset.entropy.asked]).toEqual([[], asked]);
  });

  it('goes on after a crash of ours', () => {
    queues[0]!.add([{ at: DATA, bytes: 8, isForDevice: true }]);
    board.restart();
    expect(queues[0]!.take().length).toBe(1);
    expect(ask(1, 4).length).toBe(1);
  });

  it('breaks at a request that it is to read, is named, and works again after a reset', () => {
    queues[0]!.add([{ at: DATA, bytes: 8, isForDevice: true }, { at: DATA, bytes: 8, isForDevice: false }]);
    devices[0]!.notify(0);
    expect(devices[0]!.status & NEEDS_RESET).toBe(NEEDS_RESET);
    expect(board.said).toContain('one: virtio device 0: a request whose pieces are not those of its kind\r\n');
    expect(ask(1, 4).length).toBe(1);
    queues[0] = devices[0]!.start(1)[0]!;
    expect(ask(0, 4).length).toBe(1);
  });

  it('is not there on a board without a source', () => {
    new TestHandset(board, { machines: [machine('one', [network, entropy])] });
    expect(new GuestDevice(board, 0, 1).read(0x008)).toBe(0);
  });
});
