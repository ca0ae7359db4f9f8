/**
 * Machines with devices: each has its own disk, network and screen, served by the device machine, and nothing of the others'.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Console, defineHandset, linux } from 'thimble';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guest, launched, PATIENCE } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';
import { type Picture, QemuMonitor } from './qemu-monitor.ts';

const MIB = 2 ** 20;
const FOCUSED_BAR = 0x2f_4a63;
const BAR = 0x20_2830;
const BAR_PIXELS = 64;
/** Of an event of Linux' evdev, a line each. */
const EVENT_BYTES = 24;

const monitor = new QemuMonitor();
const disk = join(monitor.folder, 'disk.img');
afterAll(() => monitor.remove());

describe('two Linux machines with a disk, a network and a screen each, and a third that they do not know', () => {
  const personal = { name: 'personal', memoryMib: 192, image: linux(), volumes: [{ name: 'personal' }], screen: true, network: { peers: ['work'] } };
  const work = {
    name: 'work', memoryMib: 192, image: linux(), volumes: [{ name: 'work' }], screen: true, network: { peers: ['personal'] },
    console: { socket: join(monitor.folder, 'work.sock') },
  };
  const stranger = { name: 'stranger', memoryMib: 160, image: linux(), network: true };
  const handset = launched(
    defineHandset({
      disk: { file: disk, volumes: [{ name: 'personal', sizeMib: 8 }, { name: 'work', sizeMib: 16 }] },
      machines: [personal, work, stranger],
    }),
    { extraArguments: monitor.extraArguments },
  );
  const consoles = (): Console[] => ['personal', 'work', 'stranger'].map((name) => handset().console(name));
  const both = (): [Console, Console] => [handset().console('personal'), handset().console('work')];

  beforeAll(async () => {
    await Promise.all(consoles().map(booted));
  });

  test('each sees its own volume alone', async () => {
    const list = 'cd /sys/block; for d in vd*; do [ -e $d ] && echo $(cat $d/size $d/serial); done; cd';
    const disks = await Promise.all(consoles().map((console) => answer(console, list)));
    expect(disks).toEqual(['16384 personal', '32768 work', '']);
  });

  test('they hear each other, and the stranger hears neither; all reach the physical network', async () => {
    const address = "ip addr show eth0 | sed -n 's/.*inet \\([0-9.]*\\).*/\\1/p'";
    const [ofPersonal = '', ofWork = '', ofStranger = ''] = await Promise.all(consoles().map((console) => answer(console, address)));
    expect(new Set([ofPersonal, ofWork, ofStranger]).size).toBe(3);
    const [first, second, third] = consoles() as [Console, Console, Console];
    const reaches = (console: Console, to: string): Promise<string> => answer(console, `ping -c 2 -W 4 ${to} > /dev/null && echo yes || echo no`);
    expect(await reaches(first, ofWork)).toBe('yes');
    expect(await reaches(second, ofPersonal)).toBe('yes');
    expect(await reaches(third, ofWork)).toBe('no');
    expect(await reaches(first, ofStranger)).toBe('no');
    expect(await Promise.all(consoles().map((console) => reaches(console, '10.0.2.2')))).toEqual(['yes', 'yes', 'yes']);
  });

  test('each gets random numbers of its own from the board', async () => {
    const numbers = await Promise.all(consoles().map((console) => answer(console, 'dd if=/dev/hwrng bs=16 count=4 2>/dev/null | md5sum; cat /sys/class/misc/hw_random/rng_current')));
    for (const text of numbers) expect(text).toMatch(/^[0-9a-f]{32} +-\s+virtio_rng/);
    expect(new Set(numbers).size).toBe(3);
  });

  test('each reads the time of the board, and cannot set it', async () => {
    const [first, second] = both();
    const nearNow = (text: string): boolean => Math.abs(Number(text) - Date.now() / 1000) < 3600;
    expect(await answer(first, 'cat /sys/class/rtc/rtc0/name')).toBe('rtc-pl031 10000000.rtc');
    expect(nearNow(await answer(first, 'date +%s'))).toBe(true);
    await answer(first, 'date -s 2001-01-01; hwclock -u -w; date -s "$(hwclock -u -r)" > /dev/null');
    for (const console of [first, second]) expect(nearNow(await answer(console, 'cat /sys/class/rtc/rtc0/since_epoch'))).toBe(true);
  });

  test('a virtio console is a terminal of its own, at a socket of this computer', async () => {
    const line = connect(work.console.socket);
    const heard = (async (): Promise<string> => {
      let text = '';
      for await (const chunk of line) {
        text += String(chunk);
        if (text.includes('Hello 42')) break;
      }
      return text;
    })();
    line.write('echo Hello $((6*7)) on $(tty) of $(hostname)\n');
    expect(await heard).toContain('Hello 42 on /dev/hvc0 of work');
  });

  /** Pixels of a tile that are of its most frequent colour, and all others. */
  function contrast(picture: Picture, left: number): number {
    const counts = new Map<number, number>();
    for (let y = BAR_PIXELS; y < 400; y += 1) {
      for (let x = left; x < left + picture.width / 2; x += 1) counts.set(picture.pixel(x, y), (counts.get(picture.pixel(x, y)) ?? 0) + 1);
    }
    const all = [...counts.values()];
    return all.reduce((sum, count) => sum + count, 0) - Math.max(...all);
  }

  test('the panel shows both, each under its bar', async () => {
    const picture = await monitor.picture();
    expect([picture.width, picture.height]).toEqual([720, 1440]);
    expect([picture.pixel(2, 2), picture.pixel(362, 2)]).toEqual([FOCUSED_BAR, BAR]);
    // A text console is dark, with letters on it.
    expect(contrast(picture, 0)).toBeGreaterThan(500);
    expect(contrast(picture, 360)).toBeGreaterThan(500);
  });

  test('keys and touches reach the machine in focus alone, which F12 and a touch change', async () => {
    const listen = 'for e in /sys/class/input/event*; do cat /dev/input/${e##*/} > /tmp/$(cut -d " " -f 2 $e/device/name) & done; sleep 1; ls /tmp';
    const listening = await Promise.all(both().map((console) => answer(console, listen)));
    for (const files of listening) expect(files).toContain('keyboard');
    const felt = (what: string): Promise<number[]> =>
      Promise.all(both().map(async (console) => Number(await answer(console, `sleep 1; wc -c < /tmp/${what}`)) / EVENT_BYTES));
    await monitor.press('a');
    // Pressed and released, each with the event that ends it.
    expect(await felt('keyboard')).toEqual([4, 0]);
    await monitor.press('f12', 'b', 'c');
    expect(await felt('keyboard')).toEqual([4, 8]);
    expect((await monitor.picture()).pixel(362, 2)).toBe(FOCUSED_BAR);
    await monitor.touch(0.25, 0.3);
    const [first, second] = await felt('touch');
    expect([first! > 0, second]).toEqual([true, 0]);
    await monitor.press('d');
    expect(await felt('keyboard')).toEqual([8, 8]);
  });

  test('a device machine that starts again finds the others as they were: disks, network and keys go on', async () => {
    const [first, second] = both();
    const ofWork = await answer(second, "ip addr show eth0 | sed -n 's/.*inet \\([0-9.]*\\).*/\\1/p'");
    await answer(first, 'dd if=/dev/zero bs=64k count=1 2>/dev/null | tr "\\0" x > /tmp/x');
    const one = 'dd if=/tmp/x of=/dev/vda bs=64k seek=$((20+i)) conv=fsync 2>/dev/null || echo failed';
    const writing = answer(first, `i=0; while [ $i -lt 40 ]; do ${one}; i=$((i+1)); done; echo through`);
    for (let life = 0; life < 3; life += 1) {
      await answer(second, 'sleep 0.3');
      handset().reset('devices');
      await handset().console('devices').expect('ready', PATIENCE);
    }
    expect(await writing).toBe('through');
    const read = 'echo 3 > /proc/sys/vm/drop_caches; dd if=/dev/vda bs=64k skip=20 count=40 2>/dev/null';
    expect(await answer(first, `${read} | tr -dc x | wc -c`)).toBe(String(40 * 65_536));
    expect(await answer(first, `ping -c 2 -W 4 ${ofWork} > /dev/null && echo yes`)).toBe('yes');
    await monitor.press('e');
    expect(await answer(first, 'sleep 1; wc -c < /tmp/keyboard')).toBe(String(12 * EVENT_BYTES));
  });

  test('what was written to the end is on the disk after QEMU was killed, in the volume of who wrote it', async () => {
    for (const console of both()) {
      expect(await answer(console, `echo record-of-$(hostname) | dd of=/dev/vda bs=512 seek=1000 conv=fsync 2>/dev/null && echo written`)).toBe('written');
    }
    await handset().close();
    const bytes = readFileSync(disk);
    const record = (name: string): number => bytes.indexOf(`record-of-${name}\n`);
    expect([record('personal'), record('work')]).toEqual([MIB + 1000 * 512, 9 * MIB + 1000 * 512]);
  });
});

