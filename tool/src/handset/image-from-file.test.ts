import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootableFile } from '../image/bootable-file.ts';
import { placeFlat } from '../image/flat-placement.ts';
import type { MachineImage } from '../image/machine-image.ts';
import { imageFromFile } from './image-from-file.ts';

const BOARD = { board: undefined, cpu: undefined, cpus: undefined, memoryMib: undefined };

function machine(name: string, more: Partial<MachineImage> = {}): MachineImage {
  const bytes = Buffer.from('what runs in it');
  const placement = placeFlat({
    ...{ kind: 'flat', architecture: 'arm64', bytes, loadOffset: 0x8_0000, initrd: null, commandLine: '' },
    ...{ deviceTree: true, deviceTreeOffset: null, memoryMib: 16, vcpus: 1 },
  });
  return { name, memoryMib: 16, vcpus: 1, cpus: null, priority: 0, budget: null, hideStolenTime: false, ...placement, ...more };
}

describe('an image that was built before', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thimble-image-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function fileOf(name: string, machines: readonly MachineImage[]): Promise<string> {
    const hypervisor = Buffer.alloc(4096);
    hypervisor.write('ARM\x64', 0x38, 'latin1');
    const file = join(folder, name);
    await writeFile(file, bootableFile(hypervisor, machines).pieces);
    return file;
  }

  test('has the machines that its manifest names', async () => {
    const { handset } = await imageFromFile(await fileOf('plain.img', [machine('one'), machine('two')]), BOARD);
    expect(handset.machines.map(({ name, memoryMib }) => [name, memoryMib])).toEqual([['one', 16], ['two', 16]]);
  });

  test('is refused if its machines have devices, with what to boot instead', async () => {
    const file = await fileOf('devices.img', [machine('one', { virtioSlots: 1 }), machine('devices', { controller: { devices: [] } })]);
    await expect(imageFromFile(file, BOARD)).rejects.toThrow(
      `${file}: its machines have devices, and what is behind those (a disk, a panel, a network) is not in an image; ` +
        'boot the configuration that it was built from: npm run thimble -- run --config CONFIGURATION',
    );
  });
});
