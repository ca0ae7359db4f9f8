/**
 * Running Linux twice with one program as its first process: as a guest, and on the board itself at EL1. The kernel, initial RAM disk,
 * device tree, command line and places in memory are the same; what differs is the hypervisor.
 *
 * The program prints lines `bench <name> <ticks>` and powers off. The virtual counter starts at the kernel's entry in both
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
import { figuresIn } from './guest-figures.ts';
import { MEASURING_TIMEOUT_MS } from './instruction-clock.ts';
import type { Progress } from './measurement.ts';
import { writeNativeBoot } from './native-boot.ts';

const MEMORY_MIB = 256;
const LAST_LINES = 8;
/** What guests/src/linux-workloads.ts says of a program that did not do its work. */
const FAILED = 'a program failed';

/** Ticks by the names that the program gave them. */
export type Ticks = ReadonlyMap<string, number>;

export interface BothRuns {
  readonly native: Ticks;
  readonly guest: Ticks;
}

/** What runs: `program` is a file of guests/src, on as many vCPUs as CPUs. */
export interface LinuxRun {
  readonly program: string;
  readonly cpus: number;
}

/** `quiet`, or the console would be measured; `nokaslr` and `norandmaps`, or two boots differ. */
function kernelCommandLine({ program }: LinuxRun): string {
  return `console=ttyAMA0 quiet nokaslr norandmaps rdinit=/${program}`;
}

/** An initial RAM disk with the default userland and the program. */
async function writeInitrd({ program }: LinuxRun, folder: string, progress: Progress): Promise<string> {
  const entry = resolve(projectRoot, `guests/src/${program}.ts`);
  const linkerScript = resolve(projectRoot, 'guests/linux-process.ld');
  const { elfFile } = await compiledProgram({ name: program, entry, linkerScript }, progress);
  const { busybox } = await ensureGuestFiles({ progress });
  const files = [{ path: `/${program}`, content: await readFile(elfFile) }];
  const file = join(folder, 'initrd.cpio');
  await writeFile(file, buildInitrd({ busybox: await readFile(busybox), files }));
  return file;
}

function buildGuest(run: LinuxRun, folder: string, initrd: string, progress: Progress): Promise<FreshImage> {
  const image = linux({ initrd, commandLine: kernelCommandLine(run) });
  const cpus = Array.from({ length: run.cpus }, (_, index) => index);
  const machines = [{ name: 'measure', memoryMib: MEMORY_MIB, cpus, image }];
  const handset = defineHandset({ cpus: run.cpus, memoryMib: 512, machines });
  return buildHandset(handset, { folder, place: 'measure', output: join(folder, 'guest.img'), progress });
}

function ticksIn(lines: readonly string[], where: string, lastLines: readonly string[]): Ticks {
  const ticks = figuresIn(lines);
  if (ticks.size > 0 && !lines.includes(FAILED)) return ticks;
  throw new Refusal(`Linux measured nothing ${where}; the last lines:${lastLines.map((line) => `\n  ${line}`).join('')}`);
}

async function runGuest(image: FreshImage): Promise<Ticks> {
  const running = await boot(image, { countInstructions: true });
  const timer = setTimeout(() => void running.close(), MEASURING_TIMEOUT_MS);
  try {
    await running.ended;
    const lines = running.consoles.flatMap((console) => console.lines);
    return ticksIn(lines, 'as a guest', [...running.hypervisor.lastLines(LAST_LINES), ...lines.slice(-LAST_LINES)]);
  } finally {
    clearTimeout(timer);
    await running.close();
  }
}

async function runNative(folder: string, image: FreshImage): Promise<Ticks> {
  const [machine] = image.machines;
  if (!machine) throw new Error('the measured handset has no machine');
  const files = await writeNativeBoot(folder, machine, image.handset.board.gic ?? 2);
  let text = '';
  const qemu = new Qemu(commandLine({ ...image.handset, memoryMib: MEMORY_MIB }, files, { countInstructions: true }), (data) => {
    text += data.toString('latin1');
  });
  const timer = setTimeout(() => {
    qemu.kill();
  }, MEASURING_TIMEOUT_MS);
  try {
    await qemu.exited;
    const lines = text.split(/\r*\n/);
    return ticksIn(lines, 'without a hypervisor', [qemu.complaint, ...lines.slice(-LAST_LINES)]);
  } finally {
    clearTimeout(timer);
    qemu.kill();
  }
}

export async function runTwice(run: LinuxRun, progress: Progress): Promise<BothRuns> {
  const folder = join(buildFolder, `bench-${run.program}-${String(process.pid)}`);
  await mkdir(folder, { recursive: true });
  try {
    const image = await buildGuest(run, folder, await writeInitrd(run, folder, progress), progress);
    progress('without a hypervisor');
    const native = await runNative(folder, image);
    progress('as a guest');
    return { native, guest: await runGuest(image) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
