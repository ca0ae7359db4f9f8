/**
 * For tests: the fake QEMU as a program that can be put in the real one's place.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bootableFile } from '../image/bootable-file.ts';
import { placeFlat } from '../image/flat-placement.ts';
import { projectRoot } from '../project.ts';

export const tsxLoader = resolve(projectRoot, 'node_modules/tsx/dist/esm/index.mjs');

export interface FakeQemu {
  /** A folder of its own, which goes with it. */
  readonly folder: string;
  readonly program: string;
  /** An image of the machines `one` and `two` that makes the fake behave so. */
  image(behaviour: string): string;
  remove(): void;
}

/** A hypervisor that is only its header. */
function hollowHypervisor(): Buffer {
  const image = Buffer.alloc(4096);
  image.write('ARM\x64', 0x38, 'latin1');
  return image;
}

function fakeImage(): Buffer {
  const placement = placeFlat({
    kind: 'flat',
      architecture: 'arm64',
    bytes: Buffer.from('nothing'),
    loadOffset: 0x8_0000,
    initrd: null,
    commandLine: '',
    deviceTree: true,
    deviceTreeOffset: null,
    memoryMib: 16,
    vcpus: 1,
  });
  const machines = ['one', 'two'].map((name) => ({ name, memoryMib: 16, vcpus: 1, cpus: null, priority: 0, budget: null, hideStolenTime: false, ...placement }));
  return Buffer.concat(bootableFile(hollowHypervisor(), machines).pieces);
}

export function fakeQemu(): FakeQemu {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-test-'));
  const program = join(folder, 'qemu');
  const script = resolve(projectRoot, 'tool/src/qemu/fake-qemu.ts');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' --import '${tsxLoader}' '${script}' "$@"\n`, { mode: 0o755 });
  return {
    folder,
    program,
    image: (behaviour) => {
      const file = join(folder, `${behaviour}.img`);
      writeFileSync(file, fakeImage());
      return file;
    },
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}
