/** The registers of a machine's virtio device: negotiation, set-up, reset. [virtio 1.2 "Device Initialization"] */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Board } from '../test/board.ts';
import { EVENT_INDEX, GuestDevice, GuestQueue, VERSION_1 } from '../test/guest-device.ts';
import { machine, network, screen, TestHandset } from '../test/handset.ts';

let board: Board;
let device: GuestDevice;

beforeAll(async () => {
  board = await Board.load();
});

beforeEach(() => {
  new TestHandset(board, { machines: [machine('one', [network])], hasNetwork: true });
  device = new GuestDevice(board, 0, 0);
});

describe('a device', () => {
  it('says what it is', () => {
    expect([0, 4, 8, 0xc].map((register) => device.read(register))).toEqual([0x7472_6976, 2, 1, 0x424d_4854]);
    expect(device.status).toBe(0);
  });

  it('has no shared memory region', () => {
    expect([device.read(0xb0), device.read(0xb4)]).toEqual([0xffff_ffff, 0xffff_ffff]);
  });

  it('shows both halves of its features, and nothing beyond', () => {
    const features = [0, 1, 2, 0xffff_ffff].map((half) => {
      device.write(0x14, half);
      return device.read(0x10);
    });
    expect(features).toEqual([0x3001_0020, 1, 0, 0]);
  });

  it.each([
    ['what it has', VERSION_1 | EVENT_INDEX, true],
    ['less than VERSION_1', EVENT_INDEX, false],
    ['what it has not', VERSION_1 | 1n, false],
    ['what nobody has', VERSION_1 | (1n << 63n), false],
  ])('answers a driver that wants %s', (_what, features, agrees) => {
    expect(device.negotiate(features)).toBe(agrees);
  });

  it('keeps the features on which both agreed', () => {
    device.negotiate(VERSION_1);
    device.write(0x24, 0);
    device.write(0x20, 0xffff_ffff);
    device.write(0x70, 15);
    expect(device.status).toBe(15);
  });

  it('does not work for a driver that never agreed on features', () => {
    device.write(0x70, 3);
    const queue = new GuestQueue(device.ram, 0x1_0000, 16);
    device.setQueue(1, queue);
    device.write(0x70, 7);
    queue.add([{ at: 0, bytes: 64, isForDevice: false }]);
    device.notify(1);
    expect(queue.take()).toEqual([]);
  });

  it('has two queues, and shows none beyond', () => {
    const sizes = [0, 1, 2, 3, 4, 0xffff_ffff].map((index) => {
      device.write(0x30, index);
      return device.read(0x34);
    });
    expect(sizes).toEqual([128, 128, 0, 0, 0, 0]);
  });

  it('takes the parts of a queue in any order, and ignores those of queues that it has not', () => {
    device.negotiate(VERSION_1);
    const queue = new GuestQueue(device.ram, 0x1_0000, 16);
    device.write(0x30, 1);
    device.write(0xa4, 0);
    device.write(0xa0, 0x4000_0000 + queue.used);
    device.write(0x94, 0);
    device.write(0x30, 7);
    device.write(0x38, 4);
    device.write(0x80, 0xffff_ffff);
    device.write(0x44, 1);
    expect(device.read(0x44)).toBe(0);
    device.write(0x30, 1);
    device.write(0x90, 0x4000_0000 + queue.available);
    device.write(0x84, 0);
    device.write(0x80, 0x4000_0000 + queue.descriptors);
    device.write(0x38, 16);
    device.write(0x44, 1);
    expect(device.read(0x44)).toBe(1);
    device.write(0x70, 15);
    queue.add([{ at: 0, bytes: 64, isForDevice: false }]);
    device.notify(1);
    expect(queue.take().length).toBe(1);
  });

  it('does not move a queue that is ready', () => {
    const queues = device.start(2);
    device.write(0x30, 1);
    device.write(0x80, 0x4000_0000);
    device.write(0x38, 2);
    device.write(0x44, 1);
    queues[1]!.add([{ at: 0, bytes: 64, isForDevice: false }]);
    device.notify(1);
    expect(queues[1]!.take().length).toBe(1);
  });

  it('serves what was notified before it was to work, once it is', () => {
    device.negotiate(VERSION_1);
    const queue = new GuestQueue(device.ram, 0x1_0000, 16);
    device.setQueue(1, queue);
    queue.add([{ at: 0, bytes: 64, isForDevice: false }]);
    device.notify(1);
    expect(queue.take()).toEqual([]);
    device.write(0x70, 15);
    expect(queue.take().length).toBe(1);
  });

  it('forgets everything at a reset', () => {
    device.start(2);
    device.write(0x70, 0);
    device.write(0x30, 1);
    expect([0x70, 0x60, 0x44].map((register) => device.read(register))).toEqual([0, 0, 0]);
    const queue = new GuestQueue(device.ram, 0x1_0000, 16);
    queue.offer(0);
    device.notify(1);
    expect(queue.take()).toEqual([]);
  });

  it('that is not there keeps nobody who writes to it', () => {
    const none = new GuestDevice(board, 0, 5);
    for (const register of [0x14, 0x20, 0x30, 0x38, 0x44, 0x70, 0x80, 0x100]) expect(none.write(register, 0xffff_ffff)).toBe(true);
    expect([none.read(0), none.read(8), none.status & 8]).toEqual([0, 0, 0]);
    none.notify(0);
  });

  it('lets the vCPU that wrote go on each time', () => {
    board.forget();
    device.write(0x70, 1);
    device.write(0x1ec, 5);
    device.write(0x00, 5);
    expect(board.released).toEqual(['0.0', '0.0', '0.0']);
    expect(device.read(0)).toBe(0x7472_6976);
  });
});

