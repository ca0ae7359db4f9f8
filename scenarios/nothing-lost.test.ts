/**
 * Nothing is lost: what fsync has said to be written is there after QEMU was killed, after the device machine was, and after power was cut, and
 * the file systems are clean. Two machines write records to their volumes meanwhile, and a third one fills its own.
 *
 * The moments are random: a failure names the seed, THIMBLE_SEED repeats it, THIMBLE_KILLS asks for more than the few lives of QEMU that each run has.
 */
import { createHash, randomInt } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineHandset, launch, type LaunchOptions, type RunningHandset } from 'thimble';
import { ensureDisk } from 'thimble/devices/disk-image.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { format, placesOf, recordsIn, recovered, stateIn } from './disk-inspection.ts';
import { PATIENCE } from './handset-under-test.ts';
import { CROWDED, keptIn, recordWriters, WRITERS, writeUserland } from './record-writers.ts';
import { CutDisk, readWriteLog } from './write-log.ts';

const KILLS = Number(process.env['THIMBLE_KILLS'] ?? 2);
const CUTS = 8;
const DEVICE_MACHINE_LIVES = 4;
const PAUSE_MS_MAX = 1_500;
const EACH_TEST_MS = 300_000;
const SECTOR_BYTES = 512;
const BLOCK_SECTORS = 8;
/** [Linux, include/uapi/asm-generic/errno-base.h] */
const ENOSPC = 28;

const seed = process.env['THIMBLE_SEED'] ?? String(randomInt(1_000_000));
const where = `with THIMBLE_SEED=${seed}`;
let throws = 0;
/** From 0 to 1. */
function dice(): number {
  throws += 1;
  return createHash('sha256').update(`${seed} ${String(throws)}`).digest().readUInt32LE() / 2 ** 32;
}

const folder = mkdtempSync(join(tmpdir(), 'thimble-nothing-lost-'));
const disk = join(folder, 'disk.img');
const diskBefore = join(folder, 'before.img');
const writeLog = join(folder, 'write.log');
const initrd = join(folder, 'initrd.cpio');
const volumes = [...WRITERS, CROWDED].map((name) => ({ name, sizeMib: 16 }));
const places = placesOf(volumes);
const names = volumes.map(({ name }) => name);
const handset = defineHandset({ memoryMib: 512, disk: { file: disk, volumes }, machines: recordWriters(initrd) });

/** Of this run; one that a failed test has left is closed at the end. */
const lives: RunningHandset[] = [];

beforeAll(async () => {
  await writeUserland(initrd);
  await ensureDisk(disk, { file: disk, volumes });
  format(disk, volumes);
});
afterAll(async () => {
  for (const life of lives) await life.close();
  rmSync(folder, { recursive: true });
});

/** By name: what each machine has said of its records. */
type Kept = ReadonlyMap<string, number>;
let kept: Kept = new Map(names.map((name) => [name, 0]));

/** Boots; each machine finds what it was told to be kept, and goes on until it has kept something more. */
async function writing(options: LaunchOptions = {}): Promise<RunningHandset> {
  const running = await launch(handset, options);
  lives.push(running);
  for (const name of names) {
    const [, found] = await running.console(name).expect(/resumed (\d+)\n/, PATIENCE);
    expect(Number(found), `${name} after a restart ${where}`).toBeGreaterThanOrEqual(kept.get(name) ?? 0);
  }
  await goOn(running);
  return running;
}

/** Waits until the writers have kept something more than they have by now. */
async function goOn(running: RunningHandset): Promise<void> {
  for (const name of WRITERS) {
    const console = running.console(name);
    const before = keptIn(console.lines);
    let now = 0;
    while (now <= before) now = Number((await console.expect(/kept (\d+)\n/, PATIENCE))[1]);
  }
}

/** Kills QEMU, as a battery that falls out does. */
async function kill(running: RunningHandset): Promise<void> {
  await running.close();
  kept = new Map(names.map((name) => [name, Math.max(kept.get(name) ?? 0, keptIn(running.console(name).lines))]));
}

