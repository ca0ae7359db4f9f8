/**
 * The phone of phone.config.ts: two personas, each a desktop of Debian's packages on a root volume of its own. Both are seen, take fingers and keys, and keep
 * what was written when their power is cut.
 */
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { type Console, defineHandset, type HandsetConfig, linux } from 'thimble';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launched, PATIENCE } from './handset-under-test.ts';
import { answer } from './linux-shell.ts';
import { type Picture, QemuMonitor } from './qemu-monitor.ts';

const MIB = 2 ** 20;
const WIDTH = 720;
const HEIGHT = 1440;
/** Of what is on the panel when a machine has it alone, in pixels. */
const TERMINAL_OF_WESTON = [85, 1424] as const;
const TERMINAL_OF_SWAY = [200, 1400] as const;
const KEYS_OF_SWAY = [576, 1400] as const;
/** Keys of the keyboard on Sway's screen. */
const KEYS = { m: [577, 1338], k: [577, 1272], d: [216, 1272], i: [540, 1206], r: [252, 1206], space: [396, 1404], q: [36, 1206], enter: [666, 1404] } as const;

/** The file that people start, as it is. */
const { default: phone } = (await import(resolve(import.meta.dirname, '../phone.config.ts'))) as { readonly default: HandsetConfig };
const monitor = new QemuMonitor();
const disk = join(monitor.folder, 'phone.disk');
afterAll(() => monitor.remove());

type Colour = readonly [red: number, green: number, blue: number];

function colourAt(picture: Picture, x: number, y: number): Colour {
  const pixel = picture.pixel(x, y);
  return [pixel >> 16, (pixel >> 8) & 0xff, pixel & 0xff];
}

function near(seen: Colour, [red, green, blue]: Colour): boolean {
  return Math.max(Math.abs(seen[0] - red), Math.abs(seen[1] - green), Math.abs(seen[2] - blue)) <= 16;
}

/** Asks until the answer is yes: what is on a screen comes when the machine gets to it. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE.timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`never so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** Which part of the panel looks another way. */
function difference(one: Picture, other: Picture): number {
  let different = 0;
  for (let y = 0; y < HEIGHT; y += 8) {
    for (let x = 0; x < WIDTH; x += 8) if (one.pixel(x, y) !== other.pixel(x, y)) different += 1;
  }
  return different / ((WIDTH / 8) * (HEIGHT / 8));
}

function touch([x, y]: readonly [number, number]): Promise<void> {
  return monitor.touch(x / WIDTH, y / HEIGHT);
}

function isRunning(console: Console, program: string): Promise<boolean> {
  return answer(console, `pidof ${program} > /dev/null && echo yes`).then((said) => said === 'yes');
}

function isThere(console: Console, folder: string): Promise<boolean> {
  return answer(console, `[ -d /home/user/${folder} ] && echo yes`).then((said) => said === 'yes');
}

