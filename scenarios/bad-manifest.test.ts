/**
 * A file whose manifest is wrong: the hypervisor says in words what is wrong with which machine, starts nothing, and waits
 * for somebody to turn the board off.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildHandset, type BuiltImage, defineHandset, launch, type RunningHandset } from 'thimble';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { assemble, type Assembled, type MachineSource, moveManifest, type Parts, type Source } from './handmade-image.ts';
import { guest, PATIENCE } from './handset-under-test.ts';

let folder: string;
let parts: Parts;
let built: BuiltImage;
let running: RunningHandset | null = null;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thimble-manifest-'));
  const image = await buildHandset(
    defineHandset({ machines: [{ name: 'hello', memoryMib: 2, image: { ...guest('hello'), deviceTree: false } }] }),
    { output: join(folder, 'good.img') },
  );
  const [machine] = image.machines;
  parts = { hypervisor: await readFile(image.hypervisor.imageFile), program: machine!.segments[0]!.bytes };
  built = image;
});

afterEach(async () => {
  await running?.close();
  running = null;
});

afterAll(() => rm(folder, { recursive: true }));

/** A manifest of one machine that is right, but for `changes`; an empty value leaves a property out. */
function one(changes: MachineSource | ((places: { program: number; programBytes: number }) => MachineSource), name = 'hello'): Source {
  return {
    machines: (places) => {
      const right = {
        'memory-mib': '<2>',
        vcpus: '<1>',
        segments: `<${places.program} ${places.programBytes} 0x40080000>`,
        entry: '<0x40080000>',
      };
      const all = { ...right, ...(typeof changes === 'function' ? changes(places) : changes) };
      return [[name, Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))]];
    },
  };
}

/** Several machines, each as `one` makes it. */
function several(...sources: Source[]): Source {
  return { machines: (places) => sources.flatMap((source) => source.machines(places)) };
}

async function boot(bytes: Buffer): Promise<RunningHandset> {
  const file = join(folder, 'handmade.img');
  await writeFile(file, bytes);
  running = await launch({ ...built, file, fileBytes: bytes.length });
  return running;
}

/** Boots it, and expects these words and no machine. */
async function refused({ bytes }: Assembled, words: RegExp): Promise<void> {
  const handset = await boot(bytes);
  await handset.hypervisor.expect(words, PATIENCE);
  expect(handset.hypervisor.lines.filter((line) => /started|panic/.test(line))).toEqual([]);
  expect(handset.consoles.flatMap(({ lines }) => lines)).toEqual([]);
}

test('a manifest that is right starts its machine', async () => {
  const handset = await boot(assemble(parts, one({})).bytes);
  await handset.console('hello').expect('hello from a machine in TypeScript\n', PATIENCE);
  expect((await handset.ended).poweredOff).toBe(true);
});

describe('the hypervisor refuses a machine', () => {
  test.each<[what: string, Source, RegExp]>([
    ['without memory', one({ 'memory-mib': '' }), /^manifest: hello: memory-mib/m],
    ['with an odd number of MiB', one({ 'memory-mib': '<3>' }), /^manifest: hello: memory-mib/m],
    ['with more memory than a machine may have', one({ 'memory-mib': '<3074>' }), /^manifest: hello: memory-mib/m],
    ['with more memory than the board has', one({ 'memory-mib': '<2048>' }), /^manifest: hello: the board has too little RAM/m],
    ['without vCPUs', one({ vcpus: '<0>' }), /^manifest: hello: vcpus/m],
    ['with too many vCPUs', one({ vcpus: '<9>' }), /^manifest: hello: vcpus/m],
    ['on a CPU that does not exist', one({ cpus: '<2>' }), /^manifest: hello: cpus/m],
    ['with more CPUs than vCPUs', one({ cpus: '<0 1>' }), /^manifest: hello: cpus/m],
    ['with a priority that does not exist', one({ priority: '<8>' }), /^manifest: hello: priority/m],
    ['whose entry is not in RAM', one({ entry: '<0x40200000>' }), /^manifest: hello: entry/m],
    ['whose entry is below its RAM', one({ entry: '<0x3ffffffc>' }), /^manifest: hello: entry/m],
    ['whose entry is no instruction’s address', one({ entry: '<0x40080002>' }), /^manifest: hello: entry/m],
    ['whose segment starts after the file', one({ segments: '<0x7fff0000 64 0x40080000>' }), /^manifest: hello: a segment is not in the file/m],
    ['whose segment ends after the file', one(({ program }) => ({ segments: `<${program} 0xfffff000 0x40080000>` })), /^manifest: hello: a segment is not in the file/m],
    ['whose segment is not in its RAM', one(({ program }) => ({ segments: `<${program} 64 0x40200000>` })), /^manifest: hello: a segment is not in RAM/m],
    ['whose segment ends after its RAM', one(({ program }) => ({ segments: `<${program} 128 0x401fffc0>` })), /^manifest: hello: a segment is not in RAM/m],
    ['whose segment wraps around', one(({ program }) => ({ segments: `<${program} 64 0xffffffc0>` })), /^manifest: hello: a segment is not in RAM/m],
    ['whose segment is not aligned in the file', one(({ program }) => ({ segments: `<${program + 4} 64 0x40080000>` })), /^manifest: hello: a segment is not aligned/m],
    ['whose segment is not aligned in RAM', one(({ program }) => ({ segments: `<${program} 64 0x40080004>` })), /^manifest: hello: a segment is not aligned/m],
    ['whose segments overlap', one(({ program }) => ({ segments: `<${program} 128 0x40080000 ${program} 64 0x40080040>` })), /^manifest: hello: segments overlap/m],
    ['with too many segments', one(({ program }) => ({ segments: `<${Array.from({ length: 9 }, (_, index) => `${program} 64 ${0x4008_0000 + index * 64}`).join(' ')}>` })), /^manifest: hello: more than 8 segments/m],
    ['with a device tree of no length', one({ 'device-tree': '<0x40100000>' }), /^manifest: hello: no device tree for/m],
    ['whose device tree is not in the file', one({ 'device-tree': '<0x40100000>', 'device-tree-gicv3': '<0x7fff0000 64>' }), /^manifest: hello: a segment is not in the file/m],
    ['whose device tree is not in its RAM', one(({ program }) => ({ 'device-tree': '<0x50000000>', 'device-tree-gicv3': `<${program} 64>` })), /^manifest: hello: a segment is not in RAM/m],
    ['whose seed is not in its RAM', one({ seed: '<0x401ffff0>' }), /^manifest: hello: seed/m],
    ['with a name of 16 characters', one({}, 'abcdefghijklmnop'), /^manifest: abcdefghijklmno: a name/m],
    ['with a name that is not one', one({}, 'Hello_1'), /^manifest: Hello_1: a name/m],
    ['with the name of another', several(one({}), one({})), /^manifest: hello: /m],
  ])('%s', async (_, source, words) => {
    await refused(assemble(parts, source), words);
  });

  test('that together with others wants more memory than there is', async () => {
    const machines = ['one', 'two', 'three'].map((name) => one({ 'memory-mib': '<400>' }, name));
    await refused(assemble(parts, several(...machines)), /^manifest: three: the board has too little RAM/m);
  });

  test('that is one too many', async () => {
    const machines = Array.from({ length: 33 }, (_, index) => one({}, `machine-${index}`));
    await refused(assemble(parts, several(...machines)), /^manifest: more than 32 machines/m);
  });
});