/** Each volume of `bytes`, a whole disk, is clean, and has the records that `atLeast` says. */
function expectRecords(bytes: Buffer, atLeast: Kept, what: string): void {
  for (const [name, { start, bytes: size }] of places) {
    const contents = recovered(bytes.subarray(start, start + size), join(folder, 'scratch.img'));
    const records = recordsIn(contents, name);
    const least = atLeast.get(name) ?? 0;
    expect(records, `${name} ${what} ${where}`).toBeTypeOf('number');
    expect(records, `${name} ${what} ${where}`).toBeGreaterThanOrEqual(least);
    // The state of the last fourth record is there, or a later one's.
    if (name !== CROWDED) expect(stateIn(contents), `${name}'s state ${what} ${where}`).toBeGreaterThanOrEqual(least - (least % 4));
  }
}

test(`${String(KILLS)} times QEMU is killed while machines write`, { timeout: EACH_TEST_MS * KILLS }, async () => {
  for (let number = 1; number <= KILLS; number += 1) {
    const running = await writing();
    await running.console(CROWDED).expect(/full: .*No space left on device\n/, PATIENCE);
    await sleep(dice() * PAUSE_MS_MAX);
    await kill(running);
    expectRecords(readFileSync(disk), kept, `after kill ${String(number)}`);
  }
});

/** Later parts of the volume of `CROWDED` that the host has no space for, and a log of what is written. */
function logged(): LaunchOptions {
  const { start, bytes } = places.get(CROWDED)!;
  const from = (start + bytes * 0.8) / SECTOR_BYTES;
  const sectors = Array.from({ length: Math.floor((bytes * 0.15) / SECTOR_BYTES / BLOCK_SECTORS) }, (_, index) => Math.floor(from / BLOCK_SECTORS + index) * BLOCK_SECTORS);
  const failures = sectors.map((sector) => ({ event: 'none', iotype: 'write', errno: ENOSPC, sector, once: false }));
  const file = (filename: string) => ({ driver: 'file', filename });
  const log = { driver: 'blklogwrites', file: file(disk), log: file(writeLog) };
  const driver = { driver: 'raw', file: { driver: 'blkdebug', image: log, 'inject-error': failures } };
  return { extraArguments: ['-set', `drive.disk.file=json:${JSON.stringify(driver)}`] };
}

describe('a life in which each write is logged', () => {
  let running: RunningHandset;

  beforeAll(async () => {
    copyFileSync(disk, diskBefore);
    writeFileSync(writeLog, '');
    running = await writing(logged());
  });

  test('a volume that is full is a full volume for its machine, and a host without space an I/O error; the others go on', async () => {
    await running.console(CROWDED).expect(/full: .*Input\/output error\n/, PATIENCE);
    await goOn(running);
  });

  test('the device machine is killed while they write: they go on, or get an I/O error', async () => {
    for (let life = 0; life < DEVICE_MACHINE_LIVES; life += 1) {
      await sleep(dice() * PAUSE_MS_MAX);
      if (life % 2 === 0) {
        running.reset('devices');
      } else {
        running.kill('devices');
        await running.hypervisor.expect('devices: off\n', PATIENCE);
        running.start('devices');
      }
      await running.console('devices').expect('ready', PATIENCE);
      await goOn(running);
    }
    const over = WRITERS.filter((name) => running.console(name).lines.some((line) => line.startsWith('it is over')));
    expect(over, where).toEqual([]);
  });

  test('whenever power had been cut in this life, what had been kept would be there', async () => {
    const keptBefore = kept;
    await kill(running);
    expectRecords(readFileSync(disk), kept, 'after the last kill');
    const entries = readWriteLog(writeLog);
    const cut = new CutDisk(readFileSync(diskBefore));
    const at = new Set(Array.from({ length: CUTS }, () => Math.floor(dice() * entries.length * 0.95)));
    const keptThen = new Map(keptBefore);
    for (const [index, entry] of entries.entries()) {
      cut.take(entry);
      if (entry.write !== null) noteBegun(keptThen, entry.write.bytes);
      if (at.has(index)) expectRecords(cut.afterCut(dice), keptThen, `after a cut at write ${String(index)} of ${String(entries.length)}`);
    }
    for (const name of WRITERS) expect(keptThen.get(name), where).toBeGreaterThan(keptBefore.get(name) ?? 0);
  });
});

/** A record is begun when the one before it has been kept. */
function noteBegun(keptThen: Map<string, number>, written: Buffer): void {
  for (const [, number, name = ''] of written.toString('latin1').matchAll(/record (\d+) of ([a-z]+)\n/g)) {
    keptThen.set(name, Math.max(keptThen.get(name) ?? 0, Number(number) - 1));
  }
}
