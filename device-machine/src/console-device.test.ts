/** Consoles of machines: each has its own line, in both directions, and nobody waits for another's. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Board } from '../test/board.ts';
import { GuestDevice, type GuestPiece, type GuestQueue, NEEDS_RESET } from '../test/guest-device.ts';
import { console as consoleSlot, machine, TestHandset } from '../test/handset.ts';

const OUT = 0x4000;
const IN = 0x8_0000;
const [RECEIVE, TRANSMIT] = [0, 1];

let board: Board;
let handset: TestHandset;
let device: GuestDevice;
let receive: GuestQueue;
let transmit: GuestQueue;
let next = 0;

beforeAll(async () => {
  board = await Board.load();
});

beforeEach(() => {
  next = OUT;
  handset = new TestHandset(board, { machines: ['one', 'two', 'three'].map((name) => machine(name, [consoleSlot])), consoles: [2, 1] });
  device = new GuestDevice(board, 1, 0);
  [receive, transmit] = device.start(2) as [GuestQueue, GuestQueue];
});

/** That of the machine of these tests, which is the second. */
const line = () => handset.consoles[1]!;

/** Puts a text into memory, each behind the one before, as pieces of these sizes. */
function pieces(text: string, ...sizes: number[]): GuestPiece[] {
  let at = next;
  next += text.length;
  device.ram.set(Buffer.from(text), at);
  return sizes.map((bytes) => ({ at: (at += bytes) - bytes, bytes, isForDevice: false }));
}

function write(text: string): void {
  transmit.add(pieces(text, text.length));
  device.notify(TRANSMIT);
}

/** What has come in, after room for `bytes` more. */
function read(bytes: number): string {
  receive.add([{ at: IN, bytes, isForDevice: true }]);
  device.notify(RECEIVE);
  return receive.take().map((one) => Buffer.from(device.ram.subarray(IN, IN + one.bytes)).toString()).join('|');
}

describe('a console', () => {
  it('sends what its machine writes, on its own line', () => {
    expect(device.read(0x008)).toBe(3);
    write('hello');
    transmit.add(pieces('in three parts', 3, 6, 5));
    device.notify(TRANSMIT);
    expect(handset.consoles.map(({ sent }) => sent)).toEqual([[], ['hello', 'in three parts']]);
    expect(transmit.take().length).toBe(2);
  });

  it('is not there for a machine without a line', () => {
    expect([0, 1, 2].map((index) => new GuestDevice(board, index, 0).read(0x008))).toEqual([0, 3, 3]);
  });

  it('brings what comes in, as far as there is room for it', () => {
    expect(line().hear('first')).toBe(true);
    expect(read(3)).toBe('fir');
    expect(read(10)).toBe('st');
    receive.add([{ at: IN, bytes: 2, isForDevice: true }, { at: IN + 2, bytes: 9, isForDevice: true }]);
    device.notify(RECEIVE);
    line().hear('second');
    expect(receive.take()[0]!.bytes).toBe(6);
    expect(Buffer.from(device.ram.subarray(IN, IN + 6)).toString()).toBe('second');
    expect(board.interrupted.at(-1)).toBe('1.0');
  });

  it('holds back the other side while its machine reads nothing, and loses nothing', () => {
    let heard = '';
    for (let i = 0; line().hear(String.fromCharCode(97 + i).repeat(1000)); i += 1) heard += String.fromCharCode(97 + i).repeat(1000);
    expect(heard.length).toBe(4000);
    let got = '';
    for (let text = read(700); text !== ''; text = read(700)) got += text.replaceAll('|', '');
    expect(got).toBe(heard);
    expect(line().rooms).toBe(4);
    // The room that the last of them found empty.
    line().hear('more');
    expect(receive.take().length).toBe(1);
  });

  it('holds back its machine alone while nobody reads, and sends all of it then', () => {
    const other = new GuestDevice(board, 2, 0);
    const [, otherTransmit] = other.start(2) as [GuestQueue, GuestQueue];
    line().isStalled = true;
    const text = Array.from({ length: 7000 }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');
    transmit.add(pieces(text, 1, 4999, 2000));
    write('tail');
    expect(transmit.take().length).toBe(0);
    otherTransmit.add([{ at: OUT, bytes: 2, isForDevice: false }]);
    other.notify(TRANSMIT);
    expect(otherTransmit.take().length).toBe(1);
    line().goOn();
    expect(line().sent.join('')).toBe(`${text}tail`);
    expect(transmit.take().length).toBe(2);
  });

  it('can be reset while nobody reads', () => {
    line().isStalled = true;
    transmit.add(pieces('x'.repeat(6000), 6000));
    device.notify(TRANSMIT);
    expect(device.write(0x70, 0)).toBe(true);
    [receive, transmit] = device.start(2) as [GuestQueue, GuestQueue];
    write('new');
    line().goOn();
    expect(line().sent.join('')).toBe(`${'x'.repeat(4096)}new`);
  });

  it('goes on after a crash of ours', () => {
    line().isStalled = true;
    transmit.add(pieces('y'.repeat(5000), 5000));
    device.notify(TRANSMIT);
    line().isStalled = false;
    board.restart();
    expect(line().sent.join('')).toBe('y'.repeat(5000));
    line().hear('in');
    expect(read(8)).toBe('in');
  });

  it('takes an empty buffer for nothing', () => {
    line().hear('');
    line().hear('x');
    expect(read(8)).toBe('x');
    expect(line().rooms).toBe(4);
  });

  it('breaks where its machine writes more at once than any driver would, which no count of ours takes', () => {
    const piece = { at: OUT, bytes: 0x4_0000, isForDevice: false };
    transmit.addIndirect([...new Array<GuestPiece>(4).fill(piece), { ...piece, bytes: 1 }], 0x2000);
    device.notify(TRANSMIT);
    expect(device.status & NEEDS_RESET).toBe(NEEDS_RESET);
    expect(line().sent.join('').length).toBe(0x10_0000);
    [receive, transmit] = device.start(2) as [GuestQueue, GuestQueue];
    transmit.addIndirect(new Array<GuestPiece>(4).fill(piece), 0x2000);
    device.notify(TRANSMIT);
    expect([device.status & NEEDS_RESET, transmit.take().length]).toEqual([0, 1]);
  });

  it.each([
    ['writes what it is to get', RECEIVE, { at: IN, bytes: 8, isForDevice: false }],
    ['wants what it is to write', TRANSMIT, { at: OUT, bytes: 8, isForDevice: true }],
  ] as const)('breaks where its machine %s, is named, and works again after a reset', (_what, which, piece) => {
    line().hear('kept');
    (which === RECEIVE ? receive : transmit).add([piece]);
    device.notify(which);
    expect(device.status & NEEDS_RESET).toBe(NEEDS_RESET);
    expect(board.said).toContain('two: virtio device 0: a request whose pieces are not those of its kind\r\n');
    [receive, transmit] = device.start(2) as [GuestQueue, GuestQueue];
    write('again');
    expect([line().sent, read(8)]).toEqual([['again'], 'kept']);
  });
});
