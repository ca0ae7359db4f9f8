/** The switch between machines and the physical network: who hears what. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Board } from '../test/board.ts';
import { GuestDevice, type GuestQueue, NEEDS_RESET } from '../test/guest-device.ts';
import { machine, network, TestHandset } from '../test/handset.ts';

const HEADER = 12;
const ROOM = 0x8_0000;
const ROOM_BYTES = 1530;
const FRAME = 0x4_0000;
const BROADCAST = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
const STRANGER = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];
const addressOf = (index: number): number[] => [0x02, 0x54, 0x48, 0x4d, 0x42, index];

let board: Board;
let handset: TestHandset;
let guests: Guest[];

class Guest extends GuestDevice {
  readonly receive: GuestQueue;
  readonly transmit: GuestQueue;

  constructor(index: number, rooms = 4) {
    super(board, index, 0);
    [this.receive, this.transmit] = this.start(2) as [GuestQueue, GuestQueue];
    for (let i = 0; i < rooms; i += 1) this.receive.add([{ at: ROOM + i * 0x800, bytes: ROOM_BYTES, isForDevice: true }]);
    this.notify(0);
  }

  /** Sends a frame, split after these bytes of header and frame together. */
  send(frame: Uint8Array, ...splits: number[]): void {
    this.ram.fill(0, FRAME, FRAME + HEADER);
    this.ram.set(frame, FRAME + HEADER);
    const ends = [...splits, HEADER + frame.length];
    this.transmit.add(ends.map((end, index) => ({ at: FRAME + (ends[index - 1] ?? 0), bytes: end - (ends[index - 1] ?? 0), isForDevice: false })));
    this.notify(1);
  }

  /** The frames that it has heard. */
  heard(): Buffer[] {
    return this.receive.take().map(({ head, bytes }) => Buffer.from(this.ram.subarray(ROOM + head * 0x800 + HEADER, ROOM + head * 0x800 + bytes)));
  }
}

function frame(to: readonly number[], from: readonly number[], bytes = 60): Buffer {
  return Buffer.from(Array.from({ length: bytes }, (_, index) => [...to, ...from, 8, 0][index] ?? index & 0xff));
}

beforeAll(async () => {
  board = await Board.load();
});

beforeEach(() => {
  handset = new TestHandset(board, {
    machines: [
      machine('a', [network], { uplink: true, peers: [1, 2] }),
      machine('b', [network], { uplink: true, peers: [0, 2, 3] }),
      // It would talk to c, which c would not.
      machine('c', [network], { uplink: false, peers: [0] }),
      machine('none', [], { uplink: true, peers: [0, 1, 2] }),
    ],
    hasNetwork: true,
  });
  guests = [0, 1, 2].map((index) => new Guest(index));
});

const heard = (): number[] => guests.map((guest) => guest.heard().length);

