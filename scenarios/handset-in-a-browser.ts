/**
 * A headless Chromium, and handsets that are booted as a person boots them: what the tests of the page share.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { ensureSystemPackages } from 'thimble/setup/index.ts';
import { afterAll, beforeAll } from 'vitest';

export const root = resolve(import.meta.dirname, '..');
const PATIENCE_MS = 120_000;
export const DESKTOP = { viewport: { width: 1280, height: 800 } } as const;
export const PHONE = { viewport: { width: 360, height: 720 }, isMobile: true, hasTouch: true } as const;
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];
const COMMAND = ['--import', 'tsx', 'tool/src/main.ts'];

let browser: Browser;

/** For the tests of one file: a browser, a folder, and what runs; all gone at their end. */
export class Surroundings {
  /** What the pages complained of: a blocked style sheet, an exception. */
  readonly complaints: string[] = [];
  #folder = '';
  readonly #running: ChildProcess[] = [];

  constructor() {
    beforeAll(async () => {
      this.#folder = await mkdtemp(join(tmpdir(), 'thimble-browser-'));
      const { browser: program } = await ensureSystemPackages({ progress: () => undefined, browser: true });
      if (program === null) throw new Error('chromium is not there');
      browser = await chromium.launch({ executablePath: program, args: FLAGS });
    });
    afterAll(async () => {
      const ended = this.#running.map(async (child) => child.exitCode ?? once(child, 'close'));
      for (const child of this.#running) child.kill('SIGTERM');
      await browser.close();
      await Promise.all(ended);
      await rm(this.#folder, { recursive: true });
    });
  }

  /** Of the tests' own, in which a running handset announces itself too. */
  get folder(): string {
    return this.#folder;
  }

  /** Boots a handset as a person does, and gives what it printed up to its address, and that. */
  boot(...parameters: readonly string[]): Promise<{ readonly address: string; readonly said: () => string }> {
    const child = spawn(process.execPath, [...COMMAND, 'start', ...parameters], { cwd: root, env: this.#environment() });
    this.#running.push(child);
    let output = '';
    return new Promise((found, failed) => {
      child.stdout.on('data', (data: Buffer) => {
        output += data.toString();
        const [, address] = /in a browser: (http:\S+)\n/.exec(output) ?? [];
        if (address !== undefined) found({ address, said: () => output });
      });
      child.stderr.on('data', (data: Buffer) => (output += data.toString()));
      child.once('close', () => failed(new Error(`the handset ended:\n${output}`)));
    });
  }

  async thimble(...parameters: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [...COMMAND, ...parameters], { cwd: root, env: this.#environment() });
    return stdout;
  }

  context(options: BrowserContextOptions): Promise<BrowserContext> {
    return browser.newContext(options);
  }

  async open(address: string, options: BrowserContextOptions): Promise<Page> {
    const page = await (await browser.newContext(options)).newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('console', (message) => this.complaints.push(message.text()));
    page.on('pageerror', (error) => this.complaints.push(error.message));
    await page.goto(address);
    return page;
  }

  #environment(): NodeJS.ProcessEnv {
    return { ...process.env, NO_COLOR: '1', XDG_RUNTIME_DIR: this.#folder };
  }
}

export function card(page: Page, machine: string): Locator {
  return page.getByRole('article', { name: `machine ${machine}` });
}

/** Waits until a console, whose terminal is in front, shows `text`. */
export async function shows(page: Page, machine: string, text: string | RegExp): Promise<void> {
  await page.locator(`#console-${machine} .xterm-rows`).filter({ hasText: text }).waitFor();
}

/** An order of the page: Ctrl-A, and a key. */
export async function order(page: Page, key: string): Promise<void> {
  await page.keyboard.press('Control+a');
  await page.keyboard.press(key);
}

let asked = 0;

/** What a command prints on a machine's console in the page, in one line. */
export async function answer(page: Page, machine: string, command: string): Promise<string> {
  await page.getByRole('tab', { name: machine }).click();
  asked += 1;
  // What is typed has a dollar sign where the answer has none.
  const answered = new RegExp(`<${String(asked)}:([^$<>]*)>`);
  await page.keyboard.type(`clear; echo "<${String(asked)}:$(${command})>"\r`);
  const rows = page.locator(`#console-${machine} .xterm-rows`);
  await rows.filter({ hasText: answered }).waitFor();
  return answered.exec((await rows.textContent()) ?? '')?.[1] ?? '';
}
