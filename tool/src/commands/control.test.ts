/**
 * The commands that speak to a running handset, from outside: one process runs it, with a fake QEMU behind, and others
 * look at it and control it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../project.ts';
import { fakeQemu, tsxLoader } from '../qemu/fake-program.ts';
import { Console } from '../serial/console.ts';
import { plainText } from '../terminal/plain-text.ts';

const fake = fakeQemu();
const runtime = mkdtempSync(join(tmpdir(), 'thimble-runtime-'));
const started: ChildProcess[] = [];
const main = resolve(projectRoot, 'tool/src/main.ts');
const env = { ...process.env, THIMBLE_QEMU: fake.program, XDG_RUNTIME_DIR: runtime, TERM: 'xterm' };

interface Outcome {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

function thimble(args: readonly string[], input = ''): Promise<Outcome> {
  const child = spawn(process.execPath, ['--import', tsxLoader, main, ...args], { env, stdio: 'pipe' });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  child.stdin.end(input);
  return new Promise((done) => child.once('close', (status) => done({ status, output, errors })));
}

/** Runs a handset until its consoles speak. */
async function handset(image: string, sign = 'thimble-ready two'): Promise<{ screen: Console; child: ChildProcess }> {
  const child = spawn(process.execPath, ['--import', tsxLoader, main, 'run', image], { env, stdio: 'pipe' });
  started.push(child);
  const screen = new Console('screen', () => undefined);
  child.stdout.on('data', (data: Buffer) => screen.receive(data));
  await screen.expect(/thimble │ in a browser: http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\//);
  await screen.expect(sign);
  return { screen, child };
}

let first: Awaited<ReturnType<typeof handset>>;
beforeAll(async () => {
  expect(await thimble(['ps', '--json'])).toMatchObject({ status: 0, output: '[]\n' });
  expect(await thimble(['stop', 'one'])).toMatchObject({ status: 2, errors: 'thimble: no handset is running; npm start boots one\n' });
  first = await handset(fake.image('well'));
});
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  fake.remove();
  rmSync(runtime, { recursive: true });
});

