/** The manifest, as docs/abi.md has it: what is accepted becomes VMs, what is wrong is refused in words. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { FILE_BYTES, GOOD, IMAGE, machine, ManifestBoard, manifestTree, MIB, RAM_IPA, type Machine } from '../test/manifest-board.ts';
import { mutations } from '../test/tree-mutations.ts';
import { flatten } from '../test/tree-writer.ts';

const BLOCK = 2n * MIB;
const SEED = 'seed is not in RAM, not aligned, or in two 2 MiB blocks';
const board = new ManifestBoard();
beforeAll(() => board.start());

const readMachines = (machines: Readonly<Record<string, Machine>>, ramMib?: number): boolean => board.read(flatten(manifestTree(machines)), ramMib);

/** Every VM's blocks and segments lie where they may; nothing is shared. */
function expectApart(): void {
  const { call } = board.boot;
  const owners = new Map<bigint, number>();
  for (let vm = 0; vm < call.vmTotal(); vm += 1) {
    const ramBytes = BigInt(call.vmMemoryMib(vm)) * MIB;
    for (let offset = 0n; offset < ramBytes; offset += BLOCK) {
      const block = call.stage2Translate(call.vmVttbr(vm), BigInt(RAM_IPA) + offset);
      expect(block % BLOCK).toBe(0n);
      expect(owners.get(block), 'RAM of two VMs').toBeUndefined();
      owners.set(block, vm);
      expect(block + BLOCK <= IMAGE || block >= IMAGE + BigInt(FILE_BYTES), 'RAM that holds the file').toBe(true);
    }
    const ends: [bigint, bigint][] = [];
    for (let index = 0; index < call.vmSegmentCount(vm); index += 1) {
      const [source, bytes, target] = [call.segmentSource(vm, index), call.segmentBytes(vm, index), call.segmentTarget(vm, index)];
      expect(bytes).toBeGreaterThan(0n);
      expect(source >= IMAGE && source + bytes <= IMAGE + BigInt(FILE_BYTES), 'a segment outside the file').toBe(true);
      expect(target >= BigInt(RAM_IPA) && target + bytes <= BigInt(RAM_IPA) + ramBytes, 'a segment outside RAM').toBe(true);
      for (const [start, end] of ends) expect(target >= end || target + bytes <= start, 'segments that overlap').toBe(true);
      ends.push([target, target + bytes]);
    }
    expect(call.vmEntry(vm) >= BigInt(RAM_IPA) && call.vmEntry(vm) + 4n <= BigInt(RAM_IPA) + ramBytes).toBe(true);
  }
}

