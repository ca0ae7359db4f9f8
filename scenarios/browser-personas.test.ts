/**
 * The two personas of phone.config.ts in the page, in a headless Chromium: both are seen at once, switched and touched, on a desktop and on a
 * phone. What else they can do is shown without a browser (personas.test.ts).
 *
 * With THIMBLE_PICTURES=1 the pictures of the page with its panel in docs/pictures/ are taken anew.
 */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { answer, DESKTOP, order, PHONE, root, Surroundings } from './handset-in-a-browser.ts';
import { inFront, pixels, placeOf } from './panel-in-a-browser.ts';

const PICTURES = process.env['THIMBLE_PICTURES'] === undefined ? null : resolve(root, 'docs/pictures');
/** Desktops need their time on an emulated processor. */
const PATIENT = { timeout: 150_000 } as const;
/** What the desktops look like, as personas.test.ts has it: a sun, and paper for drawings. */
const SUN = [255, 236, 190];
const PAPER = [13, 60, 90];
const SUN_SIDE_BY_SIDE = [235, 464] as const;
const PAPER_SIDE_BY_SIDE = [396, 350] as const;
const SUN_IN_FULL = [470, 800] as const;
/** A button of Sway's bar. */
const BAR_OF_SWAY = [576, 1370] as const;
const GREEN = [31, 122, 90];
const TERMINAL_OF_WESTON = [85, 1424] as const;
const TERMINAL_OF_SWAY = [200, 1400] as const;
const PICTURE_SETTLES_MS = 4000;

const surroundings = new Surroundings();

describe('two personas in the page', () => {
  let page: Page;
  let phone: Page;

  /** How far, at most, a place of the panel is from a colour, in 255ths. */
  async function distance(each: Page, place: readonly [number, number], colour: readonly number[]): Promise<number> {
    const [seen = []] = await pixels(each, place);
    return Math.max(...colour.map((value, index) => Math.abs(value - (seen[index] ?? 0))));
  }

  beforeAll(async () => {
    const file = join(surroundings.folder, 'phone.config.ts');
    const disk = join(surroundings.folder, 'phone.disk');
    await writeFile(file, `import phone from '${root}/phone.config.ts';\nexport default { ...phone, disk: { ...phone.disk, file: '${disk}' } };\n`);
    const { address } = await surroundings.boot('--config', file);
    page = await surroundings.open(address, { ...DESKTOP, colorScheme: 'dark' });
    phone = await surroundings.open(`${address}#panel`, { ...PHONE, colorScheme: 'light' });
  });

  test('are seen side by side, in two browsers', async () => {
    for (const each of [page, phone]) {
      await expect.poll(() => distance(each, SUN_SIDE_BY_SIDE, SUN), PATIENT).toBeLessThan(17);
      await expect.poll(() => distance(each, PAPER_SIDE_BY_SIDE, PAPER), PATIENT).toBeLessThan(17);
    }
  });

  test('are switched and touched by a finger on a phone', async () => {
    await phone.touchscreen.tap(...(await placeOf(phone, 540, 30)));
    for (const each of [page, phone]) await inFront(each, /^work/).waitFor();
    // Its bar comes after its paper.
    await expect.poll(() => distance(phone, BAR_OF_SWAY, GREEN), PATIENT).toBeLessThan(17);
    await phone.touchscreen.tap(...(await placeOf(phone, ...TERMINAL_OF_SWAY)));
    await expect.poll(() => answer(page, 'work', 'pidof foot'), PATIENT).toMatch(/\d/);
  });

  test('are switched by a button, and typed to', async () => {
    await page.getByRole('group', { name: 'in front' }).getByRole('button', { name: 'personal' }).click();
    await inFront(phone, /^personal/).waitFor();
    await expect.poll(() => distance(page, SUN_IN_FULL, SUN), PATIENT).toBeLessThan(17);
    await page.mouse.click(...(await placeOf(page, ...TERMINAL_OF_WESTON)));
    await expect.poll(() => answer(page, 'personal', 'pidof weston-terminal'), PATIENT).toMatch(/\d/);
    // It takes the keys when it is seen, which nothing here tells: keys before that are nobody's.
    await expect
      .poll(async () => {
        await order(page, 'v');
        await page.keyboard.type('mkdir w\n');
        return answer(page, 'personal', 'ls -d /home/user/w');
      }, { ...PATIENT, interval: 2000 })
      .toBe('/home/user/w');
    expect(await answer(page, 'work', 'ls /home/user')).not.toContain('w');
  });

  test.runIf(PICTURES)('have their pictures taken', async () => {
    await page.getByRole('group', { name: 'in front' }).getByRole('button', { name: 'personal' }).click();
    await page.getByRole('tab', { name: 'personal' }).click();
    for (const command of ['clear', 'uname -a', 'df -h /', 'free -m', 'ps | grep -v "\\["']) {
      await page.keyboard.type(`${command}\r`);
      await page.waitForTimeout(1000);
    }
    await page.waitForTimeout(PICTURE_SETTLES_MS);
    await phone.screenshot({ path: join(PICTURES ?? '', 'page-panel-phone.png') });
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.waitForTimeout(PICTURE_SETTLES_MS);
    await page.screenshot({ path: join(PICTURES ?? '', 'page-panel.png') });
  });
});
