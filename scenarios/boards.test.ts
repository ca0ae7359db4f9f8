/**
 * One image, many boards: the same two Debian kernels on boards whose interrupt controllers, consoles and buses differ. What the
 * guests see does not.
 */
import { type BoardName, defineHandset, linux } from 'thimble';
import { describe, expect, test } from 'vitest';
import { launched, PATIENCE } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';

const machines = [
  { name: 'personal', memoryMib: 192, image: linux() },
  { name: 'work', memoryMib: 192, vcpus: 2, image: linux() },
];
const boards: readonly { readonly board: BoardName; readonly says: RegExp }[] = [
  { board: 'qemu-virt-gicv2', says: /^thimble: 2 CPUs, 1024 MiB, GICv2\n/m },
  { board: 'xlnx-zcu102', says: /^thimble: 4 CPUs, 1024 MiB, GICv2\n/m },
  { board: 'raspi3b', says: /^thimble: 4 CPUs, \d+ MiB, no GIC\n/m },
];

describe.each(boards)('on $board', ({ board, says }) => {
  const handset = launched(defineHandset({ board, machines }));

  test('the hypervisor says what it found', async () => {
    await handset().hypervisor.expect(says, PATIENCE);
  });

  test('two Linux machines boot, one of them on two processors, and their shells answer', async () => {
    expect((await Promise.all(handset().consoles.map(booted))).map(({ name }) => name)).toEqual(['personal', 'work']);
    expect(await Promise.all(handset().consoles.map((console) => answer(console, 'nproc; hostname')))).toEqual(['1\npersonal', '2\nwork']);
  });

  test('both see the virtual handset and its GICv2, and nothing of the board', async () => {
    for (const console of handset().consoles) {
      expect(await answer(console, "tr '\\0' ' ' < /proc/device-tree/compatible")).toBe('thimble,handset linux,dummy-virt');
      expect(await answer(console, "grep -o 'GIC[^ ]*' /proc/interrupts | sort -u")).toBe('GIC-0');
    }
  });

  test('both make progress, and time passes alike in them', async () => {
    const uptimes = await Promise.all(handset().consoles.map((console) => answer(console, 'sleep 1; date +%s > /tmp/a; sleep 2; echo $(($(date +%s) - $(cat /tmp/a)))')));
    for (const seconds of uptimes) expect(['2', '3']).toContain(seconds);
  });
});
