/**
 * Running a handset of measuring guests to its end, and what they said: lines `bench <name> <number>`.
 */
import type { HandsetConfig } from '../config/handset-config.ts';
import { launch } from '../handset/launch.ts';
import { projectRoot } from '../project.ts';
import { Refusal } from '../refusal.ts';
import { MEASURING_TIMEOUT_MS } from './instruction-clock.ts';
import type { Progress } from './measurement.ts';

const LINE = /^bench ([A-Za-z]\w*) (\d+)$/;

export function figuresIn(lines: readonly string[]): Map<string, number> {
  const found = lines.flatMap((line) => {
    const [, key, value] = LINE.exec(line) ?? [];
    return key === undefined ? [] : [[key, Number(value)] as const];
  });
  return new Map(found);
}

/** Each machine's figures, in the order of the configuration, once all of them have powered off. */
export async function guestFigures(handset: HandsetConfig, progress: Progress): Promise<Map<string, number>[]> {
  const running = await launch(handset, { folder: projectRoot, place: 'measure', countInstructions: true, progress });
  const timer = setTimeout(() => {
    void running.close();
  }, MEASURING_TIMEOUT_MS);
  try {
    const { poweredOff } = await running.ended;
    const figures = running.consoles.map(({ lines }) => figuresIn(lines));
    if (!poweredOff || figures.some(({ size }) => size === 0)) {
      const lines = [running.hypervisor, ...running.consoles].flatMap((console) => console.lastLines(8));
      throw new Refusal(`a measuring guest did not finish; the last lines:${lines.map((line) => `\n  ${line}`).join('')}`);
    }
    return figures;
  } finally {
    clearTimeout(timer);
    await running.close();
  }
}
