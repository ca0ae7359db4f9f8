/**
 * A machine that says every kind of nonsense to every interface that it has, on the CPU of a Linux machine that goes on as if it were alone.
 */
import { defineHandset, linux } from 'thimble';
import { afterEach, expect, test } from 'vitest';
import { guest, launched } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';
import { misdeed, ROGUE } from './rogue.ts';

const handset = launched(
  defineHandset({
    cpus: 2,
    machines: [
      { name: 'linux', memoryMib: 192, cpus: [0, 1], image: linux() },
      { name: ROGUE, memoryMib: 4, cpus: [0], image: guest('misbehave') },
    ],
  }),
);

const work = 'seq 1 2000 | md5sum';

/** Whatever the rogue did: the other machine computes on both its processors, sleeps, and has nothing to complain of. */
afterEach(async () => {
  const linuxConsole = handset().console('linux');
  const expected = await answer(linuxConsole, work);
  expect(await answer(linuxConsole, `taskset 1 sh -c '${work}'; taskset 2 sh -c '${work}'`)).toBe(`${expected}\n${expected}`);
  expect(await answer(linuxConsole, 'sleep 0.2; dmesg | grep -ciE "rcu.*stall|Unexpected|soft lockup|BUG:"')).toBe('0');
  expect((await handset().status()).machines.map(({ state }) => state)).toEqual(['running', 'running']);
});

test('both are up', async () => {
  await booted(handset().console('linux'));
});

/** Begins while the other machine works, so that the two alternate on the CPU. */
async function whileLinuxWorks(key: string): Promise<string[]> {
  const working = answer(handset().console('linux'), 'for i in 1 2 3 4 5; do seq 1 500 | md5sum; done | sort -u | wc -l');
  const lines = await misdeed(handset(), key);
  expect(await working).toBe('1');
  return lines;
}

test('every offset of every device, in every width', async () => {
  expect(await whileLinuxWorks('G')).toEqual(['devices: faults=0']);
});

test('every call that the firmware’s conventions can name', async () => {
  const [line = ''] = await whileLinuxWorks('Q');
  expect(Number(/^calls: (\d+) answered$/.exec(line)?.[1])).toBeGreaterThan(100_000);
});

test('every register of the CPU interface', async () => {
  expect(await whileLinuxWorks('n')).toEqual(['CPU interface: done']);
});

test('timers set to any time', async () => {
  expect(await whileLinuxWorks('w')).toEqual(['timers: done']);
});
