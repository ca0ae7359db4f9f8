/** Running a handset with a log of each instruction of the hypervisor's, and reading its sections. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HandsetConfig } from '../config/handset-config.ts';
import { buildHandset, type FreshImage } from '../handset/build-handset.ts';
import { boot } from '../handset/launch.ts';
import type { RunningHandset } from '../handset/running-handset.ts';
import { buildFolder, projectRoot } from '../project.ts';
import { instructionLog } from '../qemu/instruction-log.ts';
import { readSections, type Section, type TracedImage } from './masked-sections.ts';
import type { Progress } from './measurement.ts';

const PAGE_BYTES = 4096n;

export interface TracedRun<T> {
  readonly handset: HandsetConfig;
  /** Waits until the handset has ended by itself, or ends it in order: what is killed leaves half a log. */
  readonly drive: (running: RunningHandset, logFile: string) => Promise<T>;
  /** Hears of each section after the boot, of the byte of the log where it ends, and of what `drive` returned. */
  readonly onSection: (section: Section, end: number, driven: T) => void;
}

async function tracedImage({ hypervisor }: FreshImage): Promise<TracedImage> {
  const { readSymbols } = await import('@thimble/compiler');
  const functions = readSymbols(await readFile(hypervisor.elfFile)).filter(({ isFunction }) => isFunction);
  const code = await readFile(hypervisor.imageFile);
  // The image is linked to start at a page, with code.
  const base = Number((functions[0]?.address ?? 0n) & ~(PAGE_BYTES - 1n));
  return { base, code, functions: functions.map(({ name, address }) => ({ name, address: Number(address) })) };
}

export async function runTraced<T>({ handset, drive, onSection }: TracedRun<T>, progress: Progress): Promise<void> {
  const folder = join(buildFolder, `bench-traced-${String(process.pid)}`);
  await mkdir(folder, { recursive: true });
  try {
    const image = await buildHandset(handset, { folder: projectRoot, place: 'measure', output: join(folder, 'handset.img'), progress });
    const traced = await tracedImage(image);
    const log = join(folder, 'trace.log');
    const extraArguments = instructionLog(log, traced.base, traced.code.length);
    const running = await boot(image, { countInstructions: true, extraArguments });
    const driven = await drive(running, log).finally(() => running.close());
    await readSections(log, traced, (section, end) => {
      onSection(section, end, driven);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
