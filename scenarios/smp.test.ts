/**
 * Machines with more vCPUs than the board has CPUs, as many, and fewer, all at once: they share the CPUs, and each sees the processors it
 * was promised.
 */
import { defineHandset, linux, launch } from 'thimble';
import { describe, expect, test } from 'vitest';
import { goesOn } from './beats.ts';
import { guest, launched, PATIENCE } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';

describe('Linux machines of four, two and one vCPUs on two CPUs', () => {
  const handset = launched(
    defineHandset({
      cpus: 2,
      machines: [
        { name: 'four', memoryMib: 192, vcpus: 4, image: linux() },
        { name: 'two', memoryMib: 192, vcpus: 2, image: linux() },
        { name: 'one', memoryMib: 128, image: linux() },
        { name: 'busy', memoryMib: 4, cpus: [1], image: guest('busy') },
      ],
    }),
  );
  const online = (cpu: number): string => `/sys/devices/system/cpu/cpu${cpu}/online`;

  test('all boot with all their processors', async () => {
    await Promise.all(['four', 'two', 'one'].map((name) => booted(handset().console(name))));
    for (const [name, count] of [['four', '4'], ['two', '2'], ['one', '1']] as const) {
      expect(await answer(handset().console(name), 'nproc')).toBe(count);
    }
    const { machines } = await handset().status();
    expect(machines[0]!.vcpus.map(({ cpu }) => cpu)).toEqual([0, 1, 0, 1]);
  });

  test('work on each of them comes to the same result', async () => {
    const four = handset().console('four');
    const sum = 'seq 1 3000 | md5sum';
    const expected = await answer(four, sum);
    const everywhere = `for cpu in 1 2 4 8; do taskset $cpu sh -c '${sum}' & done; wait`;
    expect((await answer(four, everywhere)).split('\n').filter((line) => /^[0-9a-f]{32}/.test(line))).toEqual(Array(4).fill(expected));
  });

  test('processors go off and on again while other machines work', async () => {
    const [four, two, one] = ['four', 'two', 'one'].map((name) => handset().console(name));
    const loop = (cpus: readonly number[], rounds: number): string =>
      `for i in $(seq ${rounds}); do ${cpus.map((cpu) => `echo 0 > ${online(cpu)}; `).join('')}${cpus.map((cpu) => `echo 1 > ${online(cpu)}; `).join('')}done; nproc`;
    const counted = 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done; echo $i';
    const answers = await Promise.all([answer(four!, loop([1, 2, 3], 5)), answer(two!, loop([1], 5)), answer(one!, counted)]);
    expect(answers).toEqual(['4', '2', '3000']);
    await goesOn(handset().console('busy'));
  });

  test('a processor that is off stays off, and is said to be', async () => {
    const four = handset().console('four');
    expect(await answer(four, `echo 0 > ${online(3)}; nproc`)).toBe('3');
    expect((await handset().status()).machines[0]!.vcpus.map(({ state }) => state === 'off')).toEqual([false, false, false, true]);
    expect(await answer(four, `echo 1 > ${online(3)}; nproc`)).toBe('4');
  });
});

describe('a Linux machine of four vCPUs that share two CPUs', () => {
  const handset = launched(defineHandset({ cpus: 2, machines: [{ name: 'four', memoryMib: 192, vcpus: 4, image: linux() }] }));

  test('can be reset while all of them work, and while it boots', async () => {
    const four = handset().console('four');
    const isReset = async (): Promise<void> => {
      handset().reset('four');
      await handset().hypervisor.expect('four: reset\n', PATIENCE);
    };
    await booted(four);
    await answer(four, 'for i in 1 2 3 4; do (while :; do :; done) & done');
    await isReset();
    // What its last life said is not what is waited for.
    await four.expect(/[^]*$/);
    await four.expect('smp: Brought up 1 node, 4 CPUs', PATIENCE);
    await isReset();
    await four.expect(/[^]*$/);
    await booted(four);
    expect(await answer(four, 'nproc')).toBe('4');
  });
});

describe('two vCPUs that turn a third one on at the same moment', () => {
  test.each([
    ['on three CPUs', 3, [0, 1, 2]],
    ['on two CPUs', 2, [0, 1, 1]],
  ])('%s: exactly one succeeds, every time', async (_, cpus, pins) => {
    const handset = await launch(defineHandset({ cpus, machines: [{ name: 'race', memoryMib: 4, cpus: pins, image: guest('race') }] }));
    const [, rounds, fair] = await handset.console('race').expect(/^rounds: (\d+), with one winner: (\d+), the first one: \d+$/m, PATIENCE);
    expect(fair).toBe(rounds);
    expect((await handset.ended).poweredOff).toBe(true);
  });
});

describe('two vCPUs that an interrupt is sent to by turns', () => {
  test('each takes it when it is its own turn, every time', async () => {
    const handset = await launch(defineHandset({ cpus: 2, machines: [{ name: 'routes', memoryMib: 4, cpus: [0, 1], image: guest('routes') }] }));
    const [, rounds, first, second] = await handset.console('routes').expect(/rounds: (\d+), to the first: (\d+), to the second: (\d+)\n/, PATIENCE);
    expect([first, second]).toEqual([rounds, rounds]);
    expect((await handset.ended).poweredOff).toBe(true);
  });
});
