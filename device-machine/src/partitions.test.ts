/** Partition tables that a machine's volume is found by, sound and damaged. [UEFI 2.10 "GUID Partition Table (GPT) Disk Layout"] */
import { crc32 } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { Board } from '../test/board.ts';
import { diskContent, MIB, SECTOR } from '../test/disk-content.ts';
import { GuestDevice } from '../test/guest-device.ts';
import { block, machine, TestHandset } from '../test/handset.ts';

let board: Board;
let pristine: Buffer;
const first = (disk: Buffer): Buffer => disk.subarray(SECTOR, 2 * SECTOR);
const second = (disk: Buffer): Buffer => disk.subarray(disk.length - SECTOR);
const entries = (disk: Buffer): Buffer => disk.subarray(2 * SECTOR, 34 * SECTOR);
const secondEntries = (disk: Buffer): Buffer => disk.subarray(disk.length - 33 * SECTOR, disk.length - SECTOR);

beforeAll(async () => {
  board = await Board.load();
  pristine = await diskContent('personal', 'work');
});

/** The size in sectors of the volume "work" on this disk, 0 if it is not there. */
function sizeOn(disk: Buffer, name = 'work'): number {
  new TestHandset(board, { machines: [machine('one', [block(0)])], volumes: [name], disk });
  const device = new GuestDevice(board, 0, 0);
  return device.read(8) === 2 ? device.read(0x100) : 0;
}

/** Makes both checksums of a header right again. */
function seal(header: Buffer, table: Buffer): void {
  header.writeUInt32LE(crc32(table.subarray(0, Math.min(table.length, header.readUInt32LE(80) * 128))), 88);
  header.writeUInt32LE(0, 16);
  header.writeUInt32LE(crc32(header.subarray(0, header.readUInt32LE(12))), 16);
}

/** A copy of the disk after `damage`, which may seal it again. */
function damaged(damage: (disk: Buffer) => void): Buffer {
  const disk = Buffer.from(pristine);
  damage(disk);
  return disk;
}

const damages: readonly (readonly [string, (header: Buffer, table: Buffer) => void])[] = [
  ['no signature', (header, table) => { header.write('EFI PARK', 0); seal(header, table); }],
  ['a wrong checksum', (header) => { header[16]! ^= 1; }],
  ['a flipped bit in the header', (header) => { header[40]! ^= 1; }],
  ['a flipped bit in a name', (_header, table) => { table[128 + 60]! ^= 1; }],
  ['a header that is too short', (header, table) => { header.writeUInt32LE(91, 12); seal(header, table); }],
  ['a header longer than a sector', (header) => { header.writeUInt32LE(513, 12); }],
  ['a header that is another sector\'s', (header, table) => { header.writeBigUInt64LE(7n, 24); seal(header, table); }],
  ['too many entries', (header, table) => { header.writeUInt32LE(129, 80); seal(header, table); }],
  ['entries of another size', (header, table) => { header.writeUInt32LE(256, 84); seal(header, table); }],
  ['entries beyond the disk', (header, table) => { header.writeBigUInt64LE(BigInt(pristine.length / SECTOR), 72); seal(header, table); }],
  ['usable sectors beyond the disk', (header, table) => { header.writeBigUInt64LE(BigInt(pristine.length / SECTOR), 48); seal(header, table); }],
];

describe('a partition table', () => {
  it('of sfdisk is read', () => {
    expect([sizeOn(pristine), sizeOn(pristine, 'personal')]).toEqual([MIB / SECTOR, MIB / SECTOR]);
    expect(board.said).not.toContain('damaged');
  });

  it('has no volume of another name', () => {
    for (const name of ['wor', 'works', 'Work']) {
      expect(sizeOn(pristine, name)).toBe(0);
      expect(board.said).toContain(`disk: no volume ${name}\r\n`);
      expect(board.said).toContain('one: virtio device 0: not there\r\n');
      expect(board.started).toEqual([0]);
    }
  });

  it.each(damages)('with %s is replaced by the second one, which is said', (_what, damage) => {
    expect(sizeOn(damaged((disk) => damage(first(disk), entries(disk))))).toBe(MIB / SECTOR);
    expect(board.said).toContain('disk: its partition table is damaged; the second one counts\r\n');
  });

  it.each(damages)('with %s, both of them, is said to be damaged', (_what, damage) => {
    const disk = damaged((copy) => {
      damage(first(copy), entries(copy));
      damage(second(copy), secondEntries(copy));
    });
    expect(sizeOn(disk)).toBe(0);
    expect(board.said).toContain('disk: its partition table is damaged, and so is the second one\r\n');
    expect(board.started).toEqual([0]);
  });

  it.each([
    ['begins before the usable sectors', 33n, 100n],
    ['ends behind the usable sectors', 4096n, BigInt(4 * MIB / SECTOR - 33)],
    ['ends before it begins', 5000n, 4999n],
    ['ends at the end of all numbers', 4096n, 0xffff_ffff_ffff_ffffn],
  ])('with an entry that %s has no such volume', (_what, from, to) => {
    const disk = damaged((copy) => {
      entries(copy).writeBigUInt64LE(from, 128 + 32);
      entries(copy).writeBigUInt64LE(to, 128 + 40);
      seal(first(copy), entries(copy));
    });
    expect(sizeOn(disk)).toBe(0);
    expect(board.said).toContain('disk: no volume work\r\n');
    expect(sizeOn(disk, 'personal')).toBe(MIB / SECTOR);
  });

  it.each([0, 1, 2, 3, 40])('is missed on a disk of %i empty sectors', (sectors) => {
    expect(sizeOn(Buffer.alloc(sectors * SECTOR))).toBe(0);
    expect(board.started).toEqual([0]);
  });
});