describe('a good manifest', () => {
  it('becomes the machines that it names', () => {
    expect(readMachines({ personal: machine(), work: machine({ 'memory-mib': [1024], vcpus: [3], priority: [7] }) })).toBe(true);
    const { call } = board.boot;
    expect(board.line.takeLines()).toEqual([]);
    expect(call.vmTotal()).toBe(2);
    expect([0, 1].map((vm) => [call.vmMemoryMib(vm), call.vmVcpuCount(vm), call.vmPriority(vm)])).toEqual([[64, 1, 1], [1024, 3, 7]]);
    expect([call.vmEntry(0), call.vmDeviceTree(0), call.vmSeed(0)]).toEqual([0x4020_0000n, 0x4180_0000n, 0x4180_1000n]);
    expect(Array.from({ length: call.vmSegmentCount(0) }, (_, index) => [call.segmentSource(0, index) - IMAGE, call.segmentBytes(0, index), call.segmentTarget(0, index)])).toEqual([
      [0x1000n, 0x3000n, 0x4020_0000n], [0x4000n, 100n, 0x4100_0000n], [0x6000n, 0x480n, 0x4180_0000n],
    ]);
    // Dealt out in turn over the four processors.
    expect([call.vmCpuOf(0, 0), call.vmCpuOf(1, 0), call.vmCpuOf(1, 1), call.vmCpuOf(1, 2)]).toEqual([0, 1, 2, 3]);
    expectApart();
  });

  it('may pin vCPUs, leave out what has a default, and say more than the hypervisor knows', () => {
    const bare = machine({ priority: null, 'device-tree': null, 'device-tree-gicv2': null, 'device-tree-gicv3': null, seed: null, segments: null });
    expect(readMachines({ a: machine({ vcpus: [2], cpus: [3, 3], 'x-future': 'yes' }), b: bare })).toBe(true);
    const { call } = board.boot;
    expect([call.vmCpuOf(0, 0), call.vmCpuOf(0, 1), call.vmCpuOf(1, 0)]).toEqual([3, 3, 0]);
    expect([call.vmPriority(1), call.vmDeviceTree(1), call.vmSeed(1), call.vmSegmentCount(1)]).toEqual([0, 0n, 0n, 0]);
    expectApart();
  });

  it('may have machines of 32 bits where the processor has AArch32 at EL1', () => {
    board.hasAarch32 = true;
    expect(readMachines({ old: machine({ aarch32: [] }), fine: GOOD })).toBe(true);
    board.hasAarch32 = false;
  });

  it('may have 32 machines, 64 vCPUs, 3072 MiB, and a segment up to the end of the file and of RAM', () => {
    const many = Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`m-${index}`, machine({ vcpus: [2] })]));
    expect(readMachines(many)).toBe(true);
    expectApart();
    const whole = machine({ 'memory-mib': [3072], segments: [FILE_BYTES - 4096, 4096, 0xffff_f000], entry: [0xffff_fffc], priority: [7] });
    expect(readMachines({ big: whole, 'fifteen-letters': machine({ vcpus: [8] }) })).toBe(true);
    expectApart();
  });
});