describe('the hypervisor refuses a manifest', () => {
  const damage = async (words: RegExp, change: (manifest: Buffer, file: Buffer) => void): Promise<void> => {
    const image = assemble(parts, one({}));
    change(image.bytes.subarray(image.manifestOffset), image.bytes);
    await refused(image, words);
  };

  test('of another kind', async () => {
    await refused(assemble(parts, { ...one({}), compatible: 'thimble,manifest-9' }), /^manifest: not "thimble,manifest-1"/m);
  });

  test('without machines', async () => {
    await refused(assemble(parts, { machines: () => [] }), /^manifest: no machine/m);
  });

  test('of a file of another length', async () => {
    await refused(assemble(parts, { ...one({}), fileBytes: 999_999 }), /^manifest: file-bytes is not the length of the file/m);
  });

  test('of a file whose end is missing', async () => {
    const { bytes, manifestOffset } = assemble(parts, one({}));
    await refused({ bytes: bytes.subarray(0, -parts.program.length), manifestOffset }, /^manifest: the file is truncated/m);
  });

  test('that is not where the header says', async () => {
    await damage(/^thimble: the image has no manifest/m, (_, file) => moveManifest(file, 0));
    await running?.close();
    await damage(/^thimble: the image has no manifest/m, (_, file) => moveManifest(file, 0x4000_0000));
    await running?.close();
    await damage(/^manifest: no device tree/m, (_, file) => moveManifest(file, 0x1000));
  });

  test('with a bad magic', async () => {
    await damage(/^manifest: no device tree/m, (manifest) => manifest.writeUInt32BE(0xdead_beef, 0));
  });

  test.each([
    ['whose length is past all bounds', 0x04, 0xffff_ffff],
    ['whose length is nothing', 0x04, 0],
    ['whose structure is elsewhere', 0x08, 0x7fff_fff0],
    ['whose structure is not aligned', 0x08, 0x39],
    ['whose names are elsewhere', 0x0c, 0x7fff_fff0],
    ['whose structure is longer than itself', 0x24, 0x7fff_fff0],
    ['whose structure is cut short', 0x24, 24],
    ['whose first token is none', 0x38, 0x55],
  ])('%s', async (_, offset, value) => {
    await damage(/^manifest: /m, (manifest) => manifest.writeUInt32BE(value, offset));
  });

  test('whose property is longer than the rest', async () => {
    await damage(/^manifest: /m, (manifest) => {
      // The length that follows the first property's token.
      const token = manifest.indexOf(Buffer.from([0, 0, 0, 3]), 0x38);
      manifest.writeUInt32BE(0xffff_fff0, token + 4);
    });
  });

  test('whose property has a name that is nowhere', async () => {
    await damage(/^manifest: /m, (manifest) => {
      const token = manifest.indexOf(Buffer.from([0, 0, 0, 3]), 0x38);
      manifest.writeUInt32BE(0xffff_fff0, token + 8);
    });
  });

  test('that has no end', async () => {
    await damage(/^manifest: /m, (manifest) => {
      const bytes = manifest.readUInt32BE(0x24);
      manifest.fill(Buffer.from([0, 0, 0, 4]), 0x38 + bytes - 8, 0x38 + bytes);
    });
  });
});
