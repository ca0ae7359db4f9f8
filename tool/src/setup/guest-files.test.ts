import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureGuestFiles } from './guest-files.ts';
import { requireDrivers } from './kernel-files.ts';
import { ensureInitrd } from './initrd-file.ts';
import type { CommandResult, RunCommand } from './run-command.ts';

const ok: CommandResult = { exitCode: 0, stdout: '', stderr: '', notFound: false };
const KERNEL = 'linux-image-6.1.0-9-arm64';

/** The smallest thing with the header of an arm64 Image. */
function image(): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.writeBigUInt64LE(4096n, 0x10);
  bytes.writeUInt32LE(0x644d5241, 0x38);
  return bytes;
}

interface Machine {
  readonly run: RunCommand;
  readonly commands: string[];
}

/** A machine whose apt offers `packages`, with the record of each. */
function machine(packages: Readonly<Record<string, string>>, overrides: Readonly<Record<string, CommandResult>> = {}): Machine {
  const commands: string[] = [];
  const run: RunCommand = async (command, options) => {
    const line = command.join(' ');
    const words = command.filter((word, index) => !word.startsWith('-') && !/^-[co]$/.test(command[index - 1] ?? ''));
    const [program = '', action = '', name = ''] = words;
    commands.push(['sh', 'tar'].includes(program) ? 'unpack' : `${program} ${action}${name === '' ? '' : ` ${name}`}`);
    for (const [pattern, result] of Object.entries(overrides)) if (line.includes(pattern)) return result;
    if (action === 'show') {
      const record = packages[name];
      return record === undefined ? { ...ok, exitCode: 100 } : { ...ok, stdout: `Package: ${name}\n${record}\n` };
    }
    if (action === 'download') {
      await writeFile(join(options?.folder ?? '', `${name}_1_arm64.deb`), '');
      options?.onStatus?.('dlstatus:1:80.0:Retrieving file 1 of 1');
    }
    if (program === 'sh') return { ...ok, stdout: await openPackage(command) };
    if (program === 'tar') await unpackKernel(command);
    return ok;
  };
  return { run, commands };
}

const MODULES = ['net/virtio_net.ko', 'net/failover.ko', 'block/virtio_blk.ko.xz', 'virtio/virtio_mmio.ko'];
const KERNEL_FILES = [
  './boot/vmlinuz-6.1.0-9-arm64',
  ...[...MODULES, 'net/other.ko', 'net/failover.kof'].map((name) => `./lib/modules/6.1.0-9-arm64/kernel/drivers/${name}`),
];

/** Of a kernel's package what it has; of another its only file. */
async function openPackage(command: readonly string[]): Promise<string> {
  const [packageFile = '', tarFile = '', folder = ''] = command.slice(4);
  await writeFile(tarFile, '');
  if (packageFile.includes('linux-image')) return `${KERNEL_FILES.join('\n')}\n`;
  await mkdir(join(folder, 'usr/bin'), { recursive: true });
  await writeFile(join(folder, 'usr/bin/busybox'), 'busybox');
  return '';
}

async function unpackKernel(command: readonly string[]): Promise<void> {
  const folder = command[command.indexOf('-C') + 1] ?? '';
  for (const name of command.slice(command.indexOf('--') + 1)) {
    await mkdir(join(folder, dirname(name)), { recursive: true });
    await writeFile(join(folder, name), name.includes('vmlinuz') ? image() : name);
  }
}

