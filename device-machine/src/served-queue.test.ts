/**
 * Queues whose machine writes anything into them. The device machine must neither touch what is not that machine's RAM (the board of these
 * tests throws), nor trap, nor work without an end; and a queue that keeps the rules works at every place of its indices.
 */
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Board, RAM } from '../test/board.ts';
import { diskContent, MIB, SECTOR } from '../test/disk-content.ts';
import { EVENT_INDEX, GuestDevice, GuestQueue, NEEDS_RESET, VERSION_1 } from '../test/guest-device.ts';
import { block, console as consoleSlot, entropy, machine, network, screen, TestHandset } from '../test/handset.ts';

const RAM_BYTES = 2 * MIB;
const RAM_END = RAM + BigInt(RAM_BYTES);
/** What a turn may take for one queue of 128 chains of 128 + 128 pieces, and then some. */
const ACCESSES_MAX = 400_000;
const SLOTS = [block(0), network, ...screen, entropy, consoleSlot];
const QUEUES = [1, 2, 2, 2, 2, 1, 2];

let board: Board;
let content: Buffer;

function begin(): void {
  new TestHandset(board, {
    machines: [machine('bad', SLOTS, { peers: [1] }), machine('good', SLOTS, { peers: [0] })],
    volumes: ['one'],
    disk: Buffer.from(content),
    panel: [320, 320],
    hasNetwork: true,
    hasEntropy: true,
    consoles: [0, 1],
  });
}

beforeAll(async () => {
  board = await Board.load();
  content = await diskContent('one');
});

afterEach(() => {
  board.meanwhile = null;
  board.accesses = 0;
});

beforeEach(() => {
  begin();
  board.accessesMax = ACCESSES_MAX;
});

/** Most of it nearly right, so that what comes after the first rule is reached too. */
const interestingAddress = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 0x6_0000 }).map((offset) => RAM + BigInt(offset)) },
  { weight: 6, arbitrary: fc.integer({ min: -40, max: 0 }).map((offset) => RAM_END + BigInt(offset)) },
  { weight: 1, arbitrary: fc.integer({ min: -40, max: 40 }).map((offset) => RAM_END + BigInt(offset)) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }) },
  { weight: 1, arbitrary: fc.constantFrom(0n, 0xffff_ffff_ffff_fff0n, 0x1_4000_0000n, 0x0a00_0000n, RAM - 1n) },
);
const interestingLength = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 64 }) },
  { weight: 2, arbitrary: fc.constantFrom(16, 512, 513, 2048, 4096, 0x1_0000) },
  { weight: 1, arbitrary: fc.constantFrom(0, 0xffff_ffff, 0x8000_0000) },
);
const interestingFlags = fc.oneof(
  { weight: 10, arbitrary: fc.nat(3) },
  { weight: 2, arbitrary: fc.nat(7) },
  { weight: 1, arbitrary: fc.nat(0xffff) },
);
const descriptor = fc.record({
  index: fc.nat(15),
  address: interestingAddress,
  bytes: interestingLength,
  flags: interestingFlags,
  next: fc.oneof({ weight: 10, arbitrary: fc.nat(15) }, { weight: 1, arbitrary: fc.nat(0xffff) }),
});
const queueWrites = fc.record({
  table: fc.array(descriptor, { minLength: 8, maxLength: 24 }),
  heads: fc.array(fc.oneof({ weight: 20, arbitrary: fc.nat(15) }, { weight: 1, arbitrary: fc.nat(0xffff) }), { minLength: 1, maxLength: 16 }),
  jump: fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(0xffff) }),
  noise: fc.uint8Array({ minLength: 64, maxLength: 512 }),
});

type QueueWrites = typeof queueWrites extends fc.Arbitrary<infer T> ? T : never;

function scribble(queue: GuestQueue, ram: Uint8Array, { table, heads, jump, noise }: QueueWrites): void {
  ram.set(noise, 0x1000);
  ram.set(noise, RAM_BYTES - noise.length);
  for (const { index, address, bytes, flags, next } of table) queue.describe(index, address, bytes, flags, next);
  for (const head of heads) queue.offer(head);
  if (jump !== 0) new DataView(ram.buffer).setUint16(queue.available + 2, jump, true);
}

/** A machine that changes its queue and its tables, by what `noise` says, while they are being read. */
function changing(ram: Uint8Array, { descriptors, used }: GuestQueue, noise: Uint8Array): () => void {
  let step = 0;
  return () => {
    step += 1;
    const value = noise[step % noise.length]!;
    ram[descriptors + ((value * 31 + step * 7) % (used - descriptors))] = noise[(step + value) % noise.length]!;
  };
}

