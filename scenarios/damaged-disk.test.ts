/** Disks whose partition table is damaged, or lacks a volume: it is said at the start, and every machine starts, with the volumes that there are. One that is in use is refused. */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineHandset, launch } from 'thimble';
import { ensureDisk } from 'thimble/devices/disk-image.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goesOn } from './beats.ts';
import { guest, launched, PATIENCE } from './handset-under-test.ts';

const MIB = 2 ** 20;
const SECTOR_BYTES = 512;
const folder = mkdtempSync(join(tmpdir(), 'thimble-damaged-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const volumes = ['personal', 'work'].map((name) => ({ name, sizeMib: 1 }));
const DISK_BYTES = 4 * MIB;
const TABLE = 'disk: its partition table is damaged';

interface Damage {
  readonly what: string;
  /** Sectors that are overwritten, from the disk's end if negative. */
  readonly sectors: readonly number[];
  /** The volumes that the disk was made with. */
  readonly made: typeof volumes;
  readonly said: readonly string[];
}

const damages: readonly Damage[] = [
  { what: 'none', sectors: [], made: volumes, said: [] },
  { what: 'the first table', sectors: [1], made: volumes, said: [`${TABLE}; the second one counts`] },
  {
    what: 'both tables', sectors: [1, -1], made: volumes,
    said: [`${TABLE}, and so is the second one`, 'personal: virtio device 0: not there', 'work: virtio device 0: not there'],
  },
  { what: 'a volume that was not there when the disk was made', sectors: [], made: volumes.slice(0, 1), said: ['disk: no volume work', 'work: virtio device 0: not there'] },
];

describe('a disk on which a handset runs', () => {
  const file = join(folder, 'in-use.img');
  const config = defineHandset({ memoryMib: 128, disk: { file, volumes }, machines: [{ name: 'personal', memoryMib: 4, image: guest('busy'), volumes: [{ name: 'personal' }] }] });
  const handset = launched(config);

  test('is neither given to another one nor made anew under it', async () => {
    await handset().console('devices').expect('ready', PATIENCE);
    const inode = statSync(file).ino;
    for (const newDisk of [false, true]) {
      await expect(launch(config, { newDisk })).rejects.toThrow(`disk.file: ${file}: a handset that runs has it; end that one first`);
    }
    expect(statSync(file).ino).toBe(inode);
    await handset().close();
    const next = await launch(config, { newDisk: true });
    await next.close();
    expect(statSync(file).ino).not.toBe(inode);
  });
});

describe.each(damages)('$what', ({ sectors, made, said }) => {
  const file = join(folder, `${String(damages.findIndex((damage) => damage.said === said))}.img`);
  beforeAll(async () => {
    await ensureDisk(file, { file, volumes: made });
    const disk = openSync(file, 'r+');
    for (const sector of sectors) writeSync(disk, Buffer.alloc(SECTOR_BYTES, 0xee), 0, SECTOR_BYTES, (sector < 0 ? DISK_BYTES : 0) + sector * SECTOR_BYTES);
    closeSync(disk);
  });
  const handset = launched(
    defineHandset({
      memoryMib: 128,
      disk: { file, volumes },
      machines: [...volumes.map(({ name }) => ({ name, memoryMib: 4, image: guest('busy'), volumes: [{ name }] })), { name: 'without', memoryMib: 4, image: guest('busy') }],
    }),
  );

  test('is said, and all machines run', async () => {
    await handset().console('devices').expect('ready', PATIENCE);
    expect(handset().console('devices').lines.filter((line) => line !== 'ready')).toEqual(said);
    for (const name of ['personal', 'work', 'without']) await goesOn(handset().console(name));
  });
});
