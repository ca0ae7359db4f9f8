/**
 * The hypervisor's longest sections with interrupts masked, over a storm of everything that a guest can ask of it, and one request
 * for the status.
 */
import { stat } from 'node:fs/promises';
import { defineHandset, program } from '../config/handset-config.ts';
import type { RunningHandset } from '../handset/running-handset.ts';
import { MEASURING_TIMEOUT_MS } from './instruction-clock.ts';
import type { Section } from './masked-sections.ts';
import type { Measurement } from './measurement.ts';
import { runTraced } from './traced-run.ts';

const FUNCTIONS_SHOWN = 3;
const PATIENCE = { timeoutMs: MEASURING_TIMEOUT_MS } as const;

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

/** Lets the storm pass, asks for the status, and ends in order. Returns how long the log is when the storm has passed. */
async function drive(running: RunningHandset, log: string): Promise<number> {
  await running.hypervisor.expect('storm: off\n', PATIENCE);
  // What comes after this beat of the busy machine is no longer the storm's.
  await running.console('busy').expect('beat ', PATIENCE);
  const { size } = await stat(log);
  await running.status(PATIENCE);
  // Or the order to power off could come in the same interrupt, whose section would have no end.
  await running.console('busy').expect('beat ', PATIENCE);
  await running.powerOff(PATIENCE);
  return size;
}

/** `1234 instructions, most of them in a 700, b 300, c 100`. */
export function sectionText({ instructions, functions }: Section): string {
  const longest = [...functions].sort((a, b) => b[1] - a[1]).slice(0, FUNCTIONS_SHOWN);
  const parts = longest.map(([name, count]) => `${name} ${String(count)}`);
  return `${String(instructions)} instructions, most of them in ${parts.join(', ')}`;
}

/** The figure `key` and where its section is spent. */
function figure(key: string, section: Section | null): [string, number | string][] {
  return section === null ? [] : [[key, section.instructions], [`${key}In`, sectionText(section)]];
}

export const maskedTime: Measurement = {
  keys: ['maskedMax', 'maskedStatus'],
  what: 'how long interrupts are masked',
  async measure(progress) {
    const longest: { storm: Section | null; status: Section | null } = { storm: null, status: null };
    const onSection = (section: Section, end: number, stormEnd: number): void => {
      const phase = end > stormEnd ? 'status' : 'storm';
      if (section.instructions > (longest[phase]?.instructions ?? 0)) longest[phase] = section;
    };
    await runTraced({ handset, drive, onSection }, progress);
    return new Map([...figure('maskedMax', longest.storm), ...figure('maskedStatus', longest.status)]);
  },
};
