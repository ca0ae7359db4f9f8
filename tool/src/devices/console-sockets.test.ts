import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkHandset } from '../config/check.ts';
import { linux } from '../config/handset-config.ts';
import { Refusal } from '../refusal.ts';
import { consoleSockets } from './console-sockets.ts';

let folder = '';
let server: Server | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-sockets-'));
});
afterEach(async () => {
  await new Promise<void>((settle) => (server === null ? settle() : void server.close(() => settle())));
  server = null;
  rmSync(folder, { recursive: true });
});

const sockets = (...names: readonly string[]): Promise<string[]> =>
  consoleSockets(
    checkHandset({ machines: names.map((socket, index) => ({ name: `m${String(index)}`, memoryMib: 2, image: linux(), console: { socket } })) }, 'c.ts'),
    folder,
  );

async function refusal(socket: string): Promise<string> {
  const error = await sockets(socket).then(() => null, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(Refusal);
  return (error as Refusal).message;
}

async function listen(file: string): Promise<void> {
  server = createServer();
  await new Promise<void>((settle) => void server?.listen(file, settle));
}

describe("a console's socket", () => {
  it('is in the folder of the configuration, unless it says where', async () => {
    expect(await sockets('a.sock', '/tmp/b.sock')).toEqual([join(folder, 'a.sock'), '/tmp/b.sock']);
  });

  it('that nobody listens at any more is made anew', async () => {
    const file = join(folder, 'a');
    // A process that was killed leaves its socket.
    const program = 'require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))';
    spawnSync(process.execPath, ['-e', program, file]);
    expect(lstatSync(file).isSocket()).toBe(true);
    expect(await sockets('a')).toEqual([file]);
    rmSync(file);
    await listen(file);
    expect(await refusal('a')).toBe(`machine m0: console.socket: ${file}: another program listens there; give another name`);
  });

  it('never takes the place of a file or a folder', async () => {
    writeFileSync(join(folder, 'file'), 'kept');
    mkdirSync(join(folder, 'folder'));
    expect(await refusal('file')).toBe(`machine m0: console.socket: ${join(folder, 'file')}: is there already and no socket; give another name`);
    expect(await refusal('folder')).toContain('is there already and no socket');
  });

  it('is refused where it cannot be', async () => {
    expect(await refusal('nowhere/a')).toBe(`machine m0: console.socket: ${join(folder, 'nowhere')}: no such file or folder`);
    const long = join(folder, 'x'.repeat(108));
    expect(await refusal(long)).toBe(`machine m0: console.socket: ${long}: is longer than the 107 bytes of a socket's name`);
  });
});
