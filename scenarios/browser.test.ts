/**
 * The page of a running handset in a headless Chromium: what a person sees and does there, with the mouse, with the keyboard alone,
 * on a phone's screen and in a second browser, while the command line controls the same handset.
 *
 * With THIMBLE_PICTURES=1 the pictures in docs/pictures/ are taken anew, of the default handset.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page, type WebSocketRoute } from 'playwright-core';
import { ensureSystemPackages } from 'thimble/setup/index.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const guests = resolve(root, 'guests/src');
const PATIENCE_MS = 60_000;
const DESKTOP = { viewport: { width: 1280, height: 800 } } as const;
const PHONE = { viewport: { width: 360, height: 720 }, isMobile: true, hasTouch: true } as const;
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

const CONFIG = `import { defineHandset, program } from 'thimble';
export default defineHandset({
  machines: [
    { name: 'answer', memoryMib: 4, cpus: [0], image: program({ entry: '${guests}/answer.ts' }) },
    { name: 'busy', memoryMib: 4, cpus: [1], image: program({ entry: '${guests}/busy.ts' }) },
  ],
});
`;

let folder: string;
let browser: Browser;
const running: ChildProcess[] = [];
/** What the pages complained of: a blocked style sheet, an exception. */
const complaints: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thimble-browser-'));
  const { browser: program } = await ensureSystemPackages({ progress: () => undefined, browser: true });
  if (program === null) throw new Error('chromium is not there');
  browser = await chromium.launch({ executablePath: program, args: FLAGS });
});
afterAll(async () => {
  for (const child of running) child.kill('SIGTERM');
  await browser.close();
  await rm(folder, { recursive: true });
});

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, NO_COLOR: '1', XDG_RUNTIME_DIR: folder };
}

/** Boots a handset as a person does, and gives the address that is printed. */
function boot(...parameters: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'tool/src/main.ts', 'start', ...parameters], { cwd: root, env: environment() });
  running.push(child);
  let output = '';
  return new Promise((found, failed) => {
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
      const [, address] = /in a browser: (http:\S+)\n/.exec(output) ?? [];
      if (address !== undefined) found(address);
    });
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    child.once('close', () => failed(new Error(`the handset ended:\n${output}`)));
  });
}

async function thimble(...parameters: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', 'tool/src/main.ts', ...parameters], { cwd: root, env: environment() });
  return stdout;
}

async function open(address: string, options: BrowserContextOptions): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(address);
  return page;
}

function card(page: Page, machine: string): Locator {
  return page.getByRole('article', { name: `machine ${machine}` });
}

/** Waits until a console, whose terminal is in front, shows `text`. */
async function shows(page: Page, machine: string, text: string): Promise<void> {
  await page.locator(`#console-${machine} .xterm-rows`).filter({ hasText: text }).waitFor();
}

async function order(page: Page, key: string): Promise<void> {
  await page.keyboard.press('Control+a');
  await page.keyboard.press(key);
}

describe('the page', () => {
  let address: string;
  let page: Page;
  let phone: Page;

  beforeAll(async () => {
    const config = join(folder, 'two-small.config.ts');
    await writeFile(config, CONFIG);
    address = await boot('--config', config);
    page = await open(address, DESKTOP);
    phone = await open(address, PHONE);
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
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await page.evaluate("document.querySelector('[data-machine=answer] :focus-visible').textContent")).toBe('Reset');
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
    expect(JSON.parse(await thimble('ps', '--json'))).toMatchObject([{ name: 'two-small', focus: 'busy' }]);
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
    const context = await browser.newContext(DESKTOP);
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

  test('is no page without the token', async () => {
    const [stranger] = await Promise.all([browser.newPage()]);
    const answer = await stranger.goto(address.replace(/[^/]+\/$/, `${'A'.repeat(32)}/`)).catch(() => null);
    expect(answer?.status() ?? 403).toBe(403);
    expect(await stranger.getByRole('article').count()).toBe(0);
    await stranger.close();
  });

  test('says that the handset has ended', async () => {
    await thimble('stop', 'answer');
    await thimble('stop', 'busy');
    for (const each of [page, phone]) await each.getByRole('alert').getByText('The handset is off.').waitFor();
    expect(await card(page, 'answer').getByRole('button', { name: 'Start' }).isDisabled()).toBe(true);
    expect(complaints).toEqual([]);
  });
});

describe.runIf(process.env['THIMBLE_PICTURES'])('the pictures', () => {
  const pictures = resolve(root, 'docs/pictures');

  test('are taken of the default handset', async () => {
    const address = await boot();
    const page = await open(address, { viewport: { width: 1200, height: 680 }, colorScheme: 'dark' });
    const ready = (machine: string): Promise<void> => shows(page, machine, `${machine}:~#`);
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
    const phone = await open(address, { ...PHONE, colorScheme: 'light' });
    await page.waitForTimeout(30_000);
    await phone.screenshot({ path: join(pictures, 'page-phone.png') });
  });
});
