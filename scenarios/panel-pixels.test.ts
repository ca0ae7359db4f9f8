/** Each pixel of the panel is the one that the machine drew, or the mean of four where it is made smaller, whatever the rows' lengths are. */
import { defineHandset } from 'thimble';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guest, launched, PATIENCE } from './handset-under-test.ts';
import { type Picture, QemuMonitor } from './qemu-monitor.ts';

/** A little less than what the machines draw, so that rows have no round length. */
const WIDTH = 712;
const HEIGHT = 1440;
const BAR = 64;
/** guests/src/measure-screen.ts */
const DRAWN_WIDTH = 720;
const COLOUR_STEP = 0x9e37_79b1;

const monitor = new QemuMonitor();
afterAll(() => monitor.remove());

function drawn(x: number, y: number): number {
  return Math.imul(y * DRAWN_WIDTH + x, COLOUR_STEP) & 0xff_ffff;
}

/** Each part of the colour by itself. */
function halfway(one: number, other: number): number {
  return [0, 8, 16].reduce((colour, shift) => colour + (((((one >> shift) & 0xff) + ((other >> shift) & 0xff)) >> 1) << shift), 0);
}

function meanOfFour(x: number, y: number): number {
  const column = (left: number): number => halfway(drawn(left, 2 * y), drawn(left, 2 * y + 1));
  return halfway(column(2 * x), column(2 * x + 1));
}

/** Pixels of the panel from `left`, `top` on that are others than `wanted`. */
function wrong(picture: Picture, [left, top, across, down]: readonly [number, number, number, number], wanted: (x: number, y: number) => number): string[] {
  const found: string[] = [];
  for (let y = 0; y < down; y += 1) {
    for (let x = 0; x < across; x += 1) {
      if (picture.pixel(left + x, top + y) !== wanted(x, y)) found.push(`${String(x)},${String(y)}`);
    }
  }
  return found.slice(0, 4);
}

describe('two machines that have drawn the same', () => {
  const machines = ['first', 'second'].map((name) => ({ name, memoryMib: 16, image: guest('measure-screen'), screen: true }));
  const handset = launched(defineHandset({ memoryMib: 256, panel: { width: WIDTH, height: HEIGHT }, machines }), { extraArguments: monitor.extraArguments });

  beforeAll(async () => {
    for (const { name } of machines) await handset().console(name).expect('shown\n', PATIENCE);
  });

  /** Until the panel has got it. */
  async function isShown(area: readonly [number, number, number, number], wanted: (x: number, y: number) => number): Promise<void> {
    await expect.poll(async () => wrong(await monitor.picture(), area, wanted), { timeout: PATIENCE.timeoutMs }).toEqual([]);
  }

  test('are side by side, half as large', async () => {
    await isShown([0, BAR, WIDTH / 2, HEIGHT / 2], meanOfFour);
    await isShown([WIDTH / 2, BAR, WIDTH / 2, HEIGHT / 2], meanOfFour);
  });

  test('have the panel in full', async () => {
    await monitor.press('f11');
    await isShown([0, 0, WIDTH, HEIGHT], drawn);
  });
});
