import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseHandset } from './client.ts';
import { announce, runningHandsets, sessionFolder } from './session-file.ts';

const MODE = 0o777;
let base = '';
let folder = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'thimble-sessions-'));
  folder = join(base, 'thimble');
});
afterEach(() => {
  rmSync(base, { recursive: true });
});

const me = (): string => join(folder, `${String(process.pid)}.json`);
const handset = { name: 'mine', port: 8710, token: 'secret' };

function plant(pid: number, changes: object = {}): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${String(pid)}.json`);
  writeFileSync(file, JSON.stringify({ pid, processStart: null, ...handset, ...changes }), { mode: 0o600 });
  return file;
}

/** No process has this number: it is above the kernel's limit. */
const NOBODY = 2 ** 22 + 1;

describe('the session file', () => {
  it('is for its owner alone, is found, and is gone at the end', async () => {
    const withdraw = await announce(handset, folder);
    expect(statSync(folder).mode & MODE).toBe(0o700);
    expect(statSync(me()).mode & MODE).toBe(0o600);
    expect(await runningHandsets(folder)).toMatchObject([{ ...handset, pid: process.pid }]);
    withdraw();
    expect(existsSync(me())).toBe(false);
    expect(await runningHandsets(folder)).toEqual([]);
  });

  it('lies in the session’s own folder where there is one, else in the cache', () => {
    expect(sessionFolder({ XDG_RUNTIME_DIR: '/run/user/7' })).toBe('/run/user/7/thimble');
    expect(sessionFolder({ THIMBLE_CACHE: '/cache' })).toBe('/cache/running');
  });

  it('of a process that has ended is removed', async () => {
    const file = plant(NOBODY);
    expect(await runningHandsets(folder)).toEqual([]);
    expect(existsSync(file)).toBe(false);
  });

  it('that is being written is not there yet', async () => {
    renameSync(plant(process.pid), `${me()}.draft`);
    expect(await runningHandsets(folder)).toEqual([]);
    expect(existsSync(`${me()}.draft`)).toBe(true);
  });

  it('of a process whose number another one has by now is removed', async () => {
    const file = plant(process.pid, { processStart: '1' });
    expect(await runningHandsets(folder)).toEqual([]);
    expect(existsSync(file)).toBe(false);
  });

  it.each(['', '{', '[]', '{"pid":"1"}', '{"pid":1,"processStart":null,"name":"x","port":0,"token":"t"}'])('that holds %j is passed over', async (text) => {
    writeFileSync(plant(process.pid), text);
    expect(await runningHandsets(folder)).toEqual([]);
  });

  it('is not believed in a folder that others may write to', async () => {
    plant(process.pid);
    chmodSync(folder, 0o777);
    await expect(runningHandsets(folder)).rejects.toThrow('must belong to you and be open to nobody else');
    await expect(announce(handset, folder)).rejects.toThrow('chmod 700');
  });

  it('is not written through a link that lies in its place', async () => {
    const target = join(base, 'target');
    writeFileSync(target, 'untouched');
    mkdirSync(folder, { mode: 0o700 });
    for (const file of [me(), `${me()}.draft`]) symlinkSync(target, file);
    const withdraw = await announce(handset, folder);
    expect(statSync(me()).mode & MODE).toBe(0o600);
    withdraw();
    expect(readFileSync(target, 'utf8')).toBe('untouched');
  });
});

describe('the handset that is meant', () => {
  it('is the only one, or the one that is named', async () => {
    await expect(chooseHandset(undefined, folder)).rejects.toMatchObject({ message: 'no handset is running; npm start boots one', exitStatus: 2 });
    plant(process.pid);
    expect(await chooseHandset(undefined, folder)).toMatchObject({ name: 'mine' });
    expect(await chooseHandset('mine', folder)).toMatchObject({ name: 'mine' });
    await expect(chooseHandset('other', folder)).rejects.toThrow(`no handset "other" is running; there are mine (${String(process.pid)})`);
  });

  it('must be named where there are several, by its process if they have the same name', async () => {
    plant(process.pid);
    plant(process.ppid);
    await expect(chooseHandset(undefined, folder)).rejects.toMatchObject({ exitStatus: 2 });
    await expect(chooseHandset('mine', folder)).rejects.toThrow('2 handsets are running');
    expect(await chooseHandset(String(process.ppid), folder)).toMatchObject({ pid: process.ppid });
  });
});
