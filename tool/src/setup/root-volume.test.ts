import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { debian } from '../config/handset-config.ts';
import { Refusal } from '../refusal.ts';
import { MODULES } from './kernel-modules.ts';
import { ensureRootVolume } from './root-volume.ts';
import type { RunCommand } from './run-command.ts';

const MIB = 2 ** 20;
const ok = { exitCode: 0, stdout: '', stderr: '', notFound: false };

let folder = '';
let osReleaseFile = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-root-'));
  osReleaseFile = join(folder, 'os-release');
  writeFileSync(osReleaseFile, 'ID=debian\nVERSION_CODENAME=bookworm\n');
  const files = join(folder, 'guest-files');
  mkdirSync(files);
  writeFileSync(join(files, 'Image'), 'kernel');
  writeFileSync(join(files, 'busybox'), 'a busybox');
  writeFileSync(join(files, 'contents.json'), JSON.stringify({ kernelRelease: '6', kernelBytes: 6, wanted: MODULES, modules: [], busyboxBytes: 9 }));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Seen {
  /** The suite that apt was given; empty where it had the host's own sources. */
  suite: string;
  /** What apt was asked to install, and what it took for installed. */
  asked: string;
  status: string;
  /** What the file system was made of. */
  text(path: string): string;
  mode: number;
}

/** A machine whose apt has one package for all, `pack`. */
function machine(failing = ''): { readonly run: RunCommand; readonly seen: Seen } {
  const files = new Map<string, string>();
  const seen: Seen = { suite: '', asked: '', status: '', text: (path) => files.get(path) ?? '', mode: 0 };
  const run: RunCommand = (command) => {
    const line = command.join(' ');
    if (failing !== '' && line.includes(failing)) return Promise.resolve({ ...ok, exitCode: 100, stderr: 'E: Unable to locate package x' });
    if (line.includes('indextargets')) return Promise.resolve({ ...ok, stdout: 'http://mirror.example/debian bookworm\n' });
    if (line.includes('--download-only')) {
      const state = dirname(command[2] ?? '');
      const [sources] = readdirSync(join(state, 'sources'));
      seen.suite = sources === undefined ? '' : (/^Suites: (.*)$/m.exec(readFileSync(join(state, 'sources', sources), 'utf8'))?.[1] ?? '');
      seen.asked = line;
      seen.status = readFileSync(join(state, 'status'), 'utf8');
      writeFileSync(join(state, 'cache/archives/pack_1_arm64.deb'), '');
    }
    if (basename(command[0]) === 'mke2fs') {
      const root = command[command.indexOf('-d') + 1] ?? '';
      for (const path of ['usr/bin/busybox', 'etc/thimble/desktop']) files.set(path, readFileSync(join(root, path), 'utf8'));
      for (const path of ['bin', 'usr/bin/sh', 'usr/sbin/init']) files.set(path, readlinkSync(join(root, path)));
      seen.mode = statSync(join(root, 'etc/thimble/desktop')).mode & 0o777;
    }
    return Promise.resolve(ok);
  };
  return { run, seen };
}

const progress = (): void => undefined;

describe('a root volume of packages', () => {
  test('has what they have, and files of ours in place of what their scripts would do', async () => {
    const { run, seen } = machine();
    const file = await ensureRootVolume(debian({ desktop: 'sway', packages: ['htop'] }), 64, { progress, run, folder, osReleaseFile });
    expect(statSync(file).size).toBe(64 * MIB);
    expect(seen.asked).toMatch(/ install .*\bhtop .*\bsway /);
    expect(seen.status).toContain('Package: perl\nStatus: install ok installed\n');
    expect([seen.text('usr/bin/busybox'), seen.text('bin'), seen.text('usr/bin/sh'), seen.text('usr/sbin/init')]).toEqual(['a busybox', 'usr/bin', 'busybox', '../bin/busybox']);
    expect(seen.text('etc/thimble/desktop')).toContain('exec sway');
    expect(seen.mode).toBe(0o755);
    expect(readdirSync(dirname(file))).toEqual(['root.ext4']);
  });

  test('is of the release that its desktop names, whatever the host runs', async () => {
    const [same, newer] = [machine(), machine()];
    await ensureRootVolume(debian({ desktop: 'weston' }), 64, { progress, run: same.run, folder, osReleaseFile });
    await ensureRootVolume(debian({ desktop: 'sway' }), 64, { progress, run: newer.run, folder, osReleaseFile });
    expect([same.seen.suite, newer.seen.suite]).toEqual(['', 'trixie']);
  });

  test('is made once, and another one for other packages or another size', async () => {
    const again: RunCommand = () => Promise.reject(new Error('nothing should run'));
    const weston = (packages: readonly string[], sizeMib: number, run: RunCommand): Promise<string> =>
      ensureRootVolume(debian({ desktop: 'weston', packages }), sizeMib, { progress, run, folder, osReleaseFile });
    const file = await weston([], 64, machine().run);
    expect(await weston([], 64, again)).toBe(file);
    const others = [await weston(['htop'], 64, machine().run), await weston([], 65, machine().run)];
    expect(new Set([file, ...others]).size).toBe(3);
  });

  test('goes when eight others have been made or used since', async () => {
    const make = (sizeMib: number): Promise<string> => ensureRootVolume(debian({ desktop: 'weston' }), sizeMib, { progress, run: machine().run, folder, osReleaseFile });
    const files: string[] = [];
    for (let sizeMib = 64; sizeMib < 72; sizeMib += 1) {
      const file = await make(sizeMib);
      // As long ago as they are old: files made within one tick of a clock have one time.
      utimesSync(dirname(file), sizeMib, sizeMib);
      files.push(file);
    }
    await make(64);
    await make(72);
    expect(files.filter((file) => !existsSync(file))).toEqual([files[1]]);
  });

  test('that cannot be had is refused, and leaves nothing', async () => {
    const attempt = ensureRootVolume(debian({ desktop: 'sway' }), 64, { progress, run: machine('--download-only').run, folder, osReleaseFile });
    await expect(attempt).rejects.toThrow(Refusal);
    expect(readdirSync(folder).sort()).toEqual(['guest-files', 'os-release']);
    writeFileSync(osReleaseFile, 'ID=ubuntu\nVERSION_CODENAME=noble\n');
    const elsewhere = ensureRootVolume(debian({ desktop: 'sway' }), 64, { progress, run: machine().run, folder, osReleaseFile });
    await expect(elsewhere).rejects.toThrow("a root volume cannot be had: only Debian has its packages; give a file system's file instead of debian(): content: 'root.ext4'");
  });
});
