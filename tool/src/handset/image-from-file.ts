/**
 * Launching a file that was built before, perhaps elsewhere: its manifest names the machines, the board is whatever
 * the person says. What is behind devices, a disk's file or a panel's size, only a configuration says: an image with
 * devices is refused.
 */
import { readFile } from 'node:fs/promises';
import { checkHandset } from '../config/check.ts';
import { flat, type HandsetConfig } from '../config/handset-config.ts';
import { readImage } from '../image/image-contents.ts';
import { refusing, Refusal } from '../refusal.ts';
import type { BuiltImage } from './build-handset.ts';

export type BoardChoice = Pick<HandsetConfig, 'board' | 'cpu' | 'cpus' | 'memoryMib'>;

export async function imageFromFile(file: string, board: BoardChoice): Promise<BuiltImage> {
  const bytes = await refusing(file, () => readFile(file));
  const { machines, controller } = readImage(bytes, file);
  if (controller !== null) {
    const why = 'its machines have devices, and what is behind those (a disk, a panel, a network) is not in an image';
    throw new Refusal(`${file}: ${why}; boot the configuration that it was built from: npm run thimble -- run --config CONFIGURATION`);
  }
  const handset = checkHandset(
    {
      ...board,
      machines: machines.map(({ name, memoryMib, vcpus, architecture, cpus, priority, budget, hideStolenTime }) => ({
        name,
        memoryMib,
        vcpus,
        priority,
        ...(cpus && { cpus }),
        ...(budget && { budget }),
        hideStolenTime,
        // What runs in it is in the file; only its console matters here.
        image: flat({ file, architecture }),
      })),
    },
    file,
  );
  return { file, fileBytes: bytes.length, handset, hypervisor: null };
}