describe('a running handset', () => {
  it('is listed, for people and for programs', async () => {
    const { output } = await thimble(['ps']);
    expect(output).toMatch(/^ +MACHINE +STATE +MEMORY +CPUS +CPU USE +WAITS +EXITS\/S +WAKE-UPS\/S +UP$/m);
    expect(output).toMatch(/^ +one +running +256 MiB +1 on CPU 0 +50\.0 % +0\.0 % +0 +0/m);
    expect(output).toMatch(/^ +two +off +256 MiB +1 on CPU 1 +– +– +– +– +–$/m);
    const listed = JSON.parse((await thimble(['ps', '--json'])).output) as unknown;
    expect(listed).toMatchObject([{ name: 'well', pid: first.child.pid, focus: null, machines: [{ name: 'one', state: 'running', cpuUse: 0.5 }, { name: 'two' }] }]);
    expect(JSON.stringify(listed)).not.toContain('token');
  });

  it('obeys, and says what makes no sense', async () => {
    expect(await thimble(['start', 'two'])).toEqual({ status: 0, output: 'two: started\n', errors: '' });
    expect(await thimble(['start', 'two'])).toEqual({ status: 1, output: '', errors: 'thimble: two runs already\n' });
    expect(JSON.parse((await thimble(['reset', 'two', '--json'])).output)).toMatchObject({ handset: 'well', machine: 'two', done: 'reset' });
    expect(await thimble(['pause', 'two'])).toEqual({ status: 0, output: 'two: paused\n', errors: '' });
    expect((await thimble(['ps'])).output).toMatch(/^ +two +paused .* – +– +– +– +\d+ s$/m);
    expect(JSON.parse((await thimble(['resume', 'two', '--json'])).output)).toMatchObject({ handset: 'well', machine: 'two', done: 'resume' });
    expect(await thimble(['resume', 'two'])).toEqual({ status: 1, output: '', errors: 'thimble: two is not paused\n' });
    expect(await thimble(['stop', 'two'])).toMatchObject({ status: 0, output: 'two: off\n' });
    expect(await thimble(['focus', 'two'])).toMatchObject({ status: 0, output: 'two: has the keyboard\n' });
    expect((await thimble(['ps'])).output).toMatch(/^> +two /m);
    expect(await thimble(['reset', 'three'])).toMatchObject({ status: 1, errors: 'thimble: no machine is called "three"; there are one, two\n' });
    expect((await thimble(['stop'])).errors).toContain("missing required argument 'machine'");
  });

  it('without a screen has no picture of it', async () => {
    const reason = 'thimble: this handset has no screen; give a machine of its configuration screen: true\n';
    for (const more of [[], ['--json'], ['-o', '-']]) expect(await thimble(['screenshot', ...more])).toEqual({ status: 1, output: '', errors: reason });
    expect(await thimble(['screenshot', '-o', '-', '--json'])).toMatchObject({ status: 1, errors: expect.stringContaining('give one of them') as string });
  });

  it('has consoles that can be read and typed on in a pipe', async () => {
    expect((await thimble(['console', 'one', '--lines', '5', '--for', '0'])).output).toBe('thimble-ready one 6.1.0 240000 kB\n');
    const typed = await thimble(['console', 'two', '--for', '1'], 'echo this\n');
    expect(typed).toMatchObject({ status: 0, output: 'echo this\n' });
    const { output } = await thimble(['console', 'two', '--json', '--lines', '1', '--for', '0']);
    expect(JSON.parse(output)).toEqual({ machine: 'two', line: 'echo this' });
    expect((await thimble(['console', 'two', '--lines', 'all'])).errors).toContain('give a number up to 2000');
  });

  it('is watched once a second, so often as is wanted', async () => {
    const { output } = await thimble(['top', '--count', '2', '--json']);
    const samples = output.trimEnd().split('\n').map((line) => JSON.parse(line) as { atMs: number });
    expect(samples).toHaveLength(2);
    expect(samples[1]!.atMs - samples[0]!.atMs).toBeGreaterThan(900);
  });

  it('has consoles for a person too, left by the terminal’s key while the machine goes on', async () => {
    const command = `stty -echo; '${process.execPath}' --import '${tsxLoader}' '${main}' console one; echo status $?`;
    const child = spawn('script', ['-qefc', command, '/dev/null'], { env });
    started.push(child);
    const screen = new Console('screen', (data) => child.stdin.write(data));
    child.stdout.on('data', (data: Buffer) => screen.receive(data));
    await screen.expect(/── one ── .*Ctrl-A q leaves/);
    await screen.expect('thimble-ready one');
    screen.write('abc');
    await screen.expect('abc');
    screen.write('\x01r');
    screen.write('\x01?');
    await screen.expect('leave; the machine goes on');
    await first.screen.expect('one: reset');
    // What others order is told too.
    expect(await thimble(['pause', 'one'])).toMatchObject({ status: 0 });
    await screen.expect('thimble: one: paused');
    screen.write('\x01c');
    await screen.expect('thimble: one: resumed');
    screen.write('\x01c');
    await screen.expect('thimble: one is not paused');
    screen.write('\x01q');
    await screen.expect('status 0');
  });

  it('says on the console of a machine that is off that it is', async () => {
    const command = `stty -echo; '${process.execPath}' --import '${tsxLoader}' '${main}' console two`;
    const child = spawn('script', ['-qefc', command, '/dev/null'], { env });
    started.push(child);
    const screen = new Console('screen', (data) => child.stdin.write(data));
    child.stdout.on('data', (data: Buffer) => screen.receive(data));
    await screen.expect('thimble: two: off');
    screen.write('\x01q');
    expect(await new Promise((done) => child.once('close', done))).toBe(0);
  });

  it('is watched on a terminal that is too narrow without losing its head', async () => {
    const command = `stty -echo cols 40 rows 10; '${process.execPath}' --import '${tsxLoader}' '${main}' top`;
    const child = spawn('script', ['-qefc', command, '/dev/null'], { env });
    started.push(child);
    const screen = new Console('screen', (data) => child.stdin.write(data));
    child.stdout.on('data', (data: Buffer) => screen.receive(data));
    await screen.expect('q quits');
    child.stdin.write('q');
    expect(await new Promise((done) => child.once('close', done))).toBe(0);
    const widths = screen.lines.map((line) => plainText(line).length);
    expect(Math.max(...widths)).toBe(40);
  });

  it('starts machines only without what boots a handset, and the other way round', async () => {
    expect((await thimble(['start', 'one', '--board', 'qemu-virt'])).errors).toContain('--board goes without a machine: it is for booting a handset');
    expect((await thimble(['start', '--json'])).errors).toContain('--json goes with a machine of a running handset');
  });
});

describe('several handsets', () => {
  it('are told apart by name and number, and leave no file when they end', async () => {
    const second = await handset(fake.image('slow'), 'thimble-ready one');
    const both = await thimble(['ps']);
    expect(both.output).toMatch(/^well \(\d+\) on qemu-virt$/m);
    expect(both.output).toMatch(/^slow \(\d+\) on qemu-virt$/m);
    const unsure = await thimble(['stop', 'one']);
    expect(unsure).toMatchObject({ status: 2 });
    expect(unsure.errors).toMatch(/2 handsets are running: \w+ \(\d+\), \w+ \(\d+\); choose one with --handset/);
    expect(await thimble(['stop', 'one', '--handset', 'slow'])).toMatchObject({ status: 0 });
    const top = thimble(['top', '--handset', 'slow']);
    await new Promise((next) => setTimeout(next, 3000));
    second.child.kill('SIGTERM');
    expect(await top).toMatchObject({ status: 3, errors: 'thimble: the handset is gone\n' });
    expect(readdirSync(join(runtime, 'thimble'))).toEqual([`${String(first.child.pid)}.json`]);
  });
});

it('without a page nothing listens', async () => {
  const child = spawn(process.execPath, ['--import', tsxLoader, main, 'run', fake.image('unseen'), '--no-web'], { env, stdio: 'pipe' });
  started.push(child);
  const screen = new Console('screen', () => undefined);
  child.stdout.on('data', (data: Buffer) => screen.receive(data));
  await screen.expect('thimble-ready two');
  expect(screen.lines.join('\n')).not.toContain('in a browser');
  expect((await thimble(['ps', '--handset', 'unseen'])).status).toBe(2);
});
