/**
 * A person at a terminal, from outside: the command in a pseudo-terminal of script(1), with a fake QEMU behind it.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { projectRoot } from '../project.ts';
import { fakeQemu, tsxLoader } from '../qemu/fake-program.ts';
import { Console } from '../serial/console.ts';

const fake = fakeQemu();
const sessions: ChildProcessWithoutNullStreams[] = [];

afterEach(() => {
  for (const session of sessions.splice(0)) session.kill('SIGKILL');
});
afterAll(() => {
  fake.remove();
});

/** What the person sees and types; `ended` is script's exit status, which is the command's. */
function sit(behaviour: string): { screen: Console; ended: Promise<number | null> } {
  const main = resolve(projectRoot, 'tool/src/main.ts');
  const command = `stty -echo; stty -g; '${process.execPath}' --import '${tsxLoader}' '${main}' run '${fake.image(behaviour)}'; status=$?; stty -g; exit $status`;
  const child = spawn('script', ['-qefc', command, '/dev/null'], { env: { ...process.env, THIMBLE_QEMU: fake.program, XDG_RUNTIME_DIR: fake.folder, TERM: 'xterm' } });
  sessions.push(child);
  const screen = new Console('screen', (data) => child.stdin.write(data));
  child.stdout.on('data', (data: Buffer) => {
    screen.receive(data);
  });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  return { screen, ended };
}

it('shows every machine, gives one the keyboard, switches, lists and quits, and leaves the terminal as it was', async () => {
  const { screen, ended } = sit('well');
  const [, before] = await screen.expect(/^([0-9a-f:]+)\n/m);
  await screen.expect(/one +│.* thimble-ready one/);
  await screen.expect(/two +│.* thimble-ready two/);
  await screen.expect(/── one has the keyboard ──.*Ctrl-A n next machine/);
  screen.write('abc');
  await screen.expect('abc');
  screen.write('\x01n');
  await screen.expect('── two has the keyboard ──');
  screen.write('def\x01l');
  await screen.expect('def');
  await screen.expect(/one +running +256 MiB +1 on CPU 0 +CPU use/);
  screen.write('\x019');
  await screen.expect('there is no machine 9');
  // An order that makes no sense is answered, and one that does is not objected to.
  screen.write('\x01p');
  await screen.expect('thimble: two does not run');
  screen.write('\x01s');
  await screen.expect('two: started');
  screen.write('\x01s');
  await screen.expect('thimble: two runs already');
  screen.write('\x01p');
  await screen.expect('two: paused');
  screen.write('\x01p');
  await screen.expect('thimble: two is paused already');
  screen.write('\x01q');
  await screen.expect('the handset is off');
  expect(screen.lines.filter((line) => / (does not run|runs already|is paused already)/.test(line))).toHaveLength(3);
  const [, after] = await screen.expect(/^([0-9a-f:]+)\n/m);
  expect(after).toBe(before);
  expect(await ended).toBe(0);
});

it('follows a switch from elsewhere', async () => {
  const { screen, ended } = sit('well');
  await screen.expect(/in a browser: http:\S+/);
  await screen.expect('── one has the keyboard ──');
  const main = resolve(projectRoot, 'tool/src/main.ts');
  const env = { ...process.env, XDG_RUNTIME_DIR: fake.folder };
  spawn(process.execPath, ['--import', tsxLoader, main, 'focus', 'two'], { env, stdio: 'ignore' });
  await screen.expect('── two has the keyboard ──');
  screen.write('\x01q');
  expect(await ended).toBe(0);
});

it('is left by Ctrl-C while no machine has the keyboard, and Ctrl-C is the machine’s afterwards', async () => {
  const { screen, ended } = sit('slow');
  await screen.expect('thimble-ready one');
  screen.write('\x011');
  await screen.expect('── one has the keyboard ──');
  screen.write('\x03!');
  await screen.expect('\x03!');
  screen.write('\x01q');
  expect(await ended).toBe(0);

  const second = sit('slow');
  await second.screen.expect('thimble-ready one');
  second.screen.write('\x03');
  await second.screen.expect('the handset is off');
  expect(await second.ended).toBe(0);
});

it('says why QEMU failed, and gives the terminal back', async () => {
  const { screen, ended } = sit('broken');
  const [, before] = await screen.expect(/^([0-9a-f:]+)\n/m);
  await screen.expect('QEMU ended with status 1: something is amiss');
  const [, after] = await screen.expect(/^([0-9a-f:]+)\n/m);
  expect(after).toBe(before);
  expect(await ended).toBe(1);
});