const DEBIAN = { 'linux-image-arm64': `Depends: ${KERNEL} (= 1)`, 'busybox-static': 'Size: 1' };
let folder = '';
const lines: string[] = [];
const progress = (line: string): void => void lines.push(line);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-cache-'));
  lines.length = 0;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('the guest files', () => {
  test('are the kernel that the metapackage depends on, and busybox', async () => {
    const { run } = machine(DEBIAN);
    const files = await ensureGuestFiles({ progress, run, folder });
    expect(files.kernelRelease).toBe('6.1.0-9-arm64');
    expect(readFileSync(files.kernel).equals(image())).toBe(true);
    expect(readFileSync(files.busybox, 'utf8')).toBe('busybox');
    expect(lines).toContain(`fetching ${KERNEL}: 75 %`);
  });

  test('are of 32 bits where that is asked for, beside those of 64', async () => {
    const kernel = 'linux-image-6.1.0-9-armmp';
    const { run, commands } = machine({ 'linux-image-armmp': `Depends: ${kernel} (= 1)`, 'busybox-static': 'Size: 1' });
    await ensureGuestFiles({ progress, run: machine(DEBIAN).run, folder });
    const files = await ensureGuestFiles({ architecture: 'arm', progress, run, folder });
    expect(commands).toContain(`apt-get download ${kernel}`);
    expect(lines).toContain('fetching the package lists for armhf');
    expect(files.kernel).toBe(join(folder, 'guest-files-arm/zImage'));
    expect(readdirSync(folder).sort()).toEqual(['guest-files', 'guest-files-arm']);
  });

  test('are all that stays in the cache', async () => {
    await ensureGuestFiles({ progress, run: machine(DEBIAN).run, folder });
    expect(readdirSync(folder)).toEqual(['guest-files']);
    expect(readdirSync(join(folder, 'guest-files')).sort()).toEqual(['Image', 'busybox', 'contents.json', 'modules']);
  });

  test('have the modules that devices need, of the same package, in the order in which they are loaded', async () => {
    const { modules } = await ensureGuestFiles({ progress, run: machine(DEBIAN).run, folder });
    expect(modules.map((file) => basename(file))).toEqual(['virtio_mmio.ko', 'virtio_blk.ko.xz', 'failover.ko', 'virtio_net.ko']);
    expect(readFileSync(modules[3]!, 'utf8')).toBe(KERNEL_FILES[1]);
    expect(readdirSync(join(folder, 'guest-files/modules'))).toHaveLength(4);
  });

  test('serve no machine with devices if the kernel has no drivers, which is said', async () => {
    const files = await ensureGuestFiles({ progress, run: machine(DEBIAN).run, folder });
    expect(() => { requireDrivers(files); }).not.toThrow();
    for (const modules of [[], files.modules.slice(1)]) {
      expect(() => { requireDrivers({ ...files, modules }); }).toThrow(/^kernel 6\.1\.0-9-arm64: its package has no module virtio_mmio\.ko/);
    }
  });

  test.each(['is gone', 'was cut short'])('are fetched again where a module %s', async (how) => {
    const { modules } = await ensureGuestFiles({ progress, run: machine(DEBIAN).run, folder });
    if (how === 'is gone') rmSync(modules[0]!);
    else writeFileSync(modules[0]!, '');
    expect((await ensureGuestFiles({ progress, run: machine(DEBIAN).run, folder })).modules).toEqual(modules);
    expect(readFileSync(modules[0]!, 'utf8')).toBe(KERNEL_FILES[4]);
  });

  test('are fetched again where an earlier version of Thimble looked for fewer modules', async () => {
    const { kernel, ...first } = await ensureGuestFiles({ progress, run: machine(DEBIAN).run, folder });
    const contents = join(dirname(kernel), 'contents.json');
    const { wanted, ...rest } = JSON.parse(readFileSync(contents, 'utf8')) as { wanted: string[] };
    for (const earlier of [rest, { ...rest, wanted: wanted.slice(1) }]) {
      writeFileSync(contents, JSON.stringify(earlier));
      const { run, commands } = machine(DEBIAN);
      await ensureGuestFiles({ progress, run, folder });
      expect(commands).toContain(`apt-get download ${KERNEL}`);
    }
    writeFileSync(contents, JSON.stringify({ ...(JSON.parse(readFileSync(contents, 'utf8')) as object), wanted: [...wanted, 'more'] }));
    const { run, commands } = machine(DEBIAN);
    expect(await ensureGuestFiles({ progress, run, folder })).toEqual({ kernel, ...first });
    expect(commands).toEqual([]);
  });

  test('are found by a second run, which runs nothing and says nothing', async () => {
    const first = await ensureGuestFiles({ progress, run: machine(DEBIAN).run, folder });
    lines.length = 0;
    const { run, commands } = machine(DEBIAN);
    expect(await ensureGuestFiles({ progress, run, folder })).toEqual(first);
    expect(commands).toEqual([]);
    expect(lines).toEqual([]);
  });

  test('are fetched again where one was cut short', async () => {
    const { kernel } = await ensureGuestFiles({ progress, run: machine(DEBIAN).run, folder });
    truncateSync(kernel, 100);
    const { run, commands } = machine(DEBIAN);
    await ensureGuestFiles({ progress, run, folder });
    expect(commands).toContain(`apt-get download ${KERNEL}`);
    expect(readFileSync(kernel)).toHaveLength(4096);
  });

  test("come from Ubuntu's metapackages where those are what the sources have", async () => {
    const ubuntu = { 'linux-image-virtual': 'Depends: linux-image-6.8.0-45-generic', 'busybox-static': 'Size: 1' };
    const { run, commands } = machine(ubuntu);
    await ensureGuestFiles({ progress, run, folder });
    expect(commands).toContain('apt-get download linux-image-6.8.0-45-generic');
  });
});

