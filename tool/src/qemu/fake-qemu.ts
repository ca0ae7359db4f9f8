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
const NAMES = ['one', 'two'];
/** What an order makes of a machine, by the order's letter: the hypervisor's word for it, and the state. */
const OUTCOMES: Readonly<Record<string, readonly [word: string, state: number]>> = {
  r: ['reset', 1],
  k: ['off', 0],
  s: ['started', 1],
  p: ['paused', 4],
  c: ['resumed', 1],
};
const states = [1, 0];
let machine = 0;
let escaped = false;
let orderGiven: string | null = null;
let ticks = 0x1000;

function own(text: string): void {
  process.stdout.write(Buffer.concat([OWN, Buffer.from(text)]));
}

function say(index: number, text: string): void {
  process.stdout.write(Buffer.concat([Buffer.from([DLE, 0x41 + index]), Buffer.from(text)]));
}

/** Time passes from one status to the next, and the first machine uses half of it. */
function status(): string {
  ticks += 0x1000;
  const [one = 0, two = 0] = states;
  return (
    `~b 2 100000 200 3b9aca0 ${ticks.toString(16)}\r\n~m 0 one ${String(one)} 100 1\r\n~v 0 0 0 4 ${(ticks / 2).toString(16)} 1 0 0\r\n` +
    `~m 1 two ${String(two)} 100 1\r\n~v 1 0 1 3 0 0 0 0\r\n~.\r\n`
  );
}

function obey(order: string, index: number): void {
  const [word = '', state = 0] = OUTCOMES[order] ?? [];
  states[index] = state;
  own(`${NAMES[index] ?? ''}: ${word}\r\n`);
}

function introduced(byte: number): void {
  const letter = String.fromCharCode(byte);
  if (byte >= 0x41 && byte <= 0x60) machine = byte - 0x41;
  else if (letter === '?') own(status());
  else if (letter === 'q' && behaviour !== 'deaf') process.exit(0);
  else if (letter in OUTCOMES) orderGiven = letter;
}

process.stdin.on('data', (data: Buffer) => {
  for (const byte of data) {
    if (orderGiven !== null) {
      obey(orderGiven, byte - 0x41);
      orderGiven = null;
    } else if (escaped) introduced(byte);
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
