/**
 * What a person gets for bad input, from outside: a line that names the place, a non-zero status, no stack trace.
 */
import { spawn, type SpawnOptions } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../project.ts';
import { fakeQemu, tsxLoader } from '../qemu/fake-program.ts';

const fake = fakeQemu();
const folder = mkdtempSync(join(tmpdir(), 'thimble-test-'));
afterAll(() => {
  fake.remove();
  rmSync(folder, { recursive: true });
});

interface Outcome {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

function thimble(args: readonly string[], options: SpawnOptions & { readonly interruptAfter?: RegExp } = {}): Promise<Outcome> {
  const main = resolve(projectRoot, 'tool/src/main.ts');
  const env = { ...process.env, THIMBLE_QEMU: fake.program, INIT_CWD: folder, XDG_RUNTIME_DIR: folder };
  const child = spawn(process.execPath, ['--import', tsxLoader, main, ...args], { env, stdio: 'pipe', ...options });
  let [output, errors] = ['', ''];
  child.stdout?.on('data', (data: Buffer) => {
    output += data.toString();
    if (options.interruptAfter?.test(output)) child.kill('SIGINT');
  });
  child.stderr?.on('data', (data: Buffer) => (errors += data.toString()));
  return new Promise((done) => {
    child.once('close', (status) => {
      done({ status, output, errors });
    });
  });
}

function written(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return name;
}

function config(name: string, machine: string): string {
  return written(
    name,
    `import { defineHandset, flat, linux, program } from 'thimble';\nexport default defineHandset({ machines: [${machine}] });`,
  );
}

/** The end of an x86 kernel's setup code. */
function x86Kernel(): Buffer {
  const kernel = Buffer.alloc(4096);
  kernel.write('HdrS', 0x202, 'latin1');
  return kernel;
}

/** A process that has ended and that nobody has asked about yet is no longer running. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('is refused in words:', () => {
  mkdirSync(join(folder, 'a-folder'));
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ['a missing configuration', ['build', '-c', 'gone.ts'], 'gone.ts: no such file'],
    [
      'a configuration that tsc would refuse',
      ['build', '-c', config('type.ts', `{ name: 'one', memoryMib: 'lots', image: linux() }`)],
      'type.ts: machines[0].memoryMib: expected a number, got "lots"',
    ],
    ['a syntax error', ['build', '-c', written('syntax.ts', 'export default {')], 'syntax.ts:1:17: '],
    [
      'a missing kernel',
      ['build', '-c', config('kernel.ts', `{ name: 'one', image: linux({ kernel: 'vmlinuz', initrd: false }) }`)],
      'machines[0].image.kernel: vmlinuz: no such file or folder',
    ],
    [
      'a kernel that is a folder',
      ['build', '-c', config('folder.ts', `{ name: 'one', image: linux({ kernel: 'a-folder', initrd: false }) }`)],
      'machines[0].image.kernel: a-folder: is a folder, not a file',
    ],
    [
      'a kernel for another architecture',
      ['build', '-c', config('x86.ts', `{ name: 'one', image: linux({ kernel: '${written('bzImage', x86Kernel())}', initrd: false }) }`)],
      'machines[0].image.kernel: bzImage: a kernel for x86; a machine needs an arm64 kernel',
    ],
    [
      'a flat image that does not fit',
      ['build', '-c', config('big.ts', `{ name: 'one', memoryMib: 2, image: flat({ file: '${written('big.bin', Buffer.alloc(4 << 20))}' }) }`)],
      'machines[0].memoryMib: 2 MiB cannot hold its image',
    ],
    [
      'a program that does not compile',
      [
        'build',
        '-c',
        config('program.ts', `{ name: 'one', image: program({ entry: '${written('guest.ts', 'export const x: u32 = -1;\n')}' }) }`),
      ],
      'machines[0].image.entry: ',
    ],
    ['a missing image', ['run', 'gone.img'], 'gone.img: no such file or folder'],
    ['an image that is none', ['inspect', written('text.img', 'hello')], 'text.img: no arm64 Image'],
    ['an unknown option', ['build', '--colour'], "unknown option '--colour'\n(thimble build --help tells more)\n"],
    ['an unknown command', ['biuld'], "unknown command 'biuld'"],
    ['a timeout of nothing', ['start', '--check', '--timeout', 'soon'], 'give a number of seconds above 0'],
    ['an output that cannot be written', ['build', '-o', '/proc/thimble.img'], '/proc/thimble.img'],
  ];

  it.each(cases)('%s', async (_, args, message) => {
    const { status, errors } = await thimble(args);
    expect(errors).toContain(message);
    expect(errors).not.toMatch(/^\s+at .*:\d+:\d+/m);
    expect(errors).not.toContain('a defect of the tool');
    expect(status).toBe(1);
  });

  it('a busy port', async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const address = server.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const { status, errors } = await thimble(['debug', '--port', port]);
    server.close();
    expect(errors).toContain(`port ${port} on 127.0.0.1: already in use by another program; give another with --port`);
    expect(status).toBe(1);
  });
});

describe('a run', () => {
  it('without a terminal is a log, a line under its machine', async () => {
    const { status, output } = await thimble(['run', fake.image('well')], { interruptAfter: /ready two/ });
    expect(output).toMatch(/^thimble │ 2 CPUs, pid \d+$/m);
    expect(output).toMatch(/^one {5}│ thimble-ready one 6\.1\.0 240000 kB$/m);
    expect(output).not.toContain('\x1b');
    expect(status).toBe(130);
  });

  it('that is interrupted leaves no QEMU behind', async () => {
    const { output, errors } = await thimble(['run', fake.image('slow')], { interruptAfter: /pid \d+/ });
    const pid = Number(/pid (\d+)/.exec(output)?.[1]);
    expect(errors).toBe('thimble: interrupted\n');
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it('of what the hypervisor refuses ends with what it said', async () => {
    const { status, errors } = await thimble(['run', fake.image('refusing')]);
    expect(errors).toContain('the hypervisor does not start: manifest: one: a segment lies outside RAM');
    expect(status).toBe(1);
  });

  it('with --check says who is ready, and ends well', async () => {
    const { status, output } = await thimble(['run', fake.image('well'), '--check']);
    expect(output).toMatch(/^one: Linux 6\.1\.0, 16 MiB \(240,000 KiB usable\), ready in \d+\.\d s$/m);
    expect(output).toMatch(/^two: /m);
    expect(status).toBe(0);
  });

  it('with --check shows the last lines of the machine that failed', async () => {
    const { status, errors } = await thimble(['run', fake.image('stopping'), '--check']);
    expect(errors).toContain('thimble: two: stopped: undefined instruction');
    expect(errors).toContain('two, last lines:\n  (it printed nothing)');
    expect(errors).not.toContain('one, last lines');
    expect(status).toBe(1);
  });

  it('with --check ends after its time', async () => {
    const { status, errors } = await thimble(['run', fake.image('slow'), '--check', '--timeout', '2']);
    expect(errors).toContain('two not ready after 2 s');
    expect(status).toBe(1);
  });
});
