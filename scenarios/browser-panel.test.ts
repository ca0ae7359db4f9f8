/**
 * The handset's panel in a headless Chromium: two Linux machines with screens are seen, touched, typed to, switched and photographed, on a
 * desktop and on a phone, by the mouse, a finger and the keyboard alone. No guest here has a graphical userland: their screens show the
 * kernel's own console, with a shell. browser-personas.test.ts has two that do.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { CONTRAST_MIN, contrasts } from './contrast.ts';
import { answer, card, DESKTOP, order, PHONE, shows, Surroundings } from './handset-in-a-browser.ts';
import { canvas, HEIGHT, inFront, pixels, placeOf, WIDTH } from './panel-in-a-browser.ts';

const BAR_PIXELS = 64;
const FOCUSED_BAR = [0x2f, 0x4a, 0x63];
const BAR = [0x20, 0x28, 0x30];
/** Of an event of Linux' evdev. */
const EVENT_BYTES = 24;

const surroundings = new Surroundings();

function config(): string {
  const machine = (name: string): string => `{ name: '${name}', memoryMib: 192, image: linux(), volumes: [{ name: '${name}' }], screen: true }`;
  return `import { defineHandset, linux } from 'thimble';
export default defineHandset({
  disk: { file: '${join(surroundings.folder, 'disk.img')}', volumes: [{ name: 'personal', sizeMib: 8 }, { name: 'work', sizeMib: 8 }] },
  machines: [${machine('personal')}, ${machine('work')}],
});
`;
}

/** How many pixels of a part of the panel, as the page shows it, are bright: letters on a dark console. */
function brightPixels(page: Page, left: number, right: number): Promise<number> {
  return canvas(page).evaluate(
    (shown: { getContext(kind: string): { getImageData(x: number, y: number, w: number, h: number): { data: ArrayLike<number> } } }, [x, y, w, h]) =>
      Array.from(shown.getContext('2d').getImageData(x!, y!, w!, h!).data).filter((value, index) => index % 4 === 1 && value > 0x60).length,
    [left, BAR_PIXELS, right - left, 400],
  );
}