describe('whatever a machine writes into its queues', () => {
  it('touches nothing but its own RAM, and does not keep the device machine', () => {
    const scenario = fc.record({
      slot: fc.nat(SLOTS.length - 1),
      which: fc.nat(1),
      event: fc.boolean(),
      races: fc.boolean(),
      writes: fc.array(queueWrites, { minLength: 1, maxLength: 3 }),
    });
    fc.assert(
      fc.property(scenario, ({ slot, which, event, races, writes }) => {
        const device = new GuestDevice(board, 0, slot);
        const queues = device.start(QUEUES[slot]!, 16, VERSION_1 | (event ? EVENT_INDEX : 0n));
        const queue = queues[which % queues.length]!;
        for (const write of writes) {
          scribble(queue, device.ram, write);
          board.accesses = 0;
          board.meanwhile = races ? changing(device.ram, queue, write.noise) : null;
          device.notify(which % queues.length);
          board.meanwhile = null;
        }
      }),
      { numRuns: 500, seed: 4 },
    );
  });

  it('leaves its neighbour served', () => {
    const bad = new GuestDevice(board, 0, 0);
    const good = new GuestDevice(board, 1, 0);
    fc.assert(
      fc.property(queueWrites, (write) => {
        scribble(bad.start(1)[0]!, bad.ram, write);
        bad.notify(0);
        const [queue] = good.start(1);
        new DataView(good.ram.buffer).setBigUint64(0x2008, 0n, true);
        const [header, data, status] = [[0x2000, 16], [0x3000, SECTOR], [0x2100, 1]].map(([at = 0, bytes = 0], index) => ({ at, bytes, isForDevice: index > 0 }));
        queue!.add([header!, data!, status!]);
        good.ram[0x2100] = 0xff;
        good.notify(0);
        expect(good.ram[0x2100]).toBe(0);
      }),
      { numRuns: 60, seed: 5 },
    );
  });

  it('is the same for registers', () => {
    const value = fc.oneof(fc.nat(32), fc.integer({ min: 0, max: 0xffff_ffff }));
    const write = fc.record({ slot: fc.nat(SLOTS.length - 1), register: fc.nat(0x1ff), value });
    fc.assert(
      fc.property(fc.array(write, { minLength: 1, maxLength: 60 }), (writes) => {
        for (const { slot, register, value } of writes) {
          // QueueNotify and InterruptACK never arrive as writes.
          if (register >= 0x1f0 || register === 0x50 || register === 0x64) continue;
          const device = new GuestDevice(board, 0, slot);
          expect(device.write(register, value)).toBe(true);
          device.notify(value & 3);
        }
      }),
      { numRuns: 200, seed: 6 },
    );
  });
});

