import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureKernelModules } from './kernel-modules.ts';
import type { CommandResult, RunCommand } from './run-command.ts';

const ok: CommandResult = { exitCode: 0, stdout: '', stderr: '', notFound: false };
const KERNEL = 'linux-image-6.1.0-9-arm64';
const DRIVERS = 'lib/modules/6.1.0-9-arm64/kernel/drivers';
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

const MODULES = ['net/virtio_net.ko', 'net/other.ko', 'net/failover.ko', 'block/virtio_blk.ko', 'virtio/virtio_mmio.ko'].map((name) => `${DRIVERS}/${name}`);
const progress = (): void => undefined;
const never: RunCommand = () => Promise.reject(new Error('a command ran'));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-cache-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("the kernel's modules", () => {
  test('are those that devices need, in the order in which they are loaded, and nothing else stays', async () => {
    const { files } = await ensureKernelModules({ progress, folder, run: machine(MODULES) });
    expect(files.map((file) => basename(file))).toEqual(['virtio_mmio.ko', 'virtio_blk.ko', 'failover.ko', 'virtio_net.ko']);
    expect(readFileSync(files[3]!, 'utf8')).toBe(MODULES[0]);
    expect(readdirSync(join(folder, 'kernel-modules')).sort()).toEqual(['contents.json', 'failover.ko', 'virtio_blk.ko', 'virtio_mmio.ko', 'virtio_net.ko']);
  });

  test('are found by a second run, which runs nothing', async () => {
    const first = await ensureKernelModules({ progress, folder, run: machine(MODULES) });
    expect(await ensureKernelModules({ progress, folder, run: never })).toEqual(first);
  });

  test.each(['is gone', 'was cut short'])('count as missing where one %s', async (how) => {
    const { files } = await ensureKernelModules({ progress, folder, run: machine(MODULES) });
    if (how === 'is gone') rmSync(files[0]!);
    else writeFileSync(files[0]!, '');
    await expect(ensureKernelModules({ progress, folder, run: never })).rejects.toThrow();
    expect((await ensureKernelModules({ progress, folder, run: machine(MODULES) })).files).toEqual(files);
    expect(readFileSync(files[0]!, 'utf8')).toBe(MODULES[4]);
  });

  test('are fetched again where an earlier version of Thimble looked for fewer', async () => {
    const { files } = await ensureKernelModules({ progress, folder, run: machine(MODULES) });
    const contents = join(dirname(files[0]!), 'contents.json');
    const { wanted, ...rest } = JSON.parse(readFileSync(contents, 'utf8')) as { wanted: string[] };
    for (const earlier of [rest, { ...rest, wanted: wanted.slice(1) }]) {
      writeFileSync(contents, JSON.stringify(earlier));
      await expect(ensureKernelModules({ progress, folder, run: never })).rejects.toThrow();
    }
    writeFileSync(contents, JSON.stringify({ ...rest, wanted: [...wanted, 'more'] }));
    expect((await ensureKernelModules({ progress, folder, run: never })).files).toEqual(files);
  });

  test('cannot be had from a kernel package without any, which is said', async () => {
    const attempt = ensureKernelModules({ progress, folder, run: machine(MODULES.slice(0, 4)) });
    await expect(attempt).rejects.toThrow(/linux-image-6\.1\.0-9-arm64: has no module virtio_mmio\.ko/);
    expect(readdirSync(folder)).toEqual([]);
  });
});
