/**
 * How late the task of a real-time machine is, while Linux under full load and a storm of traps, interrupts and restarts share
 * its processor.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineHandset, linux, program } from '../config/handset-config.ts';
import { launch } from '../handset/launch.ts';
import type { RunningHandset } from '../handset/running-handset.ts';
import { buildFolder, projectRoot } from '../project.ts';
import { Refusal } from '../refusal.ts';
import { buildInitrd, ensureGuestFiles } from '../setup/index.ts';
import { INSTRUCTIONS_PER_TICK, MEASURING_TIMEOUT_MS } from './instruction-clock.ts';
import type { Measurement, Progress } from './measurement.ts';

/** Linux is up after less than one second of virtual time, and the storm begins after one. */
const PERIODS = 2_000;
const LAST_BUCKET_TICKS = 504;

const load = `#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs devtmpfs /dev
$b mount -t tmpfs tmpfs /tmp
echo under load
while :; do $b dd if=/dev/zero of=/tmp/memory bs=1M count=16; done &
while :; do $b sha256sum /tmp/memory; done &
while :; do $b usleep 1000; done &
while :; do $b true; done
`;

async function writeInitrd(folder: string, progress: Progress): Promise<string> {
  const { busybox } = await ensureGuestFiles({ progress });
  const file = join(folder, 'initrd.cpio');
  await writeFile(file, buildInitrd({ busybox: await readFile(busybox), files: [{ path: '/load', content: load }] }));
  return file;
}

function launchStorm(initrd: string, progress: Progress): Promise<RunningHandset> {
  const guest = (name: string) => program({ entry: `guests/src/${name}.ts`, deviceTree: false });
  const handset = defineHandset({
    cpus: 1,
    memoryMib: 512,
    machines: [
      { name: 'control', memoryMib: 4, priority: 7, image: guest('real-time') },
      { name: 'linux', memoryMib: 256, image: linux({ initrd, commandLine: 'console=ttyAMA0 quiet nokaslr rdinit=/load' }) },
      { name: 'storm', memoryMib: 4, image: guest('storm') },
    ],
  });
  return launch(handset, { folder: projectRoot, place: 'measure', countInstructions: true, progress });
}

/** What the guest printed after `periods` periods: the line of numbers, then a line a bucket, then an empty one. */
export function histogramAfter(periods: number, lines: readonly string[]): { readonly missed: number; readonly latest: number; readonly buckets: readonly string[] } | null {
  const start = lines.findIndex((line) => line.startsWith(`periods ${String(periods)} `));
  const [, missed, latest] = / missed (\d+) late \d+ to (\d+) ticks$/.exec(lines[start] ?? '') ?? [];
  if (missed === undefined || latest === undefined) return null;
  const rest = lines.slice(start + 1);
  const end = rest.indexOf('');
  return { missed: Number(missed), latest: Number(latest), buckets: end < 0 ? rest : rest.slice(0, end) };
}

/** The guest's buckets, with instructions in place of ticks. Its last one, the 64th, has no upper end. */
function inInstructions(buckets: readonly string[]): string {
  const lines = buckets.map((line) =>
    line.replace(/^ +(\d+)/, (_, ticks: string) => {
      const from = String(Number(ticks) * INSTRUCTIONS_PER_TICK).padStart(7);
      return Number(ticks) === LAST_BUCKET_TICKS ? `${from} and more` : from;
    }),
  );
  return `instructions from the due time to the handler, in steps of 128, of ${String(PERIODS)} periods:\n${lines.join('\n')}`;
}

async function watch(running: RunningHandset): Promise<Map<string, number | string>> {
  const [control, guest] = running.consoles;
  if (!control || !guest) throw new Error('the measured handset lacks a machine');
  await control.expect(new RegExp(`periods ${String(PERIODS)} [^]*?\\n\\n`), { timeoutMs: MEASURING_TIMEOUT_MS });
  const histogram = histogramAfter(PERIODS, control.lines);
  if (!histogram) throw new Refusal('the real-time machine printed no histogram');
  if (!guest.lines.includes('under load')) throw new Refusal('Linux was not up in time to be a load');
  if (histogram.missed > 0) throw new Refusal(`the real-time machine missed ${String(histogram.missed)} periods`);
  return new Map<string, number | string>([
    ['realTimeLatencyMax', histogram.latest * INSTRUCTIONS_PER_TICK],
    ['realTimeHistogram', inInstructions(histogram.buckets)],
  ]);
}

export const realTimeLatency: Measurement = {
  keys: ['realTimeLatencyMax'],
  what: 'a real-time machine beside Linux under load and a storm',
  async measure(progress) {
    const folder = join(buildFolder, `bench-real-time-${String(process.pid)}`);
    await mkdir(folder, { recursive: true });
    try {
      const running = await launchStorm(await writeInitrd(folder, progress), progress);
      try {
        return await watch(running);
      } finally {
        await running.close();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
