/**
 * The hypervisor's longest sections with interrupts masked, over a storm of everything that a guest can ask of it, and one request
 * for the status.
 */
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { defineHandset, program } from '../config/handset-config.ts';
import { buildHandset, type FreshImage } from '../handset/build-handset.ts';
import { boot } from '../handset/launch.ts';
import { buildFolder, projectRoot } from '../project.ts';
import { instructionLog } from '../qemu/instruction-log.ts';
import { MEASURING_TIMEOUT_MS } from './instruction-clock.ts';
import { readSections, type Section, type TracedImage } from './masked-sections.ts';
import type { Measurement } from './measurement.ts';

const PAGE_BYTES = 4096n;
const FUNCTIONS_SHOWN = 3;

const guest = (name: string) => program({ entry: `guests/src/${name}.ts`, deviceTree: false });

/** `busy` keeps the handset going until the status is there; it waits until the storm is over. */
const handset = defineHandset({
  cpus: 1,
  memoryMib: 256,
  machines: [
    { name: 'storm', memoryMib: 4, image: guest('storm-once'), priority: 1 },
    { name: 'busy', memoryMib: 4, image: guest('busy') },
  ],
});

async function tracedImage({ hypervisor }: FreshImage): Promise<TracedImage> {
  const { readSymbols } = await import('@thimble/compiler');
  const functions = readSymbols(await readFile(hypervisor.elfFile)).filter(({ isFunction }) => isFunction);
  const code = await readFile(hypervisor.imageFile);
  // The image is linked to start at a page, with code.
  const base = Number((functions[0]?.address ?? 0n) & ~(PAGE_BYTES - 1n));
  return { base, code, functions: functions.map(({ name, address }) => ({ name, address: Number(address) })) };
}

/** Lets the storm pass, asks for the status, and ends in order, so that the log is complete. Returns where in the log the storm ends. */
async function runStorm(image: FreshImage, traced: TracedImage, log: string): Promise<number> {
  const extraArguments = instructionLog(log, traced.base, traced.code.length);
  const running = await boot(image, { countInstructions: true, extraArguments });
  try {
    await running.hypervisor.expect('storm: off\n', { timeoutMs: MEASURING_TIMEOUT_MS });
    // What comes after this beat of the busy machine is no longer the storm's.
    await running.console('busy').expect('beat ', { timeoutMs: MEASURING_TIMEOUT_MS });
    const { size } = await stat(log);
    await running.status({ timeoutMs: MEASURING_TIMEOUT_MS });
    await running.powerOff({ timeoutMs: MEASURING_TIMEOUT_MS });
    return size;
  } finally {
    await running.close();
  }
}

/** `1,234 instructions: a 700, b 300, c 100`. */
export function sectionText({ instructions, functions }: Section): string {
  const longest = [...functions].sort((a, b) => b[1] - a[1]).slice(0, FUNCTIONS_SHOWN);
  const parts = longest.map(([name, count]) => `${name} ${String(count)}`);
  return `${String(instructions)} instructions, most of them in ${parts.join(', ')}`;
}

const NO_SECTION: Section = { instructions: 0, functions: new Map() };

export const maskedTime: Measurement = {
  keys: ['maskedMax', 'maskedStatus'],
  what: 'how long interrupts are masked',
  async measure(progress) {
    const folder = join(buildFolder, `bench-masked-${String(process.pid)}`);
    await mkdir(folder, { recursive: true });
    try {
      const image = await buildHandset(handset, { folder: projectRoot, place: 'measure', output: join(folder, 'storm.img'), progress });
      const traced = await tracedImage(image);
      const log = join(folder, 'trace.log');
      const stormEnd = await runStorm(image, traced, log);
      let [guests, status] = [NO_SECTION, NO_SECTION];
      await readSections(log, traced, (section, end) => {
        const isStatus = end > stormEnd;
        if (isStatus && section.instructions > status.instructions) status = section;
        if (!isStatus && section.instructions > guests.instructions) guests = section;
      });
      return new Map<string, number | string>([
        ['maskedMax', guests.instructions],
        ['maskedMaxIn', sectionText(guests)],
        ['maskedStatus', status.instructions],
        ['maskedStatusIn', sectionText(status)],
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
