/** Block devices, as a machine's driver and the physical disk see them. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Board, Stray } from '../test/board.ts';
import { diskContent, SECTOR, MIB, volumeOffset } from '../test/disk-content.ts';
import { EVENT_INDEX, GuestDevice, type GuestPiece, type GuestQueue, NEEDS_RESET, VERSION_1 } from '../test/guest-device.ts';
import { block, machine, network, TestHandset } from '../test/handset.ts';

const READ = 0;
const WRITE = 1;
const FLUSH = 4;
const GET_ID = 8;
const DISCARD = 11;
const WRITE_ZEROES = 13;
const OK = 0;
const ERROR = 1;
const UNSUPPORTED = 2;
const UNTOUCHED = 0xee;
const FEATURE_FLUSH = 0x200n;

const HEADER = 0x2000;
const STATUS = 0x2100;
const DATA = 0x4000;
const RAM_BYTES = 2 * MIB;
const VOLUME_SECTORS = MIB / SECTOR;

let board: Board;
let pristine: Buffer;
let handset: TestHandset;
let device: GuestDevice;
let queue: GuestQueue;

beforeAll(async () => {
  board = await Board.load();
  pristine = await diskContent('personal', 'work');
});

beforeEach(() => {
  handset = new TestHandset(board, {
    machines: [machine('personal', [block(0)]), machine('work', [block(1), block(0, true)])],
    volumes: ['personal', 'work'],
    disk: Buffer.from(pristine),
  });
  device = new GuestDevice(board, 1, 0);
  queue = device.start(1)[0]!;
});

function header(type: number, sector: number, at = HEADER, of = device): GuestPiece {
  const view = new DataView(of.ram.buffer);
  view.setUint32(at, type, true);
  view.setBigUint64(at + 8, BigInt(sector), true);
  return { at, bytes: 16, isForDevice: false };
}

function status(at = STATUS, of = device): GuestPiece {
  of.ram[at] = UNTOUCHED;
  return { at, bytes: 1, isForDevice: true };
}

/** One request with `data` between header and status; its status. */
function request(type: number, sector: number, data: readonly GuestPiece[], of = device, on = queue): number {
  on.add([header(type, sector, HEADER, of), ...data, status(STATUS, of)]);
  of.notify(0);
  return of.ram[STATUS]!;
}

const toMachine = (bytes: number, at = DATA): GuestPiece => ({ at, bytes, isForDevice: true });
const toDisk = (bytes: number, at = DATA): GuestPiece => ({ at, bytes, isForDevice: false });

function range(sector: number, count: number): GuestPiece {
  const view = new DataView(device.ram.buffer);
  view.setBigUint64(DATA, BigInt(sector), true);
  view.setUint32(DATA + 8, count, true);
  view.setUint32(DATA + 12, 0, true);
  return toDisk(16);
}

