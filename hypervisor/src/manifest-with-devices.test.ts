/** The manifest's properties of a handset whose machines have devices: what the controller gets, and what it sees of the others. */
import { beforeAll, describe, expect, it } from 'vitest';
import { machine, ManifestBoard, manifestTree, MIB, type Machine } from '../test/manifest-board.ts';
import { flatten, type Value } from '../test/tree-writer.ts';

const RAM = 0x4000_0000n;
const BLOCK = 2n * MIB;
const WINDOW = 1n << 32n;
const INVALID_PARAMETERS = 0xffff_ffff_ffff_fffen;
const GRANTS = 0x1000_0000n;
const CONSOLES = 0x0b10_0000n;

const board = new ManifestBoard();
beforeAll(() => board.start());

const bare = machine({ segments: null, 'device-tree': null, 'device-tree-gicv2': null, 'device-tree-gicv3': null, seed: null });
const controller: Machine = { ...bare, 'memory-mib': [8] };
const served = (more: Readonly<Record<string, Value>> = {}): Machine => ({ ...bare, 'virtio-slots': [1], ...more });

function read(machines: Readonly<Record<string, Machine>>, root: Readonly<Record<string, Value>> = {}): boolean {
  const all = { ...machines, devices: controller };
  return board.read(flatten(manifestTree(all, { controller: [Object.keys(machines).length], ...root })));
}
/** The physical page that the controller, the VM `own`, sees at `address`. */
const seen = (own: number, address: bigint): bigint => board.boot.call.stage2PageOf(board.boot.call.vmVttbr(own), address);
const backing = (vm: number, address: bigint): bigint => board.boot.call.stage2Translate(board.boot.call.vmVttbr(vm), address);

describe('the controller', () => {
  it('sees all the RAM of a machine with devices, and none of one without', () => {
    expect(read({ one: served({ 'memory-mib': [1026] }), two: bare, three: served() })).toBe(true);
    for (let at = RAM; at < RAM + 1026n * MIB; at += BLOCK) expect(seen(3, WINDOW + at)).toBe(backing(0, at));
    for (let at = RAM; at < RAM + 64n * MIB; at += BLOCK) {
      expect(seen(3, 3n * WINDOW + at)).toBe(backing(2, at));
      expect(seen(3, 2n * WINDOW + at)).toBe(INVALID_PARAMETERS);
    }
    expect(seen(3, WINDOW + RAM + 1026n * MIB)).toBe(INVALID_PARAMETERS);
  });

  it('sees that part alone that a machine shares', () => {
    expect(read({ one: served({ 'memory-mib': [1536], shared: [0x7fc0_0000, 8] }), two: served() })).toBe(true);
    for (let at = RAM; at < RAM + 1536n * MIB; at += BLOCK) {
      const isShared = at >= 0x7fc0_0000n && at < 0x8040_0000n;
      expect(seen(2, WINDOW + at), at.toString(16)).toBe(isShared ? backing(0, at) : INVALID_PARAMETERS);
    }
    expect(seen(2, 2n * WINDOW + RAM)).toBe(backing(1, RAM));
  });

  it.each<[string, number[]]>([
    ['before RAM', [0x3fe0_0000, 2]], ['behind it', [0x4400_0000, 2]], ['in part behind it', [0x43e0_0000, 4]], ['too long', [0x4000_0000, 0xffff_fffe]],
    ['an odd number of MiB', [0x4000_0000, 1]], ['in the middle of a block', [0x4010_0000, 2]],
  ])('does not come to see what a machine shares %s', (_, shared) => {
    expect(read({ one: served({ shared }) })).toBe(false);
    expect(board.line.takeLines()).toEqual(['manifest: one: shared is not in RAM, or not aligned']);
  });

  it('can grant pages and blocks to every machine, and needs no memory for that', () => {
    expect(read({ one: bare, two: served() })).toBe(true);
    const { call } = board.boot;
    for (const vm of [0, 1, 2]) {
      for (let index = 0n; index < 512n; index += 37n) expect(call.stage2Grant(call.vmVttbr(vm), GRANTS + index * 0x1000n, call.vmVttbr(2), RAM + index * 0x1000n)).toBe(true);
      for (let index = 1n; index < 384n; index += 29n) expect(call.stage2Grant(call.vmVttbr(vm), GRANTS + index * BLOCK, call.vmVttbr(2), RAM + BLOCK)).toBe(true);
    }
  });

  it('sees the console of every machine', () => {
    expect(read({ one: bare, two: served() })).toBe(true);
    const { call } = board.boot;
    const lends = (address: bigint): boolean => call.stage2Grant(call.vmVttbr(0), GRANTS, call.vmVttbr(2), address);
    expect([0n, 1n, 2n, 3n].map((vm) => lends(CONSOLES + vm * 0x1000n))).toEqual([true, true, true, false]);
  });

  it('and 31 machines with devices have room', () => {
    const machines = Object.fromEntries(Array.from({ length: 31 }, (_, index) => [`m${index}`, served({ 'memory-mib': [2], entry: [0x4000_0000] })]));
    expect(read(machines)).toBe(true);
    expect(board.line.takeLines()).toEqual([]);
  });
});
