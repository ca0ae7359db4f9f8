/**
 * Devices under other circumstances than those of devices.test.ts: another interrupt controller, fewer and more processors, and Debian's other kernels,
 * each with its own modules.
 */
import { join } from 'node:path';
import { defineHandset, type HandsetConfig, linux, type LinuxImage, type MachineConfig } from 'thimble';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launched } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';
import { QemuMonitor } from './qemu-monitor.ts';

interface Circumstances {
  readonly what: string;
  readonly board?: Partial<HandsetConfig>;
  readonly machine?: Partial<MachineConfig>;
  readonly image?: Partial<LinuxImage>;
}

const all: readonly Circumstances[] = [
  { what: 'a board with a GICv2 and one processor', board: { board: 'qemu-virt-gicv2', cpus: 1 } },
  { what: 'machines with four processors', board: { cpus: 4 }, machine: { vcpus: 4 } },
  { what: "the kernel of Debian's backports", image: { release: 'backports' } },
  { what: "Debian's 32-bit kernel", image: { architecture: 'arm' }, machine: { cpus: [1] } },
];

const monitor = new QemuMonitor();
afterAll(() => monitor.remove());

describe.each(all)('disks, a network and screens with $what', ({ what, board, machine, image }) => {
  const volumes = ['one', 'two'].map((name) => ({ name, sizeMib: 8 }));
  const shared = { image: linux(image), network: { uplink: false }, volumes: [{ name: 'two' }], screen: { kind: 'simple' } } as const;
  const handset = launched(
    defineHandset({
      ...board,
      disk: { file: join(monitor.folder, `${what.replace(/\W/g, '')}.disk`), volumes },
      machines: [
        { ...shared, name: 'one', volumes: [{ name: 'one' }], screen: true, ...machine },
        { ...shared, name: 'two' },
      ],
    }),
  );

  beforeAll(async () => {
    await Promise.all(['one', 'two'].map((name) => booted(handset().console(name))));
  });

  test('a file system is made, and a file comes back as it was written', async () => {
    for (const name of ['one', 'two']) {
      const console = handset().console(name);
      expect(await answer(console, 'cat /sys/block/vda/serial')).toBe(name);
      await answer(console, 'mke2fs /dev/vda > /dev/null 2>&1; mkdir /data; mount -t ext4 /dev/vda /data; cd /data; dd if=/dev/urandom of=x bs=64k count=60 2> /dev/null; md5sum x > sum; cd');
      expect(await answer(console, 'umount /data; mount -t ext4 /dev/vda /data; cd /data; md5sum -c sum; cd')).toBe('x: OK');
    }
  });

  test('they reach each other, have random numbers and something to draw on', async () => {
    const [one, two] = [handset().console('one'), handset().console('two')];
    await answer(one, 'ifconfig eth0 10.9.9.1 netmask 255.255.255.0 up');
    expect(await answer(two, 'ifconfig eth0 10.9.9.2 netmask 255.255.255.0 up; ping -c 3 -W 4 10.9.9.1 > /dev/null && echo yes')).toBe('yes');
    expect(await answer(one, 'dd if=/dev/hwrng bs=16 count=1 2> /dev/null | wc -c; ls /dev/dri/card0 /dev/fb0')).toMatch(/^16\s+\/dev\/dri\/card0\s+\/dev\/fb0$/);
    expect(handset().console('devices').lines).toContain('panel shows all, input to one');
  });
});