describe('where the guest files cannot be had', () => {
  test('for lack of arm64 packages, the refusal says what to do, and the cache stays empty', async () => {
    const attempt = ensureGuestFiles({ progress, run: machine({}).run, folder });
    await expect(attempt).rejects.toThrow(/linux-image-arm64.*cannot be had.*no arm64 packages.*Architectures/s);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('for lack of a network, that is the reason', async () => {
    const stderr = "W: Failed to fetch http://x  Temporary failure resolving 'x'";
    const attempt = ensureGuestFiles({ progress, run: machine({}, { update: { ...ok, stderr } }).run, folder });
    await expect(attempt).rejects.toThrow(/sources cannot be reached; check the network/);
  });

  test('for lack of apt, that is the reason', async () => {
    const attempt = ensureGuestFiles({ progress, run: machine({}, { update: { ...ok, exitCode: null, notFound: true } }).run, folder });
    await expect(attempt).rejects.toThrow(/apt-get is missing/);
  });

  test('a download that fails names its package', async () => {
    const failed = { ...ok, exitCode: 100, stderr: 'E: Hash Sum mismatch' };
    const attempt = ensureGuestFiles({ progress, run: machine(DEBIAN, { download: failed }).run, folder });
    await expect(attempt).rejects.toThrow(new RegExp(`${KERNEL}.*sources are being updated`));
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a cache folder that cannot be made is named, with the way round', async () => {
    writeFileSync(join(folder, 'file'), '');
    const attempt = ensureGuestFiles({ progress, run: machine(DEBIAN).run, folder: join(folder, 'file/cache') });
    await expect(attempt).rejects.toThrow(/file\/cache: a part of the path is not a folder; set THIMBLE_CACHE/);
  });
});

test('what an interrupted run left is removed by the next', async () => {
  // Process ids are far below this, so that its owner is surely gone.
  await mkdir(join(folder, 'incoming-99999999-abc/work'), { recursive: true });
  await ensureGuestFiles({ progress, run: machine(DEBIAN).run, folder });
  expect(readdirSync(folder)).toEqual(['guest-files']);
});

test('the initrd is written once', async () => {
  const { busybox } = await ensureGuestFiles({ progress, run: machine(DEBIAN).run, folder });
  const initrd = await ensureInitrd(busybox);
  writeFileSync(initrd, readFileSync(initrd).fill(0x20, 0, 6));
  expect(await ensureInitrd(busybox)).toBe(initrd);
  expect(readFileSync(initrd, 'ascii').slice(0, 6)).toBe('      ');
});

test('the initrd of a machine with devices has the modules for the kernel that they are of', async () => {
  const files = await ensureGuestFiles({ progress, run: machine(DEBIAN).run, folder });
  const [without, withModules] = [await ensureInitrd(files.busybox), await ensureInitrd(files.busybox, files)];
  expect(withModules).not.toBe(without);
  expect(readFileSync(withModules, 'latin1')).toMatch(/lib\/modules\/6\.1\.0-9-arm64\/01-virtio_blk\.ko\.xz/);
});
