import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureDeviceTrees, findDeviceTrees } from './device-trees.ts';
import type { CommandResult, RunCommand } from './run-command.ts';

const ok: CommandResult = { exitCode: 0, stdout: '', stderr: '', notFound: false };
const KERNEL = 'linux-image-6.1.0-9-arm64';
let folder = '';

/** A machine whose kernel package has these files. */
function machine(files: readonly string[]): RunCommand {
  return async (command, options) => {
    if (command.includes('show')) return { ...ok, stdout: `Package: linux-image-arm64\nDepends: ${KERNEL} (= 1)\n` };
    if (command.includes('download')) await writeFile(join(options?.folder ?? '', `${KERNEL}_1_arm64.deb`), '');
    if (command[0] === 'sh') {
      const [, tarFile = '', target = ''] = command.slice(4);
      await writeFile(tarFile, '');
      for (const file of files) {
        await mkdir(join(target, dirname(file)), { recursive: true });
        await writeFile(join(target, file), file);
      }
    }
    return ok;
  };
}

const TREES = ['usr/lib/linux-image-6.1/xilinx/b.dtb', 'usr/lib/linux-image-6.1/arm/a.dtb', 'usr/lib/linux-image-6.1/README'];
const progress = (): void => undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-cache-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("the boards' device trees", () => {
  test('are those of the kernel package, by vendor and name, and nothing else stays', async () => {
    const trees = await ensureDeviceTrees({ progress, folder, run: machine(TREES) });
    expect(trees).toEqual({ folder: join(folder, 'device-trees'), release: KERNEL, names: ['arm/a.dtb', 'xilinx/b.dtb'] });
    expect(readFileSync(join(trees.folder, 'arm/a.dtb'), 'utf8')).toBe('usr/lib/linux-image-6.1/arm/a.dtb');
    expect(readdirSync(trees.folder).sort()).toEqual(['arm', 'contents.json', 'xilinx']);
  });

  test('are found by a second run, which runs nothing', async () => {
    const first = await ensureDeviceTrees({ progress, folder, run: machine(TREES) });
    const never: RunCommand = () => Promise.reject(new Error('a command ran'));
    expect(await ensureDeviceTrees({ progress, folder, run: never })).toEqual(first);
  });

  test('count as missing where one is', async () => {
    const { folder: trees } = await ensureDeviceTrees({ progress, folder, run: machine(TREES) });
    rmSync(join(trees, 'arm/a.dtb'));
    expect(await findDeviceTrees(folder)).toBeNull();
  });

  test('cannot be had from a kernel package without any, which is said', async () => {
    const attempt = ensureDeviceTrees({ progress, folder, run: machine(['usr/lib/linux-image-6.1/README']) });
    await expect(attempt).rejects.toThrow(/linux-image-6\.1\.0-9-arm64: has no device trees; only Debian/);
    expect(readdirSync(folder)).toEqual([]);
  });
});