describe('a machine is refused', () => {
  it.each<[string, string, Record<string, number[] | string | null>]>([
    ['without memory', 'memory-mib: even, 2 to 3072', { 'memory-mib': null }],
    ['with no memory', 'memory-mib: even, 2 to 3072', { 'memory-mib': [0] }],
    ['with an odd memory', 'memory-mib: even, 2 to 3072', { 'memory-mib': [63] }],
    ['with too much memory', 'memory-mib: even, 2 to 3072', { 'memory-mib': [3074] }],
    ['with absurd memory', 'memory-mib: even, 2 to 3072', { 'memory-mib': [0xffff_fffe] }],
    ['without vcpus', 'vcpus is not 1 to 8', { vcpus: null }],
    ['with no vcpus', 'vcpus is not 1 to 8', { vcpus: [0] }],
    ['with nine vcpus', 'vcpus is not 1 to 8', { vcpus: [9] }],
    ['with more cpus than vcpus', 'cpus: one for each vCPU', { cpus: [0, 1] }],
    ['with fewer cpus than vcpus', 'cpus: one for each vCPU', { vcpus: [3], cpus: [0, 1] }],
    ['with very many cpus', 'cpus: one for each vCPU', { cpus: Array.from({ length: 1000 }, () => 0) }],
    ['on a processor that is not there', 'cpus: the board has fewer', { cpus: [4] }],
    ['of 32 bits, where the processor has none', 'no AArch32 at EL1', { aarch32: [] }],
    ['with a budget of more than its period', 'budget-us is above period-us', { 'budget-us': [101], 'period-us': [100] }],
    ['with a budget and no period', 'budget-us is above period-us', { 'budget-us': [0xffff_ffff] }],
    ['with priority 8', 'priority is above 7', { priority: [8] }],
    ['without an entry', 'entry is not in RAM', { entry: null }],
    ['with its entry below RAM', 'entry is not in RAM', { entry: [RAM_IPA - 4] }],
    ['with its entry behind RAM', 'entry is not in RAM', { entry: [RAM_IPA + 64 * 0x10_0000] }],
    ['with an odd entry', 'entry is not in RAM', { entry: [RAM_IPA + 2] }],
    ['with its seed below RAM', SEED, { seed: [4] }],
    ['with its seed over the end of RAM', SEED, { seed: [RAM_IPA + 64 * 0x10_0000 - 16] }],
    ['with an odd seed', SEED, { seed: [RAM_IPA + 1] }],
    ['with a segment behind the file', 'a segment is not in the file', { segments: [FILE_BYTES, 64, RAM_IPA] }],
    ['with a segment over the end of the file', 'a segment is not in the file', { segments: [FILE_BYTES - 64, 128, RAM_IPA] }],
    ['with a segment that wraps', 'a segment is not in the file', { segments: [0x40, 0xffff_ffff, RAM_IPA] }],
    ['with a segment far behind the file', 'a segment is not in the file', { segments: [0xffff_ffc0, 64, RAM_IPA] }],
    ['with a segment from anywhere', 'a segment is not aligned to 64', { segments: [0x1010, 64, RAM_IPA] }],
    ['with a segment to anywhere', 'a segment is not aligned to 64', { segments: [0x1000, 64, RAM_IPA + 8] }],
    ['with a segment below RAM', 'a segment is not in RAM', { segments: [0x1000, 128, RAM_IPA - 64] }],
    ['with a segment over the end of RAM', 'a segment is not in RAM', { segments: [0x1000, 128, RAM_IPA + 64 * 0x10_0000 - 64] }],
    ['with segments that overlap', 'segments overlap', { segments: [0x1000, 128, RAM_IPA, 0x2000, 64, RAM_IPA + 64] }],
    ['with segments inside each other', 'segments overlap', { segments: [0x1000, 64, RAM_IPA + 64, 0x2000, 640, RAM_IPA] }],
    ['with its device tree in a segment', 'segments overlap', { 'device-tree': [RAM_IPA + 0x20_0000] }],
    ['with its device tree below RAM', 'a segment is not in RAM', { 'device-tree': [64] }],
    ['with a device tree outside the file', 'a segment is not in the file', { 'device-tree-gicv3': [FILE_BYTES, 64] }],
    ['without a device tree for this board', 'no device tree for this GIC', { 'device-tree-gicv3': null }],
    ['with nine segments', 'more than 8 segments', { segments: Array.from({ length: 9 }, (_, index) => [0x1000, 64, RAM_IPA + index * 64]).flat() }],
  ])('%s', (_, words, changes) => {
    expect(readMachines({ fine: GOOD, 'bad-one': machine(changes) })).toBe(false);
    expect(board.line.takeLines()).toEqual([`manifest: bad-one: ${words}`]);
  });

  it('with a segment of no bytes, which nobody could copy', () => {
    expect(readMachines({ a: machine({ segments: [0x1000, 0, RAM_IPA] }) })).toBe(false);
    expect(board.line.takeLines()[0]).toMatch(/^manifest: a: /);
  });

  it('with half a segment', () => {
    expect(readMachines({ a: machine({ segments: [0x1000, 64, RAM_IPA, 0x1000, 64] }) })).toBe(false);
    expect(board.line.takeLines()[0]).toMatch(/^manifest: a: /);
  });

  it('with a name that is none', () => {
    for (const name of ['sixteen-letters-', 'Work', '1st', 'a_b', 'a b', '-a', 'a\x1b[2J', '']) {
      expect(readMachines({ [name]: GOOD }), JSON.stringify(name)).toBe(false);
      // Nothing that is not printable reaches the console.
      expect(board.line.takeLines()[0]).toMatch(/^manifest: [ -~]*: a name [ -~]*$/);
    }
  });

  it('with the name of another', () => {
    const tree = manifestTree({ a: GOOD, b: GOOD });
    expect(board.read(flatten({ ...tree, children: [...tree.children!, { name: 'a', properties: GOOD }] }))).toBe(false);
    expect(board.line.takeLines()).toEqual(['manifest: a: two machines have this name']);
  });

  it('for lack of RAM, by its name', () => {
    expect(readMachines({ a: machine({ 'memory-mib': [64] }), b: machine({ 'memory-mib': [1024] }) }, 512)).toBe(false);
    expect(board.line.takeLines()).toEqual(['manifest: b: the board has too little RAM']);
  });

  it('in one line, however often it is wrong', () => {
    expect(readMachines({ a: machine({ segments: Array.from({ length: 3000 }, () => 1) }) })).toBe(false);
    expect(board.line.takeLines()).toHaveLength(1);
  });
});