describe('a phone with two personas', () => {
  const handset = launched({ ...phone, disk: { ...phone.disk!, file: disk } }, { extraArguments: monitor.extraArguments });
  const both = (): [Console, Console] => [handset().console('personal'), handset().console('work')];

  /** That both desktops are up, on unmodified kernels. */
  async function bothReady(): Promise<void> {
    for (const console of both()) await console.expect(/\nthimble-ready \S+ \S+-arm64 \d+\n/, PATIENCE);
  }

  beforeAll(bothReady);

  test('shows both side by side: an evening, and a blueprint', async () => {
    await until('an evening on the left, a blueprint on the right', async () => {
      const picture = await monitor.picture();
      const sun = colourAt(picture, 235, 464);
      const paper = colourAt(picture, 390 + 6, 350);
      return near(sun, [255, 236, 190]) && near(paper, [13, 60, 90]);
    });
  });

  test('and neither wakes again and again while nothing happens', async () => {
    const wakeUps = async (): Promise<number[]> => (await handset().status()).machines.map(({ vcpus }) => vcpus[0]!.wakeUps);
    await answer(handset().console('personal'), 'sleep 5');
    const before = await wakeUps();
    await answer(handset().console('personal'), 'sleep 5');
    const after = await wakeUps();
    // A kernel that has just booted has a few timers; a screen that is drawn without need has 300 in that time.
    for (const [index, count] of after.entries()) expect(count - before[index]!, `of machine ${String(index)}`).toBeLessThan(60);
  });

  test('a finger opens a terminal in one, and types on the keyboard on its screen', async () => {
    const [, work] = both();
    await monitor.touch(0.75, 0.02);
    await until('work alone on the panel', async () => near(colourAt(await monitor.picture(), 576, 1370), [31, 122, 90]));
    await touch(TERMINAL_OF_SWAY);
    await until('a terminal', () => isRunning(work, 'foot'));
    // Its window's title, under which keys are its own.
    await until('its window', async () => near(colourAt(await monitor.picture(), 360, 24), [21, 90, 128]));
    await touch(KEYS_OF_SWAY);
    await until('a keyboard on the screen', async () => near(colourAt(await monitor.picture(), 120, 1206), [45, 45, 45]));
    for (const key of ['m', 'k', 'd', 'i', 'r', 'space', 'q', 'enter'] as const) await touch(KEYS[key]);
    await until('what was typed', () => isThere(work, 'q'));
  });

  test('and in the other, where a keyboard types', async () => {
    const [personal, work] = both();
    await monitor.press('f12');
    await until('personal alone on the panel', async () => near(colourAt(await monitor.picture(), 470, 800), [255, 236, 190]));
    const before = await monitor.picture();
    await touch(TERMINAL_OF_WESTON);
    await until('a terminal', () => isRunning(personal, 'weston-terminal'));
    // Somewhere: Weston puts it where it likes. It has the keyboard as soon as it is seen.
    await until('its window', async () => difference(before, await monitor.picture()) > 0.05);
    await monitor.press('m', 'k', 'd', 'i', 'r', 'spc', 'w', 'ret');
    await until('what was typed', () => isThere(personal, 'w'));
    expect(await answer(personal, 'stat -c %U /home/user/w')).toBe('user');
    expect(await isThere(work, 'w')).toBe(false);
  });

  test('each keeps what was written to its volume when its power is cut', async () => {
    for (const console of both()) {
      expect(await answer(console, 'echo "a record of $(hostname)" > /home/user/record; sync; echo written')).toBe('written');
    }
    for (const console of both()) handset().reset(console.name);
    await bothReady();
    for (const console of both()) expect(await answer(console, 'cat /home/user/record')).toBe(`a record of ${console.name}`);
    expect(await isThere(both()[0], 'w')).toBe(true);
    expect(await isThere(both()[1], 'q')).toBe(true);
  });

  test('a machine that is switched off leaves a clean file system', async () => {
    for (const console of both()) console.write('poweroff\n');
    expect(await handset().ended).toMatchObject({ poweredOff: true });
    let start = MIB;
    for (const { sizeMib } of phone.disk!.volumes) {
      const environment = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
      const said = execFileSync('e2fsck', ['-fn', `${disk}?offset=${start}`], { env: environment, stdio: 'pipe' }).toString();
      expect(said).toContain('Pass 5');
      expect(said).not.toMatch(/recover|error/i);
      start += sizeMib * MIB;
    }
  });
});

describe('a machine whose root volume is empty', () => {
  const machine = { name: 'work', memoryMib: 192, image: linux({ root: 'empty' }), volumes: [{ name: 'empty' }] };
  const handset = launched(defineHandset({ disk: { file: join(monitor.folder, 'empty.disk'), volumes: [{ name: 'empty', sizeMib: 1 }] }, machines: [machine] }));

  test('says so, and has a shell to see to it with, but is not ready', async () => {
    const console = handset().console('work');
    await console.expect('thimble: volume empty has no file system that could be mounted; this is the small userland\n', PATIENCE);
    await console.expect('work:~# ', PATIENCE);
    expect(await answer(console, 'cat /sys/block/vda/serial')).toBe('empty');
    expect(console.lines.filter((line) => line.includes('thimble-ready'))).toEqual([]);
  });
});
