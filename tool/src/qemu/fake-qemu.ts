/**
 * For tests: speaks the serial line as a hypervisor with the machines `one` and `two` would, in QEMU's place.
 *
 * The name of the file that it is given last (`-kernel FILE`) chooses how it behaves; input for a machine comes back on
 * that machine's console.
 */
import { basename } from 'node:path';
import { DLE } from '../serial/channel.ts';

const behaviour = basename(process.argv.at(-1) ?? '', '.img');
const OWN = Buffer.from([DLE, 0x40]);
const STATUS = '~b 2 100000 200 3b9aca0 1000\r\n~m 0 one 1 100 1\r\n~v 0 0 0 4 800 1 0 0\r\n~m 1 two 0 100 1\r\n~.\r\n';
let machine = 0;
let escaped = false;

function own(text: string): void {
  process.stdout.write(Buffer.concat([OWN, Buffer.from(text)]));
}

function say(index: number, text: string): void {
  process.stdout.write(Buffer.concat([Buffer.from([DLE, 0x41 + index]), Buffer.from(text)]));
}

function order(byte: number): void {
  if (byte >= 0x41 && byte <= 0x60) machine = byte - 0x41;
  else if (byte === 0x3f) own(STATUS);
  else if (byte === 0x71 && behaviour !== 'deaf') process.exit(0);
  else if (byte === 0x72) own('reset asked\r\n');
}

process.stdin.on('data', (data: Buffer) => {
  for (const byte of data) {
    if (escaped) order(byte);
    else if (byte !== DLE) say(machine, String.fromCharCode(byte));
    escaped = !escaped && byte === DLE;
  }
});

if (behaviour === 'broken') {
  process.stderr.write('qemu-system-aarch64: something is amiss\n');
  process.exit(1);
}
own(`thimble: 2 CPUs, pid ${String(process.pid)}\r\n`);
if (behaviour === 'refusing') own('manifest: one: a segment lies outside RAM\r\n');
say(0, 'thimble-ready one 6.1.0 240000 kB\r\n');
if (behaviour === 'stopping') own('two: stopped: undefined instruction pc=0 esr=0 far=0 ipa=0\r\n');
else if (behaviour !== 'slow') say(1, 'thimble-ready two 6.1.0 240000 kB\r\n');
