/**
 * Running Linux twice with one program as its first process: as a guest, and on the board itself at EL1. The kernel, initial RAM disk,
 * device tree, command line and places in memory are the same; what differs is the hypervisor.
 *
 * The program prints lines `bench <name> <ticks>` and powers off. The virtual counter starts at the kernel's entry in both
 * cases: the hypervisor sets a machine's to zero when it starts it, and without one it starts at reset, six
 * instructions earlier.
 */
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { compiledProgram } from '../compile/compiled-program.ts';
import { defineHandset, linux } from '../config/handset-config.ts';
import { buildHandset, type FreshImage } from '../handset/build-handset.ts';
import { boot } from '../handset/launch.ts';
import { MIB } from '../image/virtual-handset.ts';
import { buildFolder, projectRoot } from '../project.ts';
import { commandLine, type EmulationOptions } from '../qemu/command-line.ts';
import { Qemu } from '../qemu/qemu.ts';
import { Refusal } from '../refusal.ts';
import { buildInitrd, ensureGuestFiles, type InitrdFile } from '../setup/index.ts';
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
  /** The kernel's modules that it needs, by name, and what a shell does before it. */
  readonly modules?: readonly string[];
  readonly commands?: readonly string[];
  /** A disk of so many MiB: the machine's volume as a guest, all of the board's without a hypervisor. */
  readonly diskMib?: number;
}

/** `quiet`, or the console would be measured; `nokaslr` and `norandmaps`, or two boots differ. */
export function kernelCommandLine({ program, modules = [] }: LinuxRun): string {
  return `console=ttyAMA0 quiet nokaslr norandmaps rdinit=/${modules.length === 0 ? program : SET_UP}`;
}

const SET_UP = 'set-up';

/** Loads the modules and becomes the program. */
async function setUpFiles({ program, modules = [], commands = [] }: LinuxRun, progress: Progress): Promise<InitrdFile[]> {
  if (modules.length === 0) return [];
  const { modules: files } = await ensureGuestFiles({ progress });
  const needed = modules.flatMap((name) => files.filter((file) => basename(file) === `${name}.ko`));
  const lines = [
    '#!/bin/busybox sh', 'alias busybox=/bin/busybox', 'busybox mount -t devtmpfs devtmpfs /dev',
    ...needed.map((file) => `busybox insmod /${basename(file)}`), ...commands, `exec /${program}`, '',
  ];
  const contents = await Promise.all(needed.map(async (file) => ({ path: `/${basename(file)}`, content: await readFile(file) })));
  return [{ path: `/${SET_UP}`, content: lines.join('\n') }, ...contents];
}

/** An initial RAM disk with the default userland and the program. */
export async function writeInitrd(run: LinuxRun, folder: string, progress: Progress): Promise<string> {
  const { program } = run;
  const entry = resolve(projectRoot, `guests/src/${program}.ts`);
  const linkerScript = resolve(projectRoot, 'guests/linux-process.ld');
  const { elfFile } = await compiledProgram({ name: program, entry, linkerScript }, progress);
  const { busybox } = await ensureGuestFiles({ progress });
  const files = [{ path: `/${program}`, content: await readFile(elfFile) }, ...(await setUpFiles(run, progress))];
  const file = join(folder, `${program}.cpio`);
  await writeFile(file, buildInitrd({ busybox: await readFile(busybox), files }));
  return file;
}

function buildGuest(run: LinuxRun, folder: string, initrd: string, progress: Progress): Promise<FreshImage> {
  const image = linux({ initrd, commandLine: kernelCommandLine(run) });
  const cpus = Array.from({ length: run.cpus }, (_, index) => index);
  const { diskMib } = run;
  const volumes = diskMib === undefined ? [] : [{ name: 'measured', sizeMib: diskMib }];
  const disk = diskMib === undefined ? undefined : { file: 'guest-disk.img', volumes };
  const machines = [{ name: 'measure', memoryMib: MEMORY_MIB, cpus, image, volumes: volumes.map(({ name }) => ({ name })) }];
  const handset = defineHandset({ cpus: run.cpus, memoryMib: 512, disk, machines });
  return buildHandset(handset, { folder, place: 'measure', output: join(folder, 'guest.img'), progress });
}

export function ticksIn(lines: readonly string[], where: string, lastLines: readonly string[]): Ticks {
  const ticks = figuresIn(lines);
  if (ticks.size > 0 && !lines.includes(FAILED)) return ticks;
  throw new Refusal(`Linux measured nothing ${where}; the last lines:${lastLines.map((line) => `\n  ${line}`).join('')}`);
}

/**
 * No request ends before whoever made it has gone to sleep: else it would be chance, and the host's load, how often that happens. QEMU lets some requests pass
 * before it holds back others.
 */
function slowDisk({ handset }: FreshImage): string[] {
  return handset.disk === null ? [] : ['-set', 'drive.disk.iops=100'];
}

export async function runGuest(image: FreshImage, folder: string): Promise<Ticks> {
  const running = await boot(image, { countInstructions: true, folder, extraArguments: slowDisk(image) });
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

/** The machine of `image` on the board itself, with what `options` say of the board's devices. */
export async function runNative(folder: string, image: FreshImage, options: EmulationOptions = {}): Promise<Ticks> {
  const [machine] = image.machines;
  if (!machine) throw new Error('the measured handset has no machine');
  const files = await writeNativeBoot(folder, machine, image.handset.board.gic ?? 2);
  let text = '';
  const qemu = new Qemu(commandLine({ ...image.handset, memoryMib: MEMORY_MIB }, files, { extraArguments: slowDisk(image), ...options, countInstructions: true }), (data) => {
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

async function nativeDisk({ diskMib }: LinuxRun, folder: string): Promise<string | undefined> {
  if (diskMib === undefined) return undefined;
  const file = join(folder, 'native-disk.img');
  await writeFile(file, '');
  await truncate(file, diskMib * MIB);
  return file;
}

export async function runTwice(run: LinuxRun, progress: Progress): Promise<BothRuns> {
  const folder = join(buildFolder, `bench-${run.program}-${String(process.pid)}`);
  await mkdir(folder, { recursive: true });
  try {
    const image = await buildGuest(run, folder, await writeInitrd(run, folder, progress), progress);
    progress('without a hypervisor');
    const native = await runNative(folder, image, { disk: await nativeDisk(run, folder) });
    progress('as a guest');
    return { native, guest: await runGuest(image, folder) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