it('goes on after a crash of ours with what was selected, agreed and set up', () => {
  const queues = device.start(2, 16, VERSION_1 | EVENT_INDEX);
  device.write(0x30, 1);
  queues[1]!.add([{ at: 0, bytes: 64, isForDevice: false }]);
  board.restart();
  expect(queues[1]!.take().length).toBe(1);
  expect([device.status, device.read(0x44), device.read(0x34)]).toEqual([15, 1, 128]);
  device.write(0x44, 0);
  expect(device.read(0x44)).toBe(0);
});

describe('of a machine that shares a part of its RAM', () => {
  const ACCESS_PLATFORM = 1n << 33n;
  const MIB = 2 ** 20;
  const shared = { ipa: 0x4000_0000 + MIB, mib: 1 };
  beforeEach(() => {
    new TestHandset(board, { machines: [machine('one', [network], { shared })], hasNetwork: true });
    device = new GuestDevice(board, 0, 0);
  });

  it('a device works with a driver that knows of that alone', () => {
    device.write(0x14, 1);
    expect(device.read(0x10)).toBe(3);
    expect([VERSION_1, VERSION_1 | ACCESS_PLATFORM].map((features) => device.negotiate(features))).toEqual([false, true]);
  });

  it.each([
    ['a queue', MIB - 0x4000, MIB + 0x1000, false], ['a piece of a request', MIB + 0x4000, MIB - 1, false], ['all', MIB + 0x4000, MIB + 0x1000, true],
  ])('%s in that part or not decides whether it works', (_what, place, piece, works) => {
    device.negotiate(VERSION_1 | ACCESS_PLATFORM);
    const queue = new GuestQueue(device.ram, place, 16);
    device.setQueue(1, queue);
    device.write(0x70, 15);
    queue.add([{ at: piece, bytes: 64, isForDevice: false }]);
    device.notify(1);
    expect([queue.take().length, (device.status & 0x40) === 0]).toEqual(works ? [1, true] : [0, false]);
  });
});

it('a screen and its touch screen are not there without a panel', () => {
  new TestHandset(board, { machines: [machine('one', screen)] });
  expect([0, 1, 2].map((slot) => new GuestDevice(board, 0, slot).read(8))).toEqual([0, 0, 0]);
  expect(board.started).toEqual([0]);
});
