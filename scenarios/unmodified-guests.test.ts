/**
 * Guests that were built for QEMU's `virt` and know nothing of Thimble: a boot loader, a newer kernel, a flat binary.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { buildHandset, defineHandset, flat, launch, linux, Refusal, type RunningHandset, uBoot } from 'thimble';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guest, launched, PATIENCE } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';

describe('U-Boot, as Debian builds it', () => {
  const handset = launched(
    defineHandset({
      cpus: 1,
      machines: [
        { name: 'u-boot', memoryMib: 64, image: uBoot() },
        { name: 'small', memoryMib: 32, image: uBoot() },
      ],
    }),
  );
  const prompt = '\n=> ';

  /** What a command prints before the next prompt. */
  async function command(text: string): Promise<string> {
    const console = handset().console('u-boot');
    console.write(`${text}\r`);
    // The prompt begins a line: `==> ` stands in crc32's output.
    const [echoed] = await console.expect(/^.*\n(?:[^]*\n)?=> $/, PATIENCE);
    return echoed.slice(0, -'=> '.length).trim().split('\n').slice(1).join('\n');
  }

  test('finds its memory and comes to its prompt, on two machines at once', async () => {
    const [, mib] = await handset().console('u-boot').expect(/^DRAM: +(\d+) MiB$/m, PATIENCE);
    expect(mib).toBe('64');
    expect((await handset().console('small').expect(/^DRAM: +(\d+) MiB$/m, PATIENCE))[1]).toBe('32');
    for (const console of handset().consoles) {
      // Any key stops the automatic boot, for which there is no disk.
      await console.expect('Hit any key to stop autoboot:', PATIENCE);
      console.write(' ');
      await console.expect(prompt, PATIENCE);
    }
  });

  test('reads its memory and its device tree', async () => {
    expect(await command('md.b 40000000 4')).toMatch(/^40000000: d0 0d fe ed /);
    expect(await command('fdt addr $fdtcontroladdr; fdt print / model')).toContain('model = "Thimble virtual handset"');
    expect(await command('mw.l 41000000 12345678 1000; crc32 41000000 4000')).toBe(
      `crc32 for 41000000 ... 41003fff ==> ${crc32(Buffer.alloc(0x4000, Buffer.from([0x78, 0x56, 0x34, 0x12]))).toString(16).padStart(8, '0')}`,
    );
  });

  test('waits in its own time', async () => {
    const before = await handset().status();
    await command('sleep 1');
    const { counter } = await handset().status();
    const seconds = (counter - before.counter) / before.counterHz;
    expect(seconds).toBeGreaterThan(0.99);
    expect(seconds).toBeLessThan(10);
  });

  test('resets its machine, and powers it off', async () => {
    handset().console('u-boot').write('reset\r');
    await handset().hypervisor.expect('u-boot: reset\n', PATIENCE);
    await handset().console('u-boot').expect('Hit any key to stop autoboot:', PATIENCE);
    handset().console('u-boot').write(' ');
    await handset().console('u-boot').expect(prompt, PATIENCE);
    handset().console('u-boot').write('poweroff\r');
    await handset().hypervisor.expect('u-boot: off\n', PATIENCE);
    expect((await handset().status()).machines.map(({ state }) => state)).toEqual(['off', 'running']);
  });
});

describe('Debian’s backports kernel', () => {
  let running: RunningHandset | null = null;
  afterAll(() => running?.close());

  test('boots with two vCPUs beside the stable one, and turns one off and on', async (context) => {
    const config = defineHandset({
      cpus: 2,
      machines: [
        { name: 'new', memoryMib: 256, vcpus: 2, image: linux({ release: 'backports' }) },
        { name: 'stable', memoryMib: 192, image: linux() },
      ],
    });
    try {
      running = await launch(config);
    } catch (error) {
      // A mirror need not carry backports, and only Debian has them.
      if (!(error instanceof Refusal) || !/the backports kernel cannot be had/.test(error.message)) throw error;
      return context.skip(error.message);
    }
    const [recent, stable] = await Promise.all(running.consoles.map(booted));
    const version = (release = ''): number => release.split('.').slice(0, 2).reduce((sum, part) => sum * 1000 + Number(part), 0);
    expect(version(recent?.kernelRelease)).toBeGreaterThan(version(stable?.kernelRelease));
    const console = running.console('new');
    expect(await answer(console, 'nproc')).toBe('2');
    const online = '/sys/devices/system/cpu/cpu1/online';
    expect(await answer(console, `for i in 1 2 3; do echo 0 > ${online}; echo 1 > ${online}; done; nproc`)).toBe('2');
    expect(running.hypervisor.lines.filter((line) => line.startsWith('panic'))).toEqual([]);
  });
});

describe('a flat binary', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thimble-flat-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('finds what it finds on QEMU’s `virt`', async () => {
    const built = await buildHandset(
      defineHandset({ machines: [{ name: 'flat', memoryMib: 16, image: guest('virt-software') }] }),
      { output: join(folder, 'compiled.img') },
    );
    const file = join(folder, 'virt-software.bin');
    await writeFile(file, built.machines[0]!.segments[0]!.bytes);
    const native = await execa(
      'qemu-system-aarch64',
      ['-M', 'virt,gic-version=3', '-cpu', 'cortex-a53', '-m', '64M', '-nodefaults', '-display', 'none', '-serial', 'stdio', '-kernel', file],
      { stdin: 'ignore', timeout: PATIENCE.timeoutMs },
    );
    const handset = await launch(defineHandset({ machines: [{ name: 'flat', memoryMib: 16, image: flat({ file }) }] }));
    expect((await handset.ended).poweredOff).toBe(true);
    expect(handset.console('flat').lines).toEqual(native.stdout.split('\n').map((line) => line.replace(/\r/g, '')));
    expect(handset.console('flat').lines).toContain('device tree above the image: yes');
  });
});
