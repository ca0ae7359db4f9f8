/** Several fingers: which machine feels them, and what it hears of each. */
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Board } from '../test/board.ts';
import { GuestDevice, type GuestQueue } from '../test/guest-device.ts';
import { machine, screen, TestHandset } from '../test/handset.ts';

const [WIDTH, HEIGHT] = [720, 1440];
const [SYN, KEY, ABS] = [0, 1, 3];
const [ABS_X, ABS_Y, SLOT, MT_X, MT_Y, ID] = [0, 1, 0x2f, 0x35, 0x36, 0x39];
const BTN_TOUCH = 0x14a;
const GONE = 0xffff_ffff;
const F11 = 87;
/** Of the touch screen's axes: ten steps a pixel across, five down. */
const AXIS_MAX = 7199;

let board: Board;
let handset: TestHandset;
let touch: { device: GuestDevice; queue: GuestQueue }[];

beforeAll(async () => {
  board = await Board.load();
});

beforeEach(() => {
  handset = new TestHandset(board, { machines: ['one', 'two'].map((name) => machine(name, screen)), panel: [WIDTH, HEIGHT], fingersMax: AXIS_MAX });
  touch = [0, 1].map((index) => {
    const device = new GuestDevice(board, index, 1);
    const [queue] = device.start(2, 64) as [GuestQueue];
    for (let i = 0; i < 64; i += 1) queue.add([{ at: 0x5000 + i * 8, bytes: 8, isForDevice: true }]);
    device.notify(0);
    return { device, queue };
  });
});

type Event = [type: number, code: number, value: number];

/** What machine `index` has felt since the last call. */
function felt(index: number): Event[] {
  const { device, queue } = touch[index]!;
  const view = new DataView(device.ram.buffer);
  return queue.take().map(({ head }): Event => {
    queue.offer(head);
    return [view.getUint16(0x5000 + head * 8, true), view.getUint16(0x5002 + head * 8, true), view.getUint32(0x5004 + head * 8, true)];
  });
}

const place = (slot: number, x: number, y: number): Event[] => [[ABS, SLOT, slot], [ABS, MT_X, x * 10], [ABS, MT_Y, y * 5]];
const down = (slot: number, id: number, x: number, y: number): Event[] => [[ABS, SLOT, slot], [ABS, ID, id], ...place(slot, x, y).slice(1)];
const up = (slot: number): Event[] => [[ABS, SLOT, slot], [ABS, ID, GONE]];
const feel = (...events: Event[]): void => handset.tablet.feel(...events, [SYN, 0, 0]);
const alone = (): void => handset.keyboard.feel([KEY, F11, 1], [SYN, 0, 0]);
/** What is told of the one that decides. */
const pointer = (x: number, y: number, isDown: boolean): Event[] => [[ABS, ABS_X, x], [ABS, ABS_Y, y], [KEY, BTN_TOUCH, isDown ? 1 : 0], [SYN, 0, 0]];

describe('several fingers', () => {
  it('are each told of to the machine that has the panel, with a number for as long as they are down', () => {
    alone();
    feel(...down(0, 70, 100, 200), ...down(1, 71, 300, 400));
    expect(felt(0)).toEqual([
      [ABS, SLOT, 0], [ABS, ID, 1], [ABS, MT_X, 100], [ABS, MT_Y, 200], [ABS, SLOT, 1], [ABS, ID, 2], [ABS, MT_X, 300], [ABS, MT_Y, 400], ...pointer(100, 200, true),
    ]);
    feel(...place(1, 310, 410));
    expect(felt(0)).toEqual([[ABS, SLOT, 1], [ABS, MT_X, 310], [ABS, MT_Y, 410], ...pointer(100, 200, true)]);
    feel(...up(0));
    expect(felt(0)).toEqual([[ABS, SLOT, 0], [ABS, ID, GONE], ...pointer(310, 410, true)]);
    feel(...up(1));
    expect(felt(0)).toEqual([[ABS, SLOT, 1], [ABS, ID, GONE], ...pointer(310, 410, false)]);
    feel(...down(0, 72, 50, 60));
    expect(felt(0).slice(0, 2)).toEqual([[ABS, SLOT, 0], [ABS, ID, 3]]);
    expect(felt(1)).toEqual([]);
  });

  it('in the overview belong to the machine that the first one touches, at the edge of its screen if they are elsewhere', () => {
    feel(...down(0, 1, 360 + 30, 64 + 50));
    felt(1);
    feel(...down(1, 2, 20, 64 + 100));
    expect(felt(1).slice(0, 4)).toEqual([[ABS, SLOT, 1], [ABS, ID, 2], [ABS, MT_X, 0], [ABS, MT_Y, 200]]);
    expect(felt(0)).toEqual([]);
  });

  it('do nothing more once the first one has begun a gesture, until all are gone', () => {
    alone();
    feel(...down(0, 1, 5, 700));
    feel(...down(1, 2, 300, 700));
    feel(...place(0, 200, 700));
    expect(board.program.functions.focus()).toBe(1);
    feel(...up(0));
    feel(...place(1, 310, 700));
    feel(...up(1));
    expect([felt(0), felt(1)]).toEqual([[], []]);
    feel(...down(0, 3, 300, 700));
    expect(felt(1).length).toBe(8);
  });

  it('beyond those that there is room for are nobody\'s', () => {
    alone();
    feel(...down(10, 1, 300, 700), ...down(0xffff_ffff, 2, 300, 700));
    expect(felt(0)).toEqual([]);
  });

  it('may be anything', () => {
    const value = fc.oneof(fc.nat(AXIS_MAX), fc.constantFrom(GONE, 0, 1, 9, 10), fc.integer({ min: 0, max: GONE }));
    const event = fc.oneof(fc.tuple(fc.constant(ABS), fc.constantFrom(SLOT, ID, MT_X, MT_Y, ABS_X), value), fc.constant<Event>([SYN, 0, 0]));
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 80 }), (events) => {
        for (const one of events) {
          handset.tablet.feel(one);
          for (const [type, code, at] of [...felt(0), ...felt(1)]) {
            if (type === ABS && (code === MT_X || code === ABS_X)) expect(at).toBeLessThan(WIDTH);
            if (type === ABS && (code === MT_Y || code === ABS_Y)) expect(at).toBeLessThan(HEIGHT);
          }
        }
      }),
      { numRuns: 40, seed: 9 },
    );
  });
});

it('a machine is told that there may be several', () => {
  const { device } = touch[0]!;
  const ask = (what: number, which: number): number[] => {
    device.write(0x100, what);
    device.write(0x101, which);
    return Array.from({ length: (device.read(0x100) >>> 16) & 0xff }, (_, index) => (device.read(0x108 + (index & ~3)) >>> ((index & 3) * 8)) & 0xff);
  };
  expect(ask(0x11, ABS)).toEqual([3, 0, 0, 0, 0, 0x80, 0x60, 0x02]);
  const max = (code: number): number => ask(0x12, code).slice(4, 8).reduceRight((sum, byte) => sum * 256 + byte, 0);
  expect([SLOT, MT_X, MT_Y, ID].map(max)).toEqual([9, WIDTH - 1, HEIGHT - 1, 0xffff]);
});
