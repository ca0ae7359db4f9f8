import { describe, expect, it } from 'vitest';
import { readHeader } from './arm64-header.ts';
import { bootableFile } from './bootable-file.ts';
import { cellsOf, childAt, readTree } from './device-tree.ts';
import { placeFlat } from './flat-placement.ts';
import { readImage } from './image-contents.ts';
import type { MachineImage } from './machine-image.ts';

const WORKSPACE_BYTES = 0x8000;

/** A hypervisor of nothing but its header and `length` bytes. */
function hollowHypervisor(length: number): Buffer {
  const image = Buffer.alloc(length, 0xee);
  image.fill(0, 0, 64);
  image.write('ARM\x64', 0x38, 'latin1');
  image.writeBigUInt64LE(BigInt(WORKSPACE_BYTES), 0x30);
  return image;
}

function machine(name: string, bytes: Buffer, more: Partial<MachineImage> = {}): MachineImage {
  const placement = placeFlat({
    kind: 'flat',
      architecture: 'arm64',
    bytes,
    loadOffset: 0x8_0000,
    initrd: null,
    commandLine: `name=${name}`,
    deviceTree: true,
    deviceTreeOffset: null,
    memoryMib: 16,
    vcpus: 1,
  });
  return { name, memoryMib: 16, vcpus: 1, cpus: null, priority: 0, budget: null, hideStolenTime: false, ...placement, ...more };
}

function assemble(machines: readonly MachineImage[]): { file: Buffer; memoryBytes: number } {
  const built = bootableFile(hollowHypervisor(5000), machines);
  const file = Buffer.concat(built.pieces);
  expect(file.length).toBe(built.bytes);
  return { file, memoryBytes: built.memoryBytes };
}

describe('a bootable file', () => {
  const shared = Buffer.from('the same kernel');
  const one = machine('one', shared, { cpus: [1], priority: 3, budget: { us: 2500, periodUs: 10_000 }, hideStolenTime: true });
  const two = machine('two', Buffer.from(shared), { architecture: 'arm' });

  it('says in its header how much memory it takes and where its manifest is', () => {
    const { file, memoryBytes } = assemble([one]);
    const header = readHeader(file);
    expect(header.manifestOffset).toBe(8192);
    expect(header.imageSize).toBe(memoryBytes);
    expect(memoryBytes).toBe(Math.ceil(file.length / 4096) * 4096 + WORKSPACE_BYTES);
  });

  it('reads back as what was put in', () => {
    const { file } = assemble([one, two]);
    const contents = readImage(file, 'x.img');
    expect(contents.machines.map(({ name, architecture, cpus, priority, budget, hideStolenTime }) => ({ name, architecture, cpus, priority, budget, hideStolenTime }))).toEqual([
      { name: 'one', architecture: 'arm64', cpus: [1], priority: 3, budget: { us: 2500, periodUs: 10_000 }, hideStolenTime: true },
      { name: 'two', architecture: 'arm', cpus: null, priority: 0, budget: null, hideStolenTime: false },
    ]);
    const [first] = contents.machines;
    expect(first?.entryIpa).toBe(0x4008_0000);
    expect(first?.commandLine).toBe('name=one');
    const [segment] = first?.segments ?? [];
    expect(segment?.kind).toBe('entry');
    expect(segment && file.subarray(segment.offset, segment.offset + segment.bytes).toString()).toBe('the same kernel');
    expect(segment?.offset && segment.offset % 4096).toBe(0);
  });

  it('keeps shared content once', () => {
    const machines = readImage(assemble([one, two]).file, 'x.img').machines;
    expect(machines[0]?.segments[0]?.offset).toBe(machines[1]?.segments[0]?.offset);
    expect(machines[0]?.deviceTrees[0]?.offset).not.toBe(machines[1]?.deviceTrees[0]?.offset);
  });

  it('names the address of a seed that both device trees keep there', () => {
    const { file } = assemble([one]);
    const manifestNode = childAt(readTree(file.subarray(8192)), ['one']);
    const [seedIpa = 0] = manifestNode ? cellsOf(manifestNode, 'seed') : [];
    for (const tree of readImage(file, 'x.img').machines[0]?.deviceTrees ?? []) {
      const chosen = childAt(readTree(file.subarray(tree.offset)), ['chosen']);
      expect(chosen?.properties.get('rng-seed')?.offset).toBe(seedIpa - tree.ipa);
      expect(chosen?.properties.get('rng-seed')?.bytes.length).toBe(32);
    }
  });

  it('is refused when it is cut, foreign or without a manifest', () => {
    const { file } = assemble([one]);
    expect(() => readImage(file.subarray(0, file.length - 1), 'x.img')).toThrow(/x\.img: damaged manifest: the file should have/);
    expect(() => readImage(Buffer.from('hello'), 'x.img')).toThrow('x.img: no arm64 Image');
    expect(() => readImage(hollowHypervisor(5000), 'x.img')).toThrow('without a Thimble manifest');
  });
});
