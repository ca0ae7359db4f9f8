/**
 * The page of a running handset in a headless Chromium: what a person sees and does there, with the mouse, with the keyboard alone,
 * on a phone's screen and in a second browser, while the command line controls the same handset.
 *
 * With THIMBLE_PICTURES=1 the pictures in docs/pictures/ are taken anew, of the default handset.
 */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Page, WebSocketRoute } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { CONTRAST_MIN, contrasts } from './contrast.ts';
import { card, DESKTOP, order, PHONE, root, shows, Surroundings } from './handset-in-a-browser.ts';

const guests = resolve(root, 'guests/src');

const CONFIG = `import { defineHandset, program } from 'thimble';
export default defineHandset({
  machines: [
    { name: 'answer', memoryMib: 4, cpus: [0], image: program({ entry: '${guests}/answer.ts' }) },
    { name: 'busy', memoryMib: 4, cpus: [1], image: program({ entry: '${guests}/busy.ts' }) },
  ],
});
`;

const surroundings = new Surroundings();

describe('the page', () => {
  let address: string;
  let page: Page;
  let phone: Page;

  beforeAll(async () => {
    const config = join(surroundings.folder, 'two-small.config.ts');
    await writeFile(config, CONFIG);
    ({ address } = await surroundings.boot('--config', config));
    page = await surroundings.open(address, DESKTOP);
    phone = await surroundings.open(address, PHONE);
  });

  test('shows a card a machine, with its figures, in two browsers at once', async () => {
    for (const each of [page, phone]) {
      for (const machine of ['answer', 'busy']) await card(each, machine).getByText('running').waitFor();
      await card(each, 'busy').getByText(/4 MiB · 1 on CPU 1 · up \d+ s/).waitFor();
      await card(each, 'busy').getByText(/^(9\d|100)\.\d %$/).waitFor();
      await card(each, 'answer').locator('canvas').first().waitFor();
    }
    expect(await page.title()).toBe('two-small · Thimble');
  });

  test('can be read in the dark and in the light', async () => {
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      const seen = await contrasts(page);
      expect(seen.map(([text]) => text)).toEqual(expect.arrayContaining(['running', 'Switch', 'answer', '1']));
      expect(seen.filter(([, contrast]) => contrast < CONTRAST_MIN), colorScheme).toEqual([]);
    }
  });

  test('takes what is typed to the machine that the keyboard was given to', async () => {
    await order(page, '1');
    await page.keyboard.type('ok');
    await shows(page, 'answer', 'answer to k: 2');
    await order(page, 'a');
    await shows(page, 'answer', ': 3');
    await card(phone, 'answer').getByText('keyboard').waitFor();
  });

  test('is used with the keyboard alone', async () => {
    await order(page, 'l');
    const focused = (): Promise<string> => page.evaluate("document.querySelector('[data-machine=answer] :focus-visible').textContent");
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Pause');
    await page.keyboard.press('Enter');
    await card(page, 'answer').getByText('paused').waitFor();
    // The same key undoes it.
    expect(await focused()).toBe('Resume');
    await page.keyboard.press('Enter');
    await card(page, 'answer').getByText('running').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Reset');
    await page.keyboard.press('Enter');
    await card(page, 'answer').getByRole('button', { name: 'Reset now?' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('log').getByText(/answer\s*reset/).waitFor();
    await shows(page, 'answer', 'ready to answer');
    await order(page, '?');
    await page.getByRole('dialog').getByText('the next machine gets the keyboard').waitFor();
    await page.keyboard.press('Escape');
  });

  test('switches, stops and starts on a phone’s screen, and every other view follows', async () => {
    await card(phone, 'busy').getByRole('button', { name: 'Switch' }).tap();
    await shows(phone, 'busy', 'beat ');
    await page.getByRole('tab', { name: 'busy', selected: true }).waitFor();
    expect(JSON.parse(await surroundings.thimble('ps', '--json'))).toMatchObject([{ name: 'two-small', focus: 'busy' }]);
    await phone.getByRole('button', { name: 'machines' }).tap();
    await card(phone, 'busy').getByRole('button', { name: 'Stop' }).tap();
    await card(phone, 'busy').getByRole('button', { name: 'Stop now?' }).tap();
    await card(page, 'busy').getByText('off').waitFor();
    await card(phone, 'busy').getByRole('button', { name: 'Start' }).tap();
    await card(page, 'busy').getByText('running').waitFor();
    await phone.getByRole('button', { name: 'events' }).tap();
    await phone.getByRole('log').getByText(/busy\s*off/).waitFor();
    const wide = await phone.evaluate('document.documentElement.scrollWidth');
    expect(wide).toBe(PHONE.viewport.width);
  });

  test('comes back by itself when the connection breaks', async () => {
    const cut: WebSocketRoute[] = [];
    const context = await surroundings.context(DESKTOP);
    await context.routeWebSocket(/control$/, (socket) => {
      socket.connectToServer();
      cut.push(socket);
    });
    const third = await context.newPage();
    await third.goto(address);
    await third.locator('.connection[data-state=open]').waitFor();
    await cut[0]?.close();
    await third.locator('.connection[data-state=lost]').waitFor();
    await third.locator('.connection[data-state=open]').waitFor();
    await card(third, 'busy').getByText('running').waitFor();
    expect(cut).toHaveLength(2);
    await context.close();
  });

  test('pauses and resumes, as the command line and the keys do', async () => {
    await phone.getByRole('button', { name: 'machines' }).tap();
    await card(page, 'busy').getByRole('button', { name: 'Pause' }).click();
    for (const each of [page, phone]) await card(each, 'busy').getByText('paused').waitFor();
    expect(await surroundings.thimble('ps')).toMatch(/ busy +paused .* – +– +– +– +\d/);
    await expect(surroundings.thimble('pause', 'busy')).rejects.toThrow('busy is paused already');
    expect(await surroundings.thimble('resume', 'busy')).toBe('busy: resumed\n');
    await card(page, 'busy').getByText('running').waitFor();
    await order(page, '2');
    await order(page, 'p');
    await card(page, 'busy').getByText('paused').waitFor();
    await order(page, 'c');
    await card(page, 'busy').getByText('running').waitFor();
    await page.getByRole('log').getByText(/busy\s*resumed/).last().waitFor();
    // What is paused can be ended.
    await card(page, 'busy').getByRole('button', { name: 'Pause' }).click();
    await card(page, 'busy').getByRole('button', { name: 'Reset' }).click();
    await card(page, 'busy').getByRole('button', { name: 'Reset now?' }).click();
    await card(page, 'busy').getByText('running').waitFor();
  });

  test('is no page without the token', async () => {
    const stranger = await (await surroundings.context(DESKTOP)).newPage();
    const answer = await stranger.goto(address.replace(/[^/]+\/$/, `${'A'.repeat(32)}/`)).catch(() => null);
    expect(answer?.status() ?? 403).toBe(403);
    expect(await stranger.getByRole('article').count()).toBe(0);
    await stranger.close();
  });

  test('says that the handset has ended', async () => {
    await surroundings.thimble('stop', 'answer');
    await surroundings.thimble('stop', 'busy');
    for (const each of [page, phone]) await each.getByRole('alert').getByText('The handset is off.').waitFor();
    expect(await card(page, 'answer').getByRole('button', { name: 'Start' }).isDisabled()).toBe(true);
    expect(surroundings.complaints).toEqual([]);
  });
});

describe.runIf(process.env['THIMBLE_PICTURES'])('the pictures', () => {
  const pictures = resolve(root, 'docs/pictures');

  test('are taken of the default handset', async () => {
    const { address } = await surroundings.boot();
    const page = await surroundings.open(address, { viewport: { width: 1200, height: 680 }, colorScheme: 'dark' });
    const ready = (machine: string): Promise<void> => shows(page, machine, `${machine}:~#`);
    await card(page, 'work').waitFor();
    await order(page, '2');
    await ready('work');
    await order(page, 'r');
    await page.getByRole('log').getByText(/work\s*reset/).waitFor();
    await order(page, '1');
    await ready('personal');
    await page.keyboard.type('while :; do head -c 3000000 /dev/urandom | md5sum >/dev/null; sleep 2; done &\r');
    await page.waitForTimeout(45_000);
    for (const command of ['clear', 'uname -a', 'free -m', 'head -3 /proc/meminfo']) {
      await page.keyboard.type(`${command}\r`);
      await page.waitForTimeout(1500);
    }
    await page.screenshot({ path: join(pictures, 'page-desktop.png') });
    const phone = await surroundings.open(address, { ...PHONE, colorScheme: 'light' });
    await page.waitForTimeout(30_000);
    await phone.screenshot({ path: join(pictures, 'page-phone.png') });
  });
});