describe('the whole is refused', () => {
  it.each([
    ['of another kind', 'not "thimble,manifest-1"', { compatible: 'thimble,manifest-2' }],
    ['whose file has grown', 'file-bytes is not the length of the file', { 'file-bytes': [FILE_BYTES - 4096] }],
    ['whose file is truncated', 'file-bytes is not the length of the file', { 'file-bytes': [FILE_BYTES + 1] }],
  ])('%s', (_, words, root) => {
    expect(board.read(flatten(manifestTree({ a: GOOD }, root)))).toBe(false);
    expect(board.line.takeLines()).toEqual([`manifest: ${words}`]);
  });

  it('without the length of its file', () => {
    const tree = manifestTree({ a: GOOD });
    expect(board.read(flatten({ ...tree, properties: { compatible: 'thimble,manifest-1' } }))).toBe(false);
    expect(board.line.takeLines()[0]).toMatch(/^manifest: .*file-bytes/);
  });

  it('without machines', () => {
    expect(readMachines({})).toBe(false);
    expect(board.line.takeLines()).toEqual(['manifest: no machine']);
  });

  it('with 33 machines or 65 vCPUs', () => {
    const machines = (count: number, vcpus: number): Record<string, Machine> =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, machine({ vcpus: [vcpus] })]));
    expect(readMachines(machines(33, 1))).toBe(false);
    expect(board.line.takeLines()).toEqual(['manifest: more than 32 machines']);
    expect(readMachines(machines(9, 8))).toBe(false);
    expect(board.line.takeLines()).toEqual(['manifest: m8: more than 64 vCPUs in all']);
  });

  it('when it is damaged', () => {
    const tree = flatten(manifestTree({ a: GOOD }));
    tree.writeUInt32BE(7, tree.readUInt32BE(8) + tree.readUInt32BE(36) - 4);
    expect(board.read(tree)).toBe(false);
    expect(board.line.takeLines()).toEqual(['manifest: damaged device tree']);
  });
});

/** Odd values for any property, near the borders of what is allowed. */
const value = fc.oneof(
  fc.constantFrom(0, 1, 2, 4, 8, 64, 128, 3072, FILE_BYTES - 64, FILE_BYTES, RAM_IPA - 64, RAM_IPA, RAM_IPA + 64, 0xffff_ffc0, 0xffff_ffff),
  fc.nat(9), fc.integer({ min: 0, max: 0xffff_ffff }),
);
const change = fc.tuple(fc.constantFrom(...Object.keys(GOOD), 'cpus'), fc.array(value, { maxLength: 7 }));
const changedMachine = fc.array(change, { maxLength: 2 }).map((changes) => machine(Object.fromEntries(changes)));

describe('a manifest with anything in it', () => {
  it('is refused in words, or gives VMs that are apart from each other and from the file', () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(changedMachine, { minLength: 1, maxLength: 3 }), (machines) => {
        const ok = readMachines(Object.fromEntries(machines.map((one, index) => [`m${index}`, one])));
        const lines = board.line.takeLines();
        if (ok) {
          accepted += 1;
          expect(lines).toEqual([]);
          expectApart();
        } else {
          expect(lines.length).toBeGreaterThan(0);
          for (const line of lines) expect(line).toMatch(/^manifest: [ -~]+$/);
        }
      }),
      { numRuns: 300, seed: 8 },
    );
    expect(accepted).toBeGreaterThan(20);
  });

  it('never traps, however its bytes are damaged', () => {
    const tree = flatten(manifestTree({ personal: GOOD, work: machine({ vcpus: [2], cpus: [1, 2] }) }));
    let read = 0;
    fc.assert(
      fc.property(mutations, (mutate) => {
        const damaged = mutate(tree);
        let ok: boolean;
        try {
          ok = board.read(damaged);
        } catch (error) {
          if (error instanceof Error && error.message.includes('no device tree')) return;
          throw error;
        }
        read += 1;
        if (ok) expectApart();
        else expect(board.line.takeLines().length).toBeGreaterThan(0);
      }),
      { numRuns: 1000, seed: 9 },
    );
    expect(read).toBeGreaterThan(200);
  });
});
