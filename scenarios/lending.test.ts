/**
 * What the device machine lends to others: windows, by which two of them share memory and ring each other, and devices of the board.
 */
import { type Console, defineHandset, linux } from 'thimble';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guest, launched, PATIENCE } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';
import { QemuMonitor } from './qemu-monitor.ts';

const WINDOW = '0x10200000';
const NOTIFY = '0x0a000050';

const CLOCK = { name: 'rtc', compatible: ['arm,pl031', 'arm,primecell'], address: 0x0901_0000, spi: 2 };

/** By Linux' driver: each alarm interrupts once. */
async function clockWorks(console: Console): Promise<void> {
  await booted(console);
  const at = '/sys/class/rtc/rtc0';
  expect(Number(await answer(console, `cat ${at}/since_epoch`))).toBeGreaterThan(1_600_000_000);
  const count = "sed -n '/rtc-pl031/s/^[^:]*: *\\([0-9]*\\).*/\\1/p' /proc/interrupts";
  expect(await answer(console, count)).toBe('0');
  for (let alarm = 1; alarm <= 2; alarm += 1) {
    await answer(console, `echo 0 > ${at}/wakealarm; echo +1 > ${at}/wakealarm; sleep 3`);
    expect(await answer(console, count)).toBe(String(alarm));
  }
}

describe('two machines with a window between them, and one more', () => {
  const handset = launched(
    defineHandset({
      windows: [{ name: 'mail', between: ['one', 'two'], mib: 2 }],
      machines: [
        { name: 'one', memoryMib: 4, image: guest('window-end') },
        { name: 'two', memoryMib: 4, image: guest('window-end'), vcpus: 1 },
        { name: 'three', memoryMib: 4, image: guest('window-end') },
      ],
    }),
  );

  beforeAll(async () => {
    for (const name of ['one', 'two', 'three']) await handset().console(name).expect('at the window\n', PATIENCE);
  });

  test('hear what the other says', async () => {
    handset().console('one').write('x');
    await handset().console('two').expect('heard word=78\n', PATIENCE);
    handset().console('two').write('y');
    await handset().console('one').expect('heard word=79\n', PATIENCE);
  });

  test('go on when the device machine begins anew, and when one of them does', async () => {
    handset().reset('devices');
    await handset().console('devices').expect('ready', PATIENCE);
    handset().console('one').write('a');
    await handset().console('two').expect('heard word=61\n', PATIENCE);
    handset().reset('two');
    await handset().console('two').expect('at the window\n', PATIENCE);
    handset().console('one').write('b');
    await handset().console('two').expect('heard word=62\n', PATIENCE);
    handset().console('two').write('c');
    await handset().console('one').expect('heard word=63\n', PATIENCE);
  });

  test('are not heard by the third, for whom there is no window', async () => {
    handset().console('three').write('z');
    await handset().hypervisor.expect(/three: data abort .*ipa=10200000/, PATIENCE);
    expect(handset().console('three').lines.filter((line) => line.startsWith('heard'))).toEqual([]);
  });
});

describe('a Linux machine with a window to one in TypeScript', () => {
  const handset = launched(
    defineHandset({
      windows: [{ name: 'mail', between: ['linux', 'other'], mib: 4 }],
      machines: [
        { name: 'other', memoryMib: 4, image: guest('window-end') },
        { name: 'linux', memoryMib: 128, image: linux() },
      ],
    }),
  );

  test('finds it in its device tree, reads and writes it, and rings', async () => {
    const console = handset().console('linux');
    await booted(console);
    expect(await answer(console, 'tr "\\0" " " < /proc/device-tree/window@10200000/compatible')).toBe('thimble,window generic-uio');
    await answer(console, `busybox devmem ${WINDOW} 32 0x1234; busybox devmem ${NOTIFY} 32 0; echo rung`);
    await handset().console('other').expect('heard word=1234\n', PATIENCE);
    handset().console('other').write('k');
    expect(await answer(console, `sleep 1; busybox devmem ${WINDOW} 32`)).toBe('0x0000006B');
  });
});

describe('devices of the board, each given to a machine', () => {
  const monitor = new QemuMonitor();
  afterAll(() => monitor.remove());
  const handset = launched(
    defineHandset({
      machines: [
        { name: 'pins', memoryMib: 4, image: guest('board-gpio'), boardDevices: [{ name: 'gpio', compatible: ['arm,pl061', 'arm,primecell'], address: 0x0903_0000, spi: 7 }] },
        { name: 'clock', memoryMib: 128, image: linux(), boardDevices: [CLOCK] },
      ],
    }),
    { extraArguments: monitor.extraArguments },
  );

  test('interrupt it, as often as they like', async () => {
    const pins = handset().console('pins');
    await pins.expect('pins watched\n', PATIENCE);
    for (let press = 0; press < 3; press += 1) {
      await monitor.powerButton();
      // The pin goes up and down, which may be told of at once.
      await pins.expect('interrupt pins=8\n', PATIENCE);
    }
    handset().reset('pins');
    await pins.expect('pins watched\n', PATIENCE);
    await monitor.powerButton();
    await pins.expect('interrupt pins=8\n', PATIENCE);
  });

  test('work with the driver of an unmodified kernel: its clock tells the time, and its alarm wakes', async () => {
    await clockWorks(handset().console('clock'));
  });
});

describe('the clock of a board with a GICv2, given to a Linux machine', () => {
  const handset = launched(defineHandset({ board: 'qemu-virt-gicv2', machines: [{ name: 'clock', memoryMib: 128, image: linux(), boardDevices: [CLOCK] }] }));

  test('tells the time, and its alarm wakes', async () => {
    await clockWorks(handset().console('clock'));
  });
});
