/**
 * `thimble start --check` as a person or a script runs it: what it prints, how it ends, and that it leaves nothing behind.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thimble-check-'));
});

afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

class Command {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  constructor(...parameters: string[]) {
    const environment = { ...process.env, NO_COLOR: '1' };
    this.child = spawn(process.execPath, ['--import', 'tsx', 'tool/src/main.ts', ...parameters], { cwd: root, env: environment });
    this.child.stdout.on('data', (data: Buffer) => (this.stdout += data.toString()));
    this.child.stderr.on('data', (data: Buffer) => (this.stderr += data.toString()));
    this.ended = new Promise((settle) => {
      this.child.once('close', (code, signal) => settle({ code, signal, stdout: this.stdout, stderr: this.stderr }));
    });
  }
}

/** Waits until `look` finds something. */
async function eventually<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > deadline) throw new Error(`no ${what} in two minutes`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

/** The QEMU that a process started: its number, or null while there is none. */
async function qemuOf(parent: number): Promise<number | null> {
  const tasks = await readdir('/proc');
  for (const task of tasks.filter((name) => /^\d+$/.test(name))) {
    const status = await readFile(`/proc/${task}/status`, 'utf8').catch(() => '');
    if (status.includes(`PPid:\t${parent}\n`) && status.startsWith('Name:\tqemu-system')) return Number(task);
  }
  return null;
}

async function exists(task: number): Promise<boolean> {
  const status = await readFile(`/proc/${task}/status`, 'utf8').catch(() => '');
  return status !== '' && !status.includes('State:\tZ');
}

describe('start --check', () => {
  test('of the default handset prints a line a machine and one for the hypervisor, and ends with 0', async () => {
    const { code, stdout, stderr } = await new Command('start', '--check').ended;
    // Nothing but progress.
    expect(stderr.replace(/^· .*\n/gm, '')).toBe('');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    const machine = /^(personal|work): Linux \d+\.\d+\.\S+, 256 MiB .*ready in \d+\.\d s$/;
    expect(lines.slice(0, 2).map((line) => machine.exec(line)?.[1]).sort()).toEqual(['personal', 'work']);
    const [, bytes = ''] = /^hypervisor: image of ([\d,. ]+) bytes$/.exec(lines[2] ?? '') ?? [];
    const flatBytes = Number(bytes.replace(/\D/g, ''));
    expect(flatBytes).toBeGreaterThan(10_000);
    expect(flatBytes).toBeLessThanOrEqual(30_720);
    expect(code).toBe(0);
  });

  test('of a machine that is never ready shows its last lines, and ends with another status', async () => {
    const config = join(folder, 'never.config.ts');
    await writeFile(
      config,
      `import { defineHandset, program } from 'thimble';
export default defineHandset({
  machines: [
    { name: 'fine', memoryMib: 4, image: program({ entry: '${root}/guests/src/busy.ts' }) },
    { name: 'never', memoryMib: 4, image: program({ entry: '${root}/guests/src/busy.ts' }), ready: /all is well/ },
  ],
});
`,
    );
    const { code, stdout, stderr } = await new Command('start', '--check', '--timeout', '5', '--config', config).ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(/^fine: 4 MiB, ready in /);
    expect(stderr).toMatch(/^thimble: never not ready after 5 s\n/m);
    expect(stderr).toMatch(/^never, last lines:\n( {2}beat \d+\n)+/m);
    expect(stderr).not.toMatch(/^fine, last lines/m);
    expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
  });

  test('of a disk that was made without one of the volumes says so, and that all machines are ready', async () => {
    const config = async (...names: string[]): Promise<string> => {
      const file = join(folder, `${names.join('-')}.config.ts`);
      const volumes = names.map((name) => `{ name: '${name}', sizeMib: 1 }`).join(', ');
      const machine = `{ name: 'one', memoryMib: 4, image: program({ entry: '${root}/guests/src/busy.ts' }), volumes: [{ name: '${names.at(-1) ?? ''}' }] }`;
      await writeFile(file, `import { defineHandset, program } from 'thimble';
export default defineHandset({ disk: { file: 'kept.disk', volumes: [${volumes}] }, machines: [${machine}] });
`);
      return file;
    };
    const whole = await new Command('start', '--check', '--config', await config('old')).ended;
    expect(whole.stderr.replace(/^· .*\n/gm, '')).toBe('');
    const lacking = await new Command('start', '--check', '--config', await config('old', 'new')).ended;
    expect(lacking.stderr).toContain('thimble: devices: disk: no volume new\nthimble: devices: one: virtio device 0: not there\n');
    expect(lacking.stdout).toMatch(/^one: 4 MiB, ready in /);
    expect([whole.code, lacking.code]).toEqual([0, 0]);
  });

  test('of a machine that stops says at once what it did', async () => {
    const config = join(folder, 'stops.config.ts');
    await writeFile(join(folder, 'nothing.bin'), Buffer.alloc(4096));
    await writeFile(
      config,
      `import { defineHandset, flat } from 'thimble';
export default defineHandset({ machines: [{ name: 'zeros', memoryMib: 2, image: flat({ file: 'nothing.bin' }) }] });
`,
    );
    const { code, stdout, stderr } = await new Command('start', '--check', '--timeout', '100', '--config', config).ended;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^thimble: zeros: stopped: [^\n]* pc=/m);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('leaves no QEMU behind after %s while it boots', async (signal) => {
    const command = new Command('start', '--check');
    const qemu = await eventually('QEMU', () => qemuOf(command.child.pid ?? 0));
    command.child.kill(signal);
    const { code, signal: endedBy, stdout } = await command.ended;
    if (signal === 'SIGKILL') expect(endedBy).toBe('SIGKILL');
    else expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(stdout).toBe('');
    await eventually('end of QEMU', async () => ((await exists(qemu)) ? null : true));
  });
});