describe('machines that use a device wrongly in every way', () => {
  const volumes = [{ name: 'bad' }, { name: 'good' }, { name: 'bad-too' }, { name: 'good-too' }];
  const misuse = (name: string, from: number) => ({ name, memoryMib: 4, image: guest('virtio-misuse'), volumes: volumes.slice(from, from + 2) });
  const handset = launched(
    defineHandset({
      memoryMib: 256,
      disk: { file: join(monitor.folder, 'misuse.img'), volumes: volumes.map(({ name }) => ({ name, sizeMib: 1 })) },
      machines: [misuse('one', 0), misuse('two', 2)],
    }),
  );

  test('lose that device alone, each time, until they reset it', async () => {
    for (const name of ['one', 'two']) {
      const console = handset().console(name);
      for (let number = 0; number < 7; number += 1) await console.expect(`misdeed number=${String(number)} lost=1 neighbour=0`, PATIENCE);
      await console.expect('mended status=0', PATIENCE);
    }
    await handset().ended;
  });

  test('and each rule is named', () => {
    const rules = [
      'a queue of a wrong size, or not in its RAM', 'the available index jumped by more than the queue has', 'a descriptor number beyond the queue',
      'a chain of descriptors that is longer than its table', 'a descriptor that is empty, or not in its RAM',
      'an indirect table of a wrong size, or in another one', 'a request whose pieces are not those of its kind',
    ];
    const said = handset().console('devices').lines.filter((line) => line.includes('virtio device'));
    for (const name of ['one', 'two']) {
      expect(said.filter((line) => line.startsWith(`${name}:`))).toEqual(rules.map((rule) => `${name}: virtio device 0: ${rule}`));
    }
  });
});

describe('a machine that lets its devices see a part of its RAM alone', () => {
  const handset = launched(
    defineHandset({
      memoryMib: 256,
      disk: { file: join(monitor.folder, 'shared.img'), volumes: [{ name: 'one', sizeMib: 1 }] },
      machines: [{ name: 'sharer', memoryMib: 4, image: guest('shared-part'), volumes: [{ name: 'one' }], sharedMib: 2 }],
    }),
  );

  test('is served within that part, by a driver that knows of it, and loses a device that it asks for more', async () => {
    for (const line of ['unaware agreed=0', 'within status=0', 'beyond status=ee lost=1', 'within status=0']) await handset().console('sharer').expect(line, PATIENCE);
    await handset().ended;
    expect(handset().console('devices').lines).toContain('sharer: virtio device 0: a descriptor that is empty, or not in its RAM');
  });
});
