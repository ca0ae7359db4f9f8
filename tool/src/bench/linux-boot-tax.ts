/**
 * What the hypervisor costs a Linux boot: the same kernel, initial RAM disk, device tree, command line and places in
 * memory, once as a guest and once on the board itself at EL1, in instructions from the kernel's entry to init.
 *
 * init is a program of ours that prints the counter and powers off. The counter starts at the kernel's entry in both
 * cases: the hypervisor sets a machine's to zero when it starts it, and without one it starts at reset, six
 * instructions earlier.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { compiledProgram } from '../compile/compiled-program.ts';
import { defineHandset, linux } from '../config/handset-config.ts';
import { buildHandset, type FreshImage } from '../handset/build-handset.ts';
import { boot } from '../handset/launch.ts';
import { buildFolder, projectRoot } from '../project.ts';
import { commandLine } from '../qemu/command-line.ts';
import { Qemu } from '../qemu/qemu.ts';
import { Refusal } from '../refusal.ts';
import { buildInitrd, ensureGuestFiles } from '../setup/index.ts';
import { INSTRUCTIONS_PER_TICK, MEASURING_TIMEOUT_MS } from './instruction-clock.ts';
import type { Measurement, Progress } from './measurement.ts';
import { writeNativeBoot } from './native-boot.ts';

const MEMORY_MIB = 256;
/** `quiet`, or the console would be measured; `nokaslr`, or two boots differ. */
const COMMAND_LINE = 'console=ttyAMA0 quiet nokaslr rdinit=/boot-clock';
const COUNTER = /boot-clock (\d+)\r?\n/;

interface LinuxBootTax {
  readonly nativeInstructions: number;
  readonly guestInstructions: number;
  readonly percent: number;
}

/** An initial RAM disk with the default userland and, in its place as init, the program that prints the counter. */
async function writeInitrd(folder: string, progress: Progress): Promise<string> {
  const { elfFile } = await compiledProgram(
    {
      name: 'boot-clock',
      entry: resolve(projectRoot, 'guests/src/boot-clock.ts'),
      linkerScript: resolve(projectRoot, 'guests/linux-process.ld'),
    },
    progress,
  );
  const { busybox } = await ensureGuestFiles({ progress });
  const files = [{ path: '/boot-clock', content: await readFile(elfFile) }];
  const file = join(folder, 'initrd.cpio');
  await writeFile(file, buildInitrd({ busybox: await readFile(busybox), files }));
  return file;
}

function buildGuest(folder: string, initrd: string, progress: Progress): Promise<FreshImage> {
  const image = linux({ initrd, commandLine: COMMAND_LINE });
  const handset = defineHandset({ cpus: 1, memoryMib: 512, machines: [{ name: 'measure', memoryMib: MEMORY_MIB, image }] });
  return buildHandset(handset, { folder, place: 'measure', output: join(folder, 'guest.img'), progress });
}

function instructions(ticks: string | undefined, where: string, lastLines: readonly string[]): number {
  if (ticks !== undefined) return Number(ticks) * INSTRUCTIONS_PER_TICK;
  const said = lastLines.map((line) => `\n  ${line}`).join('');
  throw new Refusal(`Linux did not reach init ${where}; the last lines:${said}`);
}

async function measureGuest(image: FreshImage): Promise<number> {
  const running = boot(image, { countInstructions: true });
  try {
    const console = running.consoles[0];
    const match = await console?.expect(COUNTER, { timeoutMs: MEASURING_TIMEOUT_MS }).catch(() => null);
    return instructions(match?.[1], 'as a guest', [...running.hypervisor.lastLines(), ...(console?.lastLines() ?? [])]);
  } finally {
    await running.close();
  }
}

async function measureNative(folder: string, image: FreshImage): Promise<number> {
  const [machine] = image.machines;
  if (!machine) throw new Error('the measured handset has no machine');
  const boot = await writeNativeBoot(folder, machine, image.handset.board.gic);
  let text = '';
  const qemu = new Qemu(commandLine({ ...image.handset, memoryMib: MEMORY_MIB }, boot, { countInstructions: true }), (data) => {
    text += data.toString('latin1');
  });
  const timer = setTimeout(() => {
    qemu.kill();
  }, MEASURING_TIMEOUT_MS);
  try {
    await qemu.exited;
    return instructions(COUNTER.exec(text)?.[1], 'without a hypervisor', [qemu.complaint, ...text.split('\n').slice(-8)]);
  } finally {
    clearTimeout(timer);
    qemu.kill();
  }
}

async function measureLinuxBootTax(progress: Progress): Promise<LinuxBootTax> {
  const folder = join(buildFolder, `bench-${String(process.pid)}`);
  await mkdir(folder, { recursive: true });
  try {
    const initrd = await writeInitrd(folder, progress);
    const image = await buildGuest(folder, initrd, progress);
    const nativeInstructions = await measureNative(folder, image);
    const guestInstructions = await measureGuest(image);
    return { nativeInstructions, guestInstructions, percent: (guestInstructions / nativeInstructions - 1) * 100 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const linuxBoot: Measurement = {
  keys: ['linuxBootTax'],
  what: "Linux's boot, without a hypervisor and as a guest",
  async measure(progress) {
    const { nativeInstructions, guestInstructions, percent } = await measureLinuxBootTax(progress);
    return new Map([
      ['linuxBootTax', Math.round(percent * 1000) / 1000],
      ['linuxBootNative', nativeInstructions],
      ['linuxBootGuest', guestInstructions],
    ]);
  },
};
