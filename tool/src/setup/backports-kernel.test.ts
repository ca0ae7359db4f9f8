import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureBackportsKernel } from './backports-kernel.ts';
import { debianCodename, suiteSources } from './debian-release.ts';
import type { RunCommand } from './run-command.ts';

const TARGETS = `http://one.example/debian/ bookworm
http://one.example/debian/ bookworm-updates
http://one.example/debian/ bookworm
http://security.example/debian-security/ bookworm-security
`;
const KERNEL = 'linux-image-6.12.9+bpo-arm64';

const FILES = ['./boot/vmlinuz-6.12.9+bpo-arm64', './lib/modules/6.12.9+bpo-arm64/kernel/drivers/virtio/virtio_mmio.ko.xz'];

/** The smallest thing with the header of an arm64 Image. */
function image(): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.writeBigUInt64LE(4096n, 0x10);
  bytes.writeUInt32LE(0x644d5241, 0x38);
  return bytes;
}

let folder = '';
let osReleaseFile = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-backports-'));
  osReleaseFile = join(folder, 'os-release');
  writeFileSync(osReleaseFile, 'ID=debian\nVERSION_CODENAME=bookworm\n');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A machine whose backports hold one kernel; `asked` gets the sources that apt was given last. */
function machine(offered: boolean): { readonly run: RunCommand; readonly asked: { sources: string } } {
  const asked = { sources: '' };
  const run: RunCommand = async (command, options) => {
    const result = { exitCode: 0, stdout: '', stderr: '', notFound: false };
    const line = command.join(' ');
    if (line.includes('indextargets')) return { ...result, stdout: TARGETS };
    if (line.includes(' update')) asked.sources = readFileSync(join(command[2] ?? '', '../sources/thimble.sources'), 'utf8');
    if (line.endsWith('show --no-all-versions linux-image-arm64')) {
      return offered ? { ...result, stdout: `Package: linux-image-arm64\nDepends: ${KERNEL} (= 1)\n` } : { ...result, exitCode: 100 };
    }
    if (line.includes(' show ')) return { ...result, exitCode: 100 };
    if (line.includes(' download ')) await writeFile(join(options?.folder ?? '', `${KERNEL}_1_arm64.deb`), '');
    if (command[0] === 'sh') {
      await writeFile(command[5] ?? '', '');
      return { ...result, stdout: `${FILES.join('\n')}\n` };
    }
    if (command[0] === 'tar') {
      const target = command[command.indexOf('-C') + 1] ?? '';
      for (const file of FILES) {
        await mkdir(join(target, dirname(file)), { recursive: true });
        await writeFile(join(target, file), image());
      }
    }
    return result;
  };
  return { run, asked };
}

const progress = (): void => undefined;

describe('the backports of a release', () => {
  test('are where the machine has the release itself from, and only there', () => {
    const sources = suiteSources(TARGETS, 'bookworm', 'bookworm-backports') ?? '';
    expect(sources.match(/^URIs: .*$/gm)).toEqual(['URIs: http://one.example/debian/']);
    expect(sources).toContain('Suites: bookworm-backports\n');
  });

  test('are nowhere for a machine that does not name the release', () => {
    expect(suiteSources(TARGETS, 'trixie', 'trixie-backports')).toBeNull();
    expect(suiteSources('', 'bookworm', 'bookworm-backports')).toBeNull();
  });

  test('exist on Debian only', () => {
    expect(debianCodename('ID=debian\nVERSION_CODENAME=trixie\n')).toBe('trixie');
    expect(debianCodename('ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n')).toBeNull();
  });
});

describe('the backports kernel', () => {
  const cache = (): string => join(folder, 'cache');

  test('comes from them, once', async () => {
    const { run, asked } = machine(true);
    const kernel = await ensureBackportsKernel({ progress, run, folder: cache(), osReleaseFile });
    expect(asked.sources).toContain('bookworm-backports');
    expect(kernel.kernelRelease).toBe('6.12.9+bpo-arm64');
    expect(readFileSync(kernel.kernel)).toHaveLength(4096);
    expect(kernel.modules.map((file) => basename(file))).toEqual(['virtio_mmio.ko.xz']);
    const failing: RunCommand = () => Promise.reject(new Error('nothing should run'));
    expect(await ensureBackportsKernel({ progress, run: failing, folder: cache(), osReleaseFile })).toEqual(kernel);
  });

  test('that is not offered is refused', async () => {
    const attempt = ensureBackportsKernel({ progress, run: machine(false).run, folder: cache(), osReleaseFile });
    await expect(attempt).rejects.toThrow(/the backports kernel cannot be had: this machine's package sources/);
  });

  test('of another system is refused, with what to write instead', async () => {
    writeFileSync(osReleaseFile, 'ID=ubuntu\nVERSION_CODENAME=noble\n');
    const attempt = ensureBackportsKernel({ progress, run: machine(true).run, folder: cache(), osReleaseFile });
    await expect(attempt).rejects.toThrow(/only Debian has one; give a kernel's file: linux\(\{ kernel: 'Image' \}\)/);
  });
});
