/** The sockets of machines' consoles: QEMU makes them, and would remove whatever has one's name; only what an earlier run left is to be removed. */
import { lstat } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, resolve } from 'node:path';
import type { Handset } from '../config/check.ts';
import { Refusal, refusing } from '../refusal.ts';
import { withConsole } from './device-machine.ts';

/** A name is kept in 108 bytes, with a NUL at its end [unix(7)]. */
const NAME_BYTES_MAX = 107;

/** Whether some program listens at socket `file`. */
function answers(file: string): Promise<boolean> {
  return new Promise((settle) => {
    const probe = connect(file);
    probe.once('error', () => settle(false)).once('connect', () => {
      probe.destroy();
      settle(true);
    });
  });
}

async function check(file: string, place: string): Promise<void> {
  if (Buffer.byteLength(file) > NAME_BYTES_MAX) throw new Refusal(`${place}: ${file}: is longer than the ${String(NAME_BYTES_MAX)} bytes of a socket's name`);
  await refusing(`${place}: ${dirname(file)}`, () => lstat(dirname(file)));
  const found = await lstat(file).catch(() => null);
  if (found !== null && !found.isSocket()) throw new Refusal(`${place}: ${file}: is there already and no socket; give another name`);
  if (found !== null && (await answers(file))) throw new Refusal(`${place}: ${file}: another program listens there; give another name`);
}

/** The sockets of `handset`'s consoles, in the order of their transports, where `folder` is that of the configuration. */
export async function consoleSockets(handset: Handset, folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const { name, console } of withConsole(handset)) {
    const file = resolve(folder, console?.socket ?? '');
    await check(file, `machine ${name}: console.socket`);
    files.push(file);
  }
  return files;
}
