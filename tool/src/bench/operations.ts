/**
 * The cost of single operations, as a guest program of ours measures them on a handset of its own.
 *
 * The guest prints a line `bench <key> <number>` for each figure and powers off.
 */
import { resolve } from 'node:path';
import { defineHandset, program } from '../config/handset-config.ts';
import { launch } from '../handset/launch.ts';
import { projectRoot } from '../project.ts';
import { Refusal } from '../refusal.ts';
import { MEASURING_TIMEOUT_MS } from './instruction-clock.ts';

const handset = defineHandset({
  cpus: 1,
  memoryMib: 256,
  machines: [{ name: 'measure', memoryMib: 16, image: program({ entry: 'guests/src/measure.ts', deviceTree: false }) }],
});

const LINE = /^bench ([A-Za-z]\w*) (\d+(?:\.\d+)?)$/;

/** Every figure that the guest printed, by its key. */
export async function measureOperations(progress: (line: string) => void): Promise<Map<string, number>> {
  const running = await launch(handset, {
    folder: resolve(projectRoot),
    place: 'measure',
    countInstructions: true,
    progress,
  });
  const timer = setTimeout(() => {
    void running.close();
  }, MEASURING_TIMEOUT_MS);
  try {
    const { poweredOff } = await running.ended;
    const lines = running.consoles.flatMap((console) => console.lines);
    const figures = new Map(lines.flatMap((line) => [...line.matchAll(new RegExp(LINE, 'g'))].map(([, key = '', value]) => [key, Number(value)])));
    if (!poweredOff || figures.size === 0) {
      const said = [...running.hypervisor.lastLines(), ...lines.slice(-8)].map((line) => `\n  ${line}`).join('');
      throw new Refusal(`the measuring guest did not finish; the last lines:${said}`);
    }
    return figures;
  } finally {
    clearTimeout(timer);
    await running.close();
  }
}
