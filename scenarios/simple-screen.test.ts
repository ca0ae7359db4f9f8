/**
 * Screens that are a picture in a machine's RAM: of an unmodified Linux, which finds its own without a driver of virtio, and of a program of ours.
 */
import { type Console, defineHandset, linux } from 'thimble';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guest, launched, PATIENCE } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';
import { QemuMonitor } from './qemu-monitor.ts';

const BAR_PIXELS = 64;
const [UPPER, LOWER] = [0x33_66cc, 0xcc_6633];

const monitor = new QemuMonitor();
afterAll(() => monitor.remove());

describe('a Linux machine and a program of ours with simple screens', () => {
  const handset = launched(
    defineHandset({
      machines: [
        { name: 'text', memoryMib: 192, image: linux(), screen: { kind: 'simple' } },
        { name: 'painter', memoryMib: 8, image: guest('painter'), screen: { kind: 'simple' } },
      ],
    }),
    { extraArguments: monitor.extraArguments },
  );
  const text = (): Console => handset().console('text');

  beforeAll(async () => {
    await booted(text());
  });

  /** Looks at the panel until it shows what is wanted: what is drawn is there only some time later. */
  async function pixels(places: readonly (readonly [number, number])[], wanted: (colours: readonly number[]) => boolean): Promise<number[]> {
    for (let looks = 0; ; looks += 1) {
      const picture = await monitor.picture();
      const colours = places.map(([x, y]) => picture.pixel(x, y));
      if (wanted(colours) || looks === 60) return colours;
      await answer(text(), 'sleep 0.5');
    }
  }

  test('the program finds its picture by its device tree, and what it paints is on the panel', async () => {
    await handset().console('painter').expect('painted width=2d0 height=5a0', PATIENCE);
    const places = [[362, BAR_PIXELS + 2], [719, BAR_PIXELS + 358], [362, BAR_PIXELS + 362], [719, BAR_PIXELS + 719]] as const;
    const wanted = [UPPER, UPPER, LOWER, LOWER];
    expect(await pixels(places, (colours) => colours.join() === wanted.join())).toEqual(wanted);
  });

  test('Linux has a console on it, with drivers of its own alone', async () => {
    expect(await answer(text(), 'cat /sys/class/graphics/fb0/name /sys/class/graphics/fb0/virtual_size; ls /sys/class/drm 2>&1 | grep -c card')).toBe('simple\n720,1440\n0');
    expect(await answer(text(), 'dmesg | grep -c "Console: switching to colour frame buffer device 90x90"')).toBe('1');
  });

  test('what Linux draws is on the panel, and nothing of the other', async () => {
    const fill = (byte: string): Promise<string> => answer(text(), `tr '\\0' '${byte}' < /dev/zero | head -c $((720*1440*4)) > /dev/fb0; echo done`);
    expect(await fill('\\102')).toBe('done');
    expect(await pixels([[2, BAR_PIXELS + 2], [358, BAR_PIXELS + 719]], (colours) => colours.every((colour) => colour === 0x42_4242))).toEqual([0x42_4242, 0x42_4242]);
    await monitor.press('f11');
    expect(await pixels([[0, 0], [719, 1439]], (colours) => colours.every((colour) => colour === 0x42_4242))).toEqual([0x42_4242, 0x42_4242]);
    await monitor.press('f12');
    expect(await pixels([[0, 0], [719, 1439]], (colours) => colours[0] === UPPER)).toEqual([UPPER, LOWER]);
  });

  test('one that starts again begins with an empty screen', async () => {
    await monitor.press('f12');
    expect(await pixels([[300, 1400]], ([colour]) => colour === 0x42_4242)).toEqual([0x42_4242]);
    handset().reset('text');
    await booted(text());
    expect(await pixels([[300, 1400]], ([colour]) => colour === 0)).toEqual([0]);
  });
});