describe('a queue', () => {
  const RULES = {
    place: 'a queue of a wrong size, or not in its RAM',
    index: 'the available index jumped by more than the queue has',
    head: 'a descriptor number beyond the queue',
    loop: 'a chain of descriptors that is longer than its table',
    address: 'a descriptor that is empty, or not in its RAM',
    indirect: 'an indirect table of a wrong size, or in another one',
    order: 'a request whose pieces are not those of its kind',
  };

  function expectBroken(device: GuestDevice, rule: string): void {
    expect(board.said).toContain(`bad: virtio device 0: ${rule}\r\n`);
    expect(device.status & NEEDS_RESET).toBe(NEEDS_RESET);
    expect(device.read(0x60) & 2).toBe(2);
    expect(board.interrupted).toContain('0.0');
  }

  it.each([
    ['index', (queue: GuestQueue, ram: Uint8Array) => new DataView(ram.buffer).setUint16(queue.available + 2, 17, true)],
    ['head', (queue: GuestQueue) => queue.offer(16)],
    ['loop', (queue: GuestQueue, ram: Uint8Array) => {
      // A flush, whose pieces are of no interest.
      ram[0] = 4;
      [0, 1].forEach((index) => queue.describe(index, RAM, 16, 1, 1 - index));
      queue.offer(0);
    }],
    ['loop', (queue: GuestQueue) => {
      queue.describe(0, RAM, 16, 1, 16);
      queue.offer(0);
    }],
    ['address', (queue: GuestQueue) => {
      queue.describe(0, RAM_END - 15n, 16, 0);
      queue.offer(0);
    }],
    ['address', (queue: GuestQueue) => {
      queue.describe(0, RAM - 1n, 16, 0);
      queue.offer(0);
    }],
    ['address', (queue: GuestQueue) => {
      queue.describe(0, RAM, 0, 0);
      queue.offer(0);
    }],
    ['indirect', (queue: GuestQueue) => {
      queue.describe(0, RAM, 24, 4);
      queue.offer(0);
    }],
    ['indirect', (queue: GuestQueue) => {
      queue.describe(0, RAM, 129 * 16, 4);
      queue.offer(0);
    }],
    ['indirect', (queue: GuestQueue) => {
      queue.describe(0, RAM, 16, 5, 1);
      queue.offer(0);
    }],
    ['indirect', (queue: GuestQueue) => {
      queue.describe(0, RAM + 0x1000n, 16, 4);
      queue.describe(0, RAM, 16, 4, 0, 0x1000);
      queue.offer(0);
    }],
    ['order', (queue: GuestQueue) => {
      queue.describe(0, RAM, 16, 2);
      queue.offer(0);
    }],
  ] as const)('that breaks the rule of %s is named', (rule, act) => {
    const device = new GuestDevice(board, 0, 0);
    const [queue] = device.start(1);
    act(queue!, device.ram);
    device.notify(0);
    expectBroken(device, RULES[rule]);
  });

  it.each([
    ['beyond RAM', { size: 16, descriptors: RAM_BYTES, available: 0x1000, used: 0x2000 }],
    ['ending beyond RAM', { size: 16, descriptors: RAM_BYTES - 240, available: 0x1000, used: 0x2000 }],
    ['with a used ring that ends beyond RAM', { size: 16, descriptors: 0, available: 0x1000, used: RAM_BYTES - 128 }],
    ['with an available ring that ends beyond RAM', { size: 16, descriptors: 0, available: RAM_BYTES - 36, used: 0x2000 }],
    ['at an odd address', { size: 16, descriptors: 8, available: 0x1000, used: 0x2000 }],
    ['with a used ring at an odd address', { size: 16, descriptors: 0, available: 0x1000, used: 0x2002 }],
    ['of no entries', { size: 0, descriptors: 0, available: 0x1000, used: 0x2000 }],
    ['of 12 entries', { size: 12, descriptors: 0, available: 0x1000, used: 0x2000 }],
    ['of 256 entries', { size: 256, descriptors: 0, available: 0x2000, used: 0x3000 }],
  ])('%s is named when it is set up', (_what, place) => {
    const device = new GuestDevice(board, 0, 0);
    expect(device.negotiate(VERSION_1)).toBe(true);
    device.setQueue(0, place);
    expectBroken(device, RULES.place);
    expect(device.read(0x44)).toBe(0);
    device.write(0x70, 15);
    device.notify(0);
  });

  it('at the very end of RAM works', () => {
    const device = new GuestDevice(board, 0, 3);
    const queue = new GuestQueue(device.ram, RAM_BYTES - 4096, 16);
    device.negotiate(VERSION_1);
    const used = RAM_BYTES - (16 * 8 + 6);
    expect(used % 4).toBe(2);
    const atEnd = { size: queue.size, descriptors: queue.descriptors, available: queue.available, used: used - 2 };
    device.setQueue(0, atEnd);
    device.setQueue(1, { ...atEnd, descriptors: 0, available: RAM_BYTES - 0x3000, used: 0x4000 });
    device.write(0x70, 15);
    expect(device.status).toBe(15);
  });

  it.each([0n, EVENT_INDEX])('exchanges chains at every place of its indices (features %#)', (features) => {
    const device = new GuestDevice(board, 0, 3);
    for (const first of [0, 0x7ffe, 0xfff0, 0xffff]) {
      const [, queue] = device.start(2, 16, VERSION_1 | features, first);
      board.forget();
      for (let round = 0; round < 40; round += 1) {
        const heads = [1, 2, 3].map(() => queue!.add([{ at: 0x2000, bytes: 8, isForDevice: false }]));
        // To be told of the second of the three.
        queue!.setUsedEvent((queue!.seen + 1) & 0xffff);
        device.notify(1);
        expect(queue!.take()).toEqual(heads.map((head) => ({ head, bytes: 0 })));
        expect(queue!.availableEvent).toBe(features === 0n ? 0 : queue!.next);
        // Not to be told: the next event is far away.
        queue!.setUsedEvent((queue!.seen + 100) & 0xffff);
        const before = board.interrupted.length;
        queue!.add([{ at: 0x2000, bytes: 8, isForDevice: false }]);
        device.notify(1);
        queue!.take();
        expect(board.interrupted.length - before).toBe(features === 0n ? 1 : 0);
      }
      expect(board.interrupted.length).toBe(features === 0n ? 80 : 40);
    }
  });

  it('is not interrupted for when it asks for none', () => {
    const device = new GuestDevice(board, 0, 3);
    const [, queue] = device.start(2);
    new DataView(device.ram.buffer).setUint16(queue!.available, 1, true);
    board.forget();
    queue!.add([{ at: 0x2000, bytes: 8, isForDevice: false }]);
    device.notify(1);
    expect([queue!.take().length, board.interrupted]).toEqual([1, []]);
  });
});
