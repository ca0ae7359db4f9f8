/** Whether a machine that runs `busy` goes on: it prints `beat <n>` ten times a second of its own time. */
import type { Console } from 'thimble';
import { PATIENCE } from './handset-under-test.ts';

const BEATS_TO_COME = 4;

/** The number of the newest beat; 0 before the first. */
export function newestBeat(console: Console): number {
  const line = console.lines.findLast((candidate) => /^beat \d+$/.test(candidate));
  return Number(line?.slice('beat '.length) ?? 0);
}

/** Resolves when some more beats have come. */
export async function goesOn(console: Console): Promise<void> {
  await console.expect(`beat ${newestBeat(console) + BEATS_TO_COME}\n`, PATIENCE);
}