/** The size that a PNG file says it has. */
function sizeOf(png: Buffer): [number, number] {
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

describe('the panel', () => {
  let address: string;
  let page: Page;
  let phone: Page;

  /** Writes a word with a capital to a file, by keys on the panel: those with Shift are pressed so, which `type` does not do. */
  async function writes(word: string): Promise<void> {
    await page.keyboard.type('echo ');
    await page.keyboard.press(`Shift+Key${word.charAt(0)}`);
    await page.keyboard.type(`${word.slice(1)} `);
    await page.keyboard.press('Shift+Period');
    await page.keyboard.type('/tmp/typed\n');
  }

  beforeAll(async () => {
    const file = join(surroundings.folder, 'phone.config.ts');
    await writeFile(file, config());
    const booted = await surroundings.boot('--config', file);
    address = booted.address;
    page = await surroundings.open(address, { ...DESKTOP, colorScheme: 'dark' });
    phone = await surroundings.open(`${address}#panel`, { ...PHONE, colorScheme: 'light' });
    expect(booted.said()).toContain(`its panel: ${address}#panel\n`);
    for (const machine of ['work', 'personal']) {
      await page.getByRole('tab', { name: machine }).click();
      await shows(page, machine, `${machine}:~#`);
    }
  });

  test('shows both screens, each under its bar, in two browsers at once', async () => {
    for (const each of [page, phone]) {
      await inFront(each, 'All').waitFor();
      for (const left of [0, 360]) await expect.poll(() => brightPixels(each, left, left + 360), { timeout: 60_000 }).toBeGreaterThan(500);
      expect((await pixels(each, [2, 2], [362, 2])).sort()).toEqual([BAR, FOCUSED_BAR].sort());
      const box = await canvas(each).boundingBox();
      const { width = 0, height = 0 } = box ?? {};
      // In portrait, all of it to be seen, as large as there is room.
      expect(Math.abs(height - 2 * width)).toBeLessThan(2);
      expect([height > each.viewportSize()!.height * 0.7, width < each.viewportSize()!.width]).toEqual([true, true]);
    }
    expect(await phone.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.viewport.width);
  });

  test('leaves the cards all the room there is, on phones upright and on their side', async () => {
    for (const [width, height] of [[390, 844], [320, 568], [844, 390]] as const) {
      const context = await surroundings.context({ ...PHONE, viewport: { width, height } });
      const small = await context.newPage();
      await small.goto(address);
      await card(small, 'work').getByText('running').waitFor();
      const cards = small.locator('.cards');
      const views = small.getByRole('navigation', { name: 'views' });
      const [room, below] = [await cards.boundingBox(), await views.boundingBox()];
      // Down to the views, but for the space between; of narrow ones nothing is beside the screen.
      expect(below!.y - (room!.y + room!.height), `${String(width)} × ${String(height)}`).toBeLessThan(16);
      expect(await small.evaluate('document.documentElement.scrollWidth')).toBe(width);
      if (width > 320) {
        const last = await card(small, 'work').boundingBox();
        expect(last!.y + last!.height).toBeLessThan(below!.y);
      }
      await context.close();
    }
  });

  test('passes a finger on to the machine that is touched, and to no other', async () => {
    const listen = 'for e in /sys/class/input/event*; do cat /dev/input/${e##*/} > /tmp/$(cut -d " " -f 2 $e/device/name) & done 2>/dev/null; sleep 1; ls /tmp';
    for (const machine of ['personal', 'work']) expect(await answer(page, machine, listen)).toContain('touch');
    const felt = async (machine: string): Promise<number> => Number(await answer(page, machine, 'wc -c < /tmp/touch')) / EVENT_BYTES;
    /** All of it, once some of it has come: a busy machine writes it down when it gets to it. */
    const allFelt = async (machine: string): Promise<number> => {
      let events = 0;
      await expect
        .poll(async () => {
          const before = events;
          events = await felt(machine);
          return events === before ? events : 0;
        }, { timeout: 30_000, interval: 500 })
        .toBeGreaterThan(0);
      return events;
    };
    await phone.touchscreen.tap(...(await placeOf(phone, 540, 400)));
    await phone.getByRole('button', { name: 'work has the touches and keys' }).waitFor();
    const [work, personal] = [await allFelt('work'), await felt('personal')];
    // Two axes, the finger, and what ends the group; the finger goes up again.
    expect([personal, work >= 4]).toEqual([0, true]);
    // The mouse is a finger too.
    await page.mouse.click(...(await placeOf(page, 180, 400)));
    await page.getByRole('button', { name: 'personal has the touches and keys' }).waitFor();
    expect([(await allFelt('personal')) >= 4, await felt('work')]).toEqual([true, work]);
  });

  test('shows one machine in full by a finger on its bar, and the next one by a swipe from the edge', async () => {
    await page.mouse.click(...(await placeOf(page, 540, 30)));
    for (const each of [page, phone]) await inFront(each, /^work/).waitFor();
    expect(await pixels(page, [2, 2])).not.toEqual([FOCUSED_BAR]);
    await page.mouse.move(...(await placeOf(page, 4, 700)));
    await page.mouse.down();
    await page.mouse.move(...(await placeOf(page, 300, 700)), { steps: 8 });
    await page.mouse.up();
    await inFront(page, /^personal/).waitFor();
  });

  test('switches by buttons, by the command line, and back to all side by side', async () => {
    await phone.getByRole('group', { name: 'in front' }).getByRole('button', { name: 'work' }).tap();
    for (const each of [page, phone]) await inFront(each, /^work/).waitFor();
    expect(await surroundings.thimble('focus', 'personal')).toBe('personal: has the keyboard\n');
    for (const each of [page, phone]) await inFront(each, /^personal/).waitFor();
    await card(page, 'work').getByRole('button', { name: 'Switch' }).click();
    await inFront(page, /^work/).waitFor();
    expect(JSON.parse(await surroundings.thimble('ps', '--json'))).toMatchObject([{ focus: 'work' }]);
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await inFront(phone, 'All').waitFor();
    await expect.poll(() => pixels(phone, [2, 2], [362, 2])).toEqual([BAR, FOCUSED_BAR]);
  });

  test('takes keys, and is entered and left by the keyboard alone', async () => {
    await order(page, '1');
    await page.getByRole('button', { name: 'personal has the touches and keys' }).waitFor();
    await order(page, 'l');
    await order(page, 'v');
    await expect.poll(() => page.evaluate('document.activeElement.getAttribute("role")')).toBe('application');
    await writes('Ab');
    await order(page, 'l');
    expect(await page.evaluate("document.activeElement.textContent")).toBe('Switch');
    await expect.poll(() => answer(page, 'personal', 'cat /tmp/typed'), { timeout: 20_000 }).toBe('Ab');
    // The key that introduced the order to leave is not held in the machine: letters are letters.
    await order(page, 'v');
    await page.keyboard.press('F12');
    await page.getByRole('button', { name: 'work has the touches and keys' }).waitFor();
    await writes('Second');
    await expect.poll(() => answer(page, 'work', 'cat /tmp/typed'), { timeout: 20_000 }).toBe('Second');
    await order(page, '0');
    await inFront(page, 'All').waitFor();
  });

  test('takes what a phone’s own keyboard types', async () => {
    await phone.getByRole('button', { name: 'All', exact: true }).tap();
    await phone.touchscreen.tap(...(await placeOf(phone, 180, 700)));
    await phone.getByRole('button', { name: 'personal has the touches and keys' }).waitFor();
    await phone.getByRole('button', { name: 'Keyboard' }).tap();
    await phone.keyboard.insertText('echo "Wrong');
    for (let letters = 5; letters > 0; letters -= 1) await phone.keyboard.press('Backspace');
    await phone.keyboard.insertText('Right!" > /tmp/typed\n');
    await expect.poll(() => answer(page, 'personal', 'cat /tmp/typed'), { timeout: 20_000 }).toBe('Right!');
  });

  test('is photographed by the command line and by the page', async () => {
    const file = join(surroundings.folder, 'panel.png');
    const said = JSON.parse(await surroundings.thimble('screenshot', '-o', file, '--json')) as object;
    const bytes = await readFile(file);
    expect(said).toMatchObject({ handset: 'phone', file, width: WIDTH, height: HEIGHT, bytes: bytes.length });
    expect(sizeOf(bytes)).toEqual([WIDTH, HEIGHT]);
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Picture' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toMatch(/^phone-\d{4}-\d\d-\d\d-\d{6}\.png$/);
    expect(sizeOf(await readFile(await download.path()))).toEqual([WIDTH, HEIGHT]);
  });

  test('is closed to a page of another origin, which has the token', async () => {
    const stranger = await (await surroundings.context(DESKTOP)).newPage();
    const knock = `new Promise((done) => {
      const socket = new WebSocket('${address.replace('http', 'ws')}panel', 'binary');
      socket.onopen = () => done('open');
      socket.onerror = () => done('refused');
    })`;
    expect(await stranger.evaluate(knock)).toBe('refused');
    expect(await page.evaluate(knock)).toBe('open');
    await stranger.close();
  });

  test('stays with one browser when another has gone, and comes back by itself', async () => {
    const context = await surroundings.context(DESKTOP);
    // So that one can be broken from here.
    await context.addInitScript(`const sockets = [];
      const open = (Real, given) => { const made = new Real(...given); if (/panel$/.test(given[0])) sockets.push(made); return made; };
      Object.assign(window, { sockets, WebSocket: new Proxy(WebSocket, { construct: open }) });`);
    const third = await context.newPage();
    await third.goto(address);
    await canvas(third).waitFor();
    await third.evaluate('sockets[0].close()');
    await third.getByText('connecting to the panel').waitFor();
    await canvas(third).waitFor();
    expect(await third.evaluate('sockets.length')).toBe(2);
    await context.close();
    await page.getByRole('group', { name: 'in front' }).getByRole('button', { name: 'work' }).click();
    await inFront(phone, /^work/).waitFor();
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await inFront(phone, 'All').waitFor();
    await expect.poll(() => brightPixels(phone, 0, 360)).toBeGreaterThan(500);
  });

  test('says of a machine that it is paused, whose screen stays', async () => {
    await surroundings.thimble('pause', 'work');
    await card(page, 'work').getByText('paused').waitFor();
    expect(await brightPixels(page, 360, 720)).toBeGreaterThan(500);
    await surroundings.thimble('resume', 'work');
    await card(page, 'work').getByText('running').waitFor();
    expect(await answer(page, 'work', 'echo goes on')).toBe('goes on');
  });

  test('is gone with the handset, and leaves no socket behind', async () => {
    await surroundings.thimble('stop', 'personal');
    await surroundings.thimble('stop', 'work');
    await page.getByRole('alert').getByText('The handset is off.').waitFor();
    await phone.getByText('the panel is out of reach').waitFor();
    expect((await contrasts(phone)).filter(([, contrast]) => contrast < CONTRAST_MIN)).toEqual([]);
    await expect.poll(() => readdir(join(surroundings.folder, 'thimble'))).toEqual([]);
    expect(surroundings.complaints.filter((line) => !line.includes('willReadFrequently'))).toEqual([]);
  });
});