describe('a block device', () => {
  it('is as large as its volume', () => {
    expect([device.read(0x100), device.read(0x104)]).toEqual([VOLUME_SECTORS, 0]);
    expect(device.read(0x008)).toBe(2);
  });

  it('writes to its own volume, and reads it', () => {
    device.ram.fill(0xa5, DATA, DATA + 2 * SECTOR);
    expect(request(WRITE, 3, [toDisk(2 * SECTOR)])).toBe(OK);
    const at = volumeOffset(1) + 3 * SECTOR;
    expect(handset.disk.content.subarray(at - 1, at + 1)).toEqual(Buffer.from([0, 0xa5]));
    expect(handset.disk.content.subarray(at + 2 * SECTOR - 1, at + 2 * SECTOR + 1)).toEqual(Buffer.from([0xa5, 0]));
    expect(handset.disk.content.subarray(volumeOffset(0), volumeOffset(1)).every((byte) => byte === 0)).toBe(true);
    expect(request(READ, 4, [toMachine(100, DATA + 0x1000), toMachine(412, DATA + 0x2000)])).toBe(OK);
    expect(device.ram.subarray(DATA + 0x2000, DATA + 0x2000 + 412).every((byte) => byte === 0xa5)).toBe(true);
    expect(queue.take().map(({ bytes }) => bytes)).toEqual([1, SECTOR + 1]);
    expect(board.interrupted.slice(-1)).toEqual(['1.0']);
  });

  it.each([
    [READ, 0, OK], [READ, VOLUME_SECTORS - 1, OK], [READ, VOLUME_SECTORS, ERROR], [READ, 2 ** 52, ERROR],
    [WRITE, VOLUME_SECTORS - 1, OK], [WRITE, VOLUME_SECTORS, ERROR], [WRITE, 2 ** 63, ERROR],
  ])('request %i for sector %i gets %i', (type, sector, wanted) => {
    const before = Buffer.from(handset.disk.content);
    device.ram.fill(1, DATA, DATA + SECTOR);
    expect(request(type, sector, [{ at: DATA, bytes: SECTOR, isForDevice: type === READ }])).toBe(wanted);
    const outside = (disk: Buffer): Buffer => Buffer.concat([disk.subarray(0, volumeOffset(1)), disk.subarray(volumeOffset(2))]);
    expect(outside(handset.disk.content).equals(outside(before))).toBe(true);
  });

  it('refuses what ends beyond the volume, or is no whole sectors', () => {
    expect(request(READ, VOLUME_SECTORS - 1, [toMachine(2 * SECTOR)])).toBe(ERROR);
    expect(request(READ, 0, [toMachine(SECTOR - 1)])).toBe(ERROR);
    expect(handset.disk.seen).not.toContain(7);
  });

  it('takes data that follow the header, or precede the status, in one piece', () => {
    header(WRITE, 9);
    device.ram.fill(0x77, HEADER + 16, HEADER + 16 + SECTOR);
    queue.add([{ at: HEADER, bytes: 16 + SECTOR, isForDevice: false }, status(HEADER + 0x800)]);
    device.notify(0);
    expect(device.ram[HEADER + 0x800]).toBe(OK);
    expect(handset.disk.content[volumeOffset(1) + 9 * SECTOR + 511]).toBe(0x77);
    queue.add([header(READ, 9), { at: DATA, bytes: SECTOR + 1, isForDevice: true }]);
    device.notify(0);
    expect([...device.ram.subarray(DATA + 511, DATA + 513)]).toEqual([0x77, OK]);
  });

  it.each([[1, 15], [8, 8], [4, 4, 4, 4], [1, 1, 14], [12, 4 + SECTOR]])('takes a header in pieces of %i, %i, …', (...sizes) => {
    header(WRITE, 9);
    device.ram.fill(0x77, HEADER + 16, HEADER + 16 + SECTOR);
    let at = HEADER;
    const pieces = sizes.map((bytes) => toDisk(bytes, (at += bytes) - bytes));
    const rest = at < HEADER + 17 ? [toDisk(SECTOR, at)] : [];
    queue.add([...pieces, ...rest, status(HEADER + 0x800)]);
    device.notify(0);
    expect(device.ram[HEADER + 0x800]).toBe(OK);
    const from = volumeOffset(1) + 9 * SECTOR;
    expect(handset.disk.content.subarray(from, from + SECTOR).every((byte) => byte === 0x77)).toBe(true);
  });

  it('takes a status in the piece behind the data, and one at the end of them', () => {
    handset.disk.content.fill(0x44, volumeOffset(1), volumeOffset(1) + SECTOR);
    queue.add([header(READ, 0), toMachine(500), { at: DATA + 0x1000, bytes: 13, isForDevice: true }]);
    device.notify(0);
    expect([...device.ram.subarray(DATA + 0x1000 + 11, DATA + 0x1000 + 14)]).toEqual([0x44, OK, 0]);
  });

  it('flushes', () => {
    expect(request(FLUSH, 0, [])).toBe(OK);
    expect(handset.disk.seen.at(-1)).toBe(FLUSH);
  });

  it('has what was written flushed itself, before it is done, for a machine that does not know how to', () => {
    request(WRITE, 3, [toDisk(SECTOR)]);
    request(READ, 3, [toMachine(SECTOR)]);
    request(DISCARD, 0, [range(5, 2)]);
    expect(handset.disk.seen.slice(-5)).toEqual([WRITE, FLUSH, READ, DISCARD, FLUSH]);
    handset.disk.isSlow = true;
    expect(request(WRITE, 3, [toDisk(SECTOR)])).toBe(UNTOUCHED);
    handset.disk.carryOut(handset.disk.waiting.shift()!);
    board.run();
    expect([device.ram[STATUS], handset.disk.waiting.length]).toEqual([UNTOUCHED, 1]);
    handset.disk.carryOut(handset.disk.waiting.shift()!);
    board.run();
    expect(device.ram[STATUS]).toBe(OK);
  });

  it('leaves that to a machine that does', () => {
    queue = device.start(1, 16, VERSION_1 | FEATURE_FLUSH)[0]!;
    request(WRITE, 3, [toDisk(SECTOR)]);
    expect(handset.disk.seen.at(-1)).toBe(WRITE);
  });

  it('discards and zeroes ranges of its volume, in one piece or several', () => {
    handset.disk.content.fill(0xff, volumeOffset(0), volumeOffset(2));
    expect(request(DISCARD, 0, [range(5, 2)])).toBe(OK);
    range(0, 1);
    expect(request(WRITE_ZEROES, 0, [toDisk(5), toDisk(11, DATA + 5)])).toBe(OK);
    const zeros = [...handset.disk.content.entries()].filter(([at, byte]) => at >= volumeOffset(0) && at < volumeOffset(2) && byte === 0).map(([at]) => at);
    expect(zeros.length).toBe(3 * SECTOR);
    expect([zeros[0], zeros.at(-1)]).toEqual([volumeOffset(1), volumeOffset(1) + 7 * SECTOR - 1]);
  });

  it('refuses ranges that leave the volume, and anything but one', () => {
    expect(request(DISCARD, 0, [range(VOLUME_SECTORS - 1, 2)])).toBe(ERROR);
    expect(request(DISCARD, 0, [range(VOLUME_SECTORS + 1, 0)])).toBe(ERROR);
    expect(request(DISCARD, 0, [toDisk(32)])).toBe(ERROR);
    expect(request(DISCARD, 0, [toDisk(8)])).toBe(ERROR);
    expect(request(DISCARD, 0, [])).toBe(ERROR);
  });

  it('never reads a range beyond its piece at the end of RAM', () => {
    expect(request(DISCARD, 0, [toDisk(8), toDisk(8, RAM_BYTES - 8)])).toBe(OK);
  });

  it('tells the name of its volume, as far as there is room', () => {
    expect(request(GET_ID, 0, [toMachine(2, RAM_BYTES - 4), toMachine(2, RAM_BYTES - 2)])).toBe(OK);
    expect(Buffer.from(device.ram.subarray(RAM_BYTES - 4)).toString()).toBe('work');
    expect(request(GET_ID, 0, [toMachine(20)])).toBe(OK);
    expect(Buffer.from(device.ram.subarray(DATA, DATA + 20)).toString()).toBe(`work${'\0'.repeat(16)}`);
  });

  it.each([[2, 'out'], [14, 'out'], [0xffff_ffff, 'in']])('does not support type %i', (type, direction) => {
    expect(request(type, 0, [direction === 'in' ? toMachine(16) : toDisk(16)])).toBe(UNSUPPORTED);
    expect(device.status & NEEDS_RESET).toBe(0);
  });

  it('reads from a volume that is read-only, and writes nothing', () => {
    const other = new GuestDevice(board, 1, 1);
    const [on] = other.start(1);
    other.write(0x14, 0);
    expect(other.read(0x010) & 0x20).toBe(0x20);
    expect(request(READ, 0, [toMachine(SECTOR)], other, on)).toBe(OK);
    for (const type of [WRITE, DISCARD, WRITE_ZEROES]) expect(request(type, 0, [range(0, 1)], other, on)).toBe(ERROR);
    expect(handset.disk.content.equals(pristine)).toBe(true);
  });

  it('gives requests back in the order in which they were made', () => {
    handset.disk.isSlow = true;
    const heads = [0, 1, 2].map((sector) => queue.add([header(READ, sector, HEADER + 16 * sector), toMachine(SECTOR), status(STATUS + sector)]));
    device.notify(0);
    expect(handset.disk.waiting.length).toBe(3);
    const end = (index: number): void => {
      handset.disk.carryOut(handset.disk.waiting[index]!);
      board.run();
    };
    end(2);
    end(1);
    expect(queue.take()).toEqual([]);
    end(0);
    expect(queue.take().map(({ head }) => head)).toEqual(heads);
  });

  it('serves more requests than there is room for, of every machine', () => {
    const [many] = device.start(1, 128);
    const other = new GuestDevice(board, 0, 0);
    const [few] = other.start(1);
    handset.disk.isSlow = true;
    for (let i = 0; i < 128; i += 1) many!.addIndirect([header(READ, i, HEADER + 16 * i), toMachine(SECTOR), status(STATUS + 0x1000 + i)], 0x8_0000 + i * 64);
    device.notify(0);
    few!.add([header(READ, 0, HEADER, other), toMachine(SECTOR), status(STATUS, other)]);
    other.notify(0);
    expect(handset.disk.waiting.length).toBe(64);
    let served = 0;
    while (handset.disk.waiting.length > 0) {
      handset.disk.carryOut(handset.disk.waiting.shift()!);
      board.run();
      if (other.ram[STATUS] === OK && served === 0) served = many!.take().length;
    }
    expect(few!.take().length).toBe(1);
    // It had its turn before the greedy one was through.
    expect(served).toBeLessThan(128);
    expect(served + many!.take().length).toBe(128);
  });

  it('serves more requests than there is room for of those that the disk never sees', () => {
    const [many] = device.start(1, 128);
    for (let i = 0; i < 128; i += 1) many!.addIndirect([header(GET_ID, 0), toMachine(20), status(STATUS)], 0x8_0000 + i * 64);
    device.notify(0);
    expect(many!.take().length).toBe(128);
  });

  it('lets a reset wait for what is under way, and gives nothing back after it', () => {
    handset.disk.isSlow = true;
    queue.add([header(READ, 0), toMachine(SECTOR), status()]);
    device.notify(0);
    expect(device.write(0x70, 0)).toBe(false);
    expect(board.released.filter((one) => one === '1.0').length).toBe(board.released.length);
    const releases = board.released.length;
    handset.disk.carryOut(handset.disk.waiting.shift()!);
    board.run();
    expect(board.released.length).toBe(releases + 1);
    expect([device.isBlocked, device.status]).toEqual([false, 0]);
    expect(queue.take()).toEqual([]);
    handset.disk.isSlow = false;
    queue = device.start(1)[0]!;
    expect(request(READ, 0, [toMachine(SECTOR)])).toBe(OK);
  });

  it('starts its machine again when nothing is under way any more', () => {
    handset.disk.isSlow = true;
    queue.add([header(READ, 0), toMachine(SECTOR), status()]);
    device.notify(0);
    board.forget();
    handset.startMachine(1);
    expect(board.started).toEqual([]);
    handset.disk.carryOut(handset.disk.waiting.shift()!);
    board.run();
    expect([board.started, device.status]).toEqual([[1], 0]);
  });

  it('does not start its machine if that was stopped meanwhile', () => {
    handset.disk.isSlow = true;
    queue.add([header(READ, 0), toMachine(SECTOR), status()]);
    device.notify(0);
    board.forget();
    handset.startMachine(1);
    board.waiting.delete(1);
    handset.disk.carryOut(handset.disk.waiting.shift()!);
    board.run();
    expect([board.started, device.status]).toEqual([[], 0]);
  });

  it('starts a machine that waited for it when it crashed', () => {
    handset.disk.isSlow = true;
    queue.add([header(READ, 0), toMachine(SECTOR), status()]);
    device.notify(0);
    handset.startMachine(1);
    handset.disk.isSlow = false;
    board.restart();
    expect([board.started, device.status]).toEqual([[1], 0]);
  });

  it('does what was under way again after a crash of ours, and nothing twice that was given back', () => {
    request(READ, 0, [toMachine(SECTOR)]);
    handset.disk.isSlow = true;
    const head = queue.add([header(WRITE, 1, HEADER + 64), toDisk(SECTOR, DATA + 0x1000), status(STATUS + 1)]);
    device.ram.fill(0x33, DATA + 0x1000, DATA + 0x1200);
    device.notify(0);
    queue.take();
    handset.disk.isSlow = false;
    handset.disk.seen.length = 0;
    board.restart();
    expect(queue.take().map((one) => one.head)).toEqual([head]);
    expect(handset.disk.seen.filter((type) => type === WRITE).length).toBe(1);
    expect(handset.disk.content[volumeOffset(1) + SECTOR]).toBe(0x33);
    expect(board.interrupted).toContain('1.0');
    expect(request(READ, 1, [toMachine(SECTOR)])).toBe(OK);
    expect(device.ram[DATA]).toBe(0x33);
  });

  it.each([
    ['without a header', (): GuestPiece[] => [status()]],
    ['with a short header', (): GuestPiece[] => [{ ...header(READ, 0), bytes: 15 }, toMachine(SECTOR), status()]],
    ['whose header ends with the chain', (): GuestPiece[] => [toDisk(8, HEADER), toDisk(7, HEADER + 8)]],
    ['whose header is to be written', (): GuestPiece[] => [toDisk(8, HEADER), toMachine(8, HEADER + 8), status()]],
    ['without a status', (): GuestPiece[] => [header(WRITE, 0), toDisk(SECTOR)]],
    ['that reads into what it may not write', (): GuestPiece[] => [header(READ, 0), toDisk(SECTOR), status()]],
    ['that writes what it is to get', (): GuestPiece[] => [header(WRITE, 0), toMachine(SECTOR), status()]],
  ])('breaks at a request %s, is named, and works again after a reset', (_what, pieces) => {
    queue.add(pieces());
    device.notify(0);
    expect(device.status & NEEDS_RESET).toBe(NEEDS_RESET);
    expect(board.said).toContain('work: virtio device 0: a request whose pieces are not those of its kind\r\n');
    expect(handset.disk.content.equals(pristine)).toBe(true);
    device.write(0x70, 15);
    expect(device.status & NEEDS_RESET).toBe(NEEDS_RESET);
    queue = device.start(1)[0]!;
    expect(request(READ, 0, [toMachine(SECTOR)])).toBe(OK);
  });

  it('does not speak for ever of a machine that breaks rules', () => {
    for (let i = 0; i < 20; i += 1) {
      device.start(1)[0]!.add([status()]);
      device.notify(0);
    }
    expect(board.said.match(/work: virtio device 0/g)?.length).toBe(8);
  });

  it('interrupts by event index', () => {
    [queue] = device.start(1, 16, VERSION_1 | EVENT_INDEX, 0xfffe) as [GuestQueue];
    board.forget();
    queue.setUsedEvent(0);
    for (let i = 0; i < 2; i += 1) request(READ, 0, [toMachine(SECTOR)]);
    expect(board.interrupted).toEqual([]);
    expect(queue.availableEvent).toBe(0);
    request(READ, 0, [toMachine(SECTOR)]);
    expect(board.interrupted).toEqual(['1.0']);
    expect(queue.take().length).toBe(3);
  });
});

it('a disk that never answers is named, and the other devices of its machines work', () => {
  new TestHandset(board, { machines: [machine('personal', [block(0), network])], volumes: ['personal'], disk: Buffer.from(pristine), hasNetwork: true, isDiskDead: true });
  expect(board.said).toBe('disk: it does not answer\r\npersonal: virtio device 0: not there\r\nready\r\n');
  expect(board.started).toEqual([0]);
  expect([0, 1].map((slot) => new GuestDevice(board, 0, slot).read(0x008))).toEqual([0, 1]);
});

it('the board of these tests finds accesses beyond a machine', () => {
  expect(() => board.at((2n << 32n) + 0x4000_0000n + BigInt(RAM_BYTES) - 1n, 2)).toThrow(Stray);
});