describe('a frame', () => {
  it('goes to the machine whose address it has, and to nobody else', () => {
    const sent = frame(addressOf(1), addressOf(0));
    guests[0]!.send(sent);
    expect(guests[1]!.heard()).toEqual([sent]);
    expect([guests[0]!.heard(), guests[2]!.heard(), handset.network.sent]).toEqual([[], [], []]);
    expect(guests[1]!.ram[ROOM + 10]).toBe(1);
    expect(board.interrupted).toContain('1.0');
  });

  it('for all goes to those that both may talk, and to the physical network', () => {
    guests[0]!.send(frame(BROADCAST, addressOf(0)));
    expect([heard(), handset.network.sent.length]).toEqual([[0, 1, 1], 1]);
    guests[2]!.send(frame(BROADCAST, addressOf(2)));
    expect([heard(), handset.network.sent.length]).toEqual([[1, 0, 0], 1]);
  });

  it('does not pass where only one of both would', () => {
    guests[1]!.send(frame(addressOf(2), addressOf(1)));
    guests[2]!.send(frame(addressOf(1), addressOf(2)));
    expect([heard(), handset.network.sent]).toEqual([[0, 0, 0], []]);
  });

  it('for a stranger goes to the physical network, if its sender may', () => {
    const sent = frame(STRANGER, addressOf(1));
    guests[1]!.send(sent);
    guests[2]!.send(frame(STRANGER, addressOf(2)));
    expect(handset.network.sent).toEqual([sent]);
    expect(heard()).toEqual([0, 0, 0]);
  });

  it('from another address than its sender\'s is lost', () => {
    for (const from of [addressOf(1), STRANGER, BROADCAST, addressOf(2)]) guests[0]!.send(frame(BROADCAST, from));
    expect([heard(), handset.network.sent]).toEqual([[0, 0, 0], []]);
    expect(guests[0]!.transmit.take().length).toBe(4);
  });

  it('for its sender, for a machine without a network or for one that does not exist comes to nobody', () => {
    for (const to of [addressOf(0), addressOf(3), addressOf(31)]) guests[0]!.send(frame(to, addressOf(0)));
    expect([heard(), handset.network.sent]).toEqual([[0, 0, 0], []]);
  });

  it.each([[[1]], [[12]], [[5, 13, 20]], [[12, 26]], [[11, 12, 13, 14]]])('comes whole when it was split at %j', (splits) => {
    const sent = frame(addressOf(1), addressOf(0), 200);
    guests[0]!.send(sent, ...splits);
    expect(guests[1]!.heard()).toEqual([sent]);
  });

  it('comes whole into a room of several pieces', () => {
    const at = 0x6_0000;
    const lengths = [3, 12, 1, 30, 500];
    const room = guests[1]!.start(2)[0]!;
    const pieces = lengths.map((bytes, index) => ({ at: at + lengths.slice(0, index).reduce((sum, one) => sum + one, 0), bytes, isForDevice: true }));
    room.add(pieces);
    const sent = frame(addressOf(1), addressOf(0), 100);
    guests[0]!.send(sent);
    expect(room.take()).toEqual([{ head: 0, bytes: 112 }]);
    expect(Buffer.from(guests[1]!.ram.subarray(at + HEADER, at + 112))).toEqual(sent);
  });

  it.each([[14, 1], [1518, 1], [13, 0], [1519, 0], [4000, 0]])('of %i bytes comes %i times', (bytes, times) => {
    guests[0]!.send(frame(addressOf(1), addressOf(0), bytes));
    expect(heard()).toEqual([0, times, 0]);
    expect(guests[0]!.transmit.take().length).toBe(1);
    expect(guests[0]!.status & NEEDS_RESET).toBe(0);
  });

  it('is lost where there is no room, and the next one is not', () => {
    for (let i = 0; i < 6; i += 1) guests[0]!.send(frame(addressOf(1), addressOf(0)));
    expect(heard()).toEqual([0, 4, 0]);
    guests[1]!.receive.add([{ at: ROOM, bytes: ROOM_BYTES, isForDevice: true }]);
    guests[0]!.send(frame(addressOf(1), addressOf(0)));
    expect(guests[1]!.receive.take().length).toBe(1);
  });

  it('that does not fit its room is given back empty', () => {
    const room = guests[1]!.start(2)[0]!;
    room.add([{ at: ROOM, bytes: 50, isForDevice: true }]);
    guests[0]!.send(frame(addressOf(1), addressOf(0)));
    expect(room.take()).toEqual([{ head: 0, bytes: 0 }]);
  });

  it('is lost for a machine that has reset its device, and breaks one whose room it may not write to', () => {
    guests[1]!.write(0x70, 0);
    guests[2]!.start(2)[0]!.add([{ at: ROOM, bytes: ROOM_BYTES, isForDevice: false }]);
    guests[0]!.send(frame(BROADCAST, addressOf(0)));
    expect(guests[2]!.status & NEEDS_RESET).toBe(NEEDS_RESET);
    expect(board.said).toContain('c: virtio device 0: a request whose pieces are not those of its kind\r\n');
    expect(guests[0]!.transmit.take().length).toBe(1);
  });
});

describe('a frame from the physical network', () => {
  it('goes to the machine that it is for, if that may have it', () => {
    const sent = frame(addressOf(1), STRANGER);
    handset.network.hear(sent);
    expect(guests[1]!.heard()).toEqual([sent]);
    handset.network.hear(frame(addressOf(2), STRANGER));
    handset.network.hear(frame(STRANGER, STRANGER));
    expect(heard()).toEqual([0, 0, 0]);
  });

  it('for all goes to all that may have it', () => {
    handset.network.hear(frame(BROADCAST, STRANGER));
    expect(heard()).toEqual([1, 1, 0]);
  });

  it('comes however many came before', () => {
    for (let i = 0; i < 200; i += 1) {
      handset.network.hear(frame(addressOf(1), STRANGER));
      expect(guests[1]!.receive.take().length).toBe(1);
      guests[1]!.receive.add([{ at: ROOM, bytes: ROOM_BYTES, isForDevice: true }]);
    }
  });

  it.each([1, 13, 1519, 2000])('of %i bytes is lost', (bytes) => {
    handset.network.hear(frame(BROADCAST, STRANGER, bytes));
    expect(heard()).toEqual([0, 0, 0]);
  });
});

it('each machine is told an address of its own, and that the link is up', () => {
  expect(guests.map((guest) => [guest.read(0x100), guest.read(0x104)])).toEqual([0, 1, 2].map((index) => [0x4d48_5402, 0x1_0042 | (index << 8)]));
});
