/**
 * A Linux machine that panics, reboots or powers off takes nothing with it: the other Linux machine goes on as it was.
 */
import { defineHandset, linux } from 'thimble';
import { afterEach, expect, test } from 'vitest';
import { guest, launched, PATIENCE } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';
import { lastMisdeed, ROGUE } from './rogue.ts';

const handset = launched(
  defineHandset({
    cpu: 'cortex-a72',
    cpus: 4,
    machines: [
      { name: 'personal', memoryMib: 256, image: linux(), cpus: [2] },
      { name: 'work', memoryMib: 256, image: linux(), cpus: [3, 1] },
      { name: ROGUE, memoryMib: 4, image: guest('misbehave'), cpus: [3] },
    ],
  }),
);

/** The other Linux machine has a memory of its own life: a variable of its shell. */
const stillThere = (): Promise<string> => answer(handset().console('personal'), 'echo "$remembered $(uname -m)"');

afterEach(async () => {
  expect(await stillThere()).toBe('yes aarch64');
});

test('both boot on four CPUs of a Cortex-A72', async () => {
  await Promise.all(['personal', 'work'].map((name) => booted(handset().console(name))));
  expect(await answer(handset().console('personal'), "remembered=yes; sed -n 's/^CPU part.*: //p' /proc/cpuinfo")).toBe('0xd08');
  const { cpus, machines } = await handset().status();
  expect(cpus).toBe(4);
  expect(machines.slice(0, 2).map(({ vcpus }) => vcpus.map(({ cpu }) => cpu))).toEqual([[2], [3, 1]]);
});

test('one with two vCPUs runs on both, and turns one off and on again', async () => {
  const work = handset().console('work');
  expect(await answer(work, 'nproc')).toBe('2');
  const online = '/sys/devices/system/cpu/cpu1/online';
  expect(await answer(work, `echo 0 > ${online}; nproc`)).toBe('1');
  expect((await handset().status()).machines[1]!.vcpus[1]!.state).toBe('off');
  expect(await answer(work, `echo 1 > ${online}; nproc`)).toBe('2');
  expect(await answer(work, 'for cpu in 0 1; do taskset $((cpu+1)) sh -c "echo $cpu"; done')).toBe('0\n1');
});

test('shells answer while a third machine, on the CPU of one of them, prints without end', async () => {
  await lastMisdeed(handset(), 'L');
  expect(await answer(handset().console('work'), 'echo $((6*7))')).toBe('42');
  expect(await stillThere()).toBe('yes aarch64');
  handset().kill(ROGUE);
  await handset().hypervisor.expect(`${ROGUE}: off\n`, PATIENCE);
});

test('one that reboots comes up again', async () => {
  const work = handset().console('work');
  await answer(work, 'touch /tmp/before');
  work.write('reboot -f\n');
  await handset().hypervisor.expect('work: reset\n', PATIENCE);
  await booted(work);
  expect(await answer(work, 'ls /tmp')).toBe('');
});

test('one that panics says so on its own console, and can be reset', async () => {
  const work = handset().console('work');
  work.write('echo c > /proc/sysrq-trigger\n');
  await work.expect('Kernel panic - not syncing', PATIENCE);
  expect(await stillThere()).toBe('yes aarch64');
  handset().reset('work');
  await handset().hypervisor.expect('work: reset\n', PATIENCE);
  await booted(work);
});

test('one that powers off is off', async () => {
  handset().console('work').write('poweroff -f\n');
  await handset().hypervisor.expect('work: off\n', PATIENCE);
  const { machines } = await handset().status();
  expect(machines.map(({ state }) => state)).toEqual(['running', 'off', 'off']);
});
