/**
 * How often a CPU wakes up for nothing while its machines are idle. Two machines sleep a second ten times each: the CPU has to wake up
 * for each of these timers, and goes back to sleep after all but the last one, which powers the handset off.
 */
import { defineHandset, program } from '../config/handset-config.ts';
import { MEASURING_TIMEOUT_MS } from './instruction-clock.ts';
import type { Measurement } from './measurement.ts';
import { runTraced } from './traced-run.ts';

/** Timers that both machines together set (guests/src/idle.ts). */
const TIMERS = 20;

const image = program({ entry: 'guests/src/idle.ts', deviceTree: false });
const handset = defineHandset({
  cpus: 1,
  memoryMib: 256,
  machines: ['left', 'right'].map((name) => ({ name, memoryMib: 4, image })),
});

export const idleWakeUps: Measurement = {
  keys: ['idleWakeUps'],
  what: 'two idle machines for 10 s of their time',
  async measure(progress) {
    let sleeps = 0;
    await runTraced(
      {
        handset,
        drive: async (running) => {
          const timer = setTimeout(() => void running.close(), MEASURING_TIMEOUT_MS);
          await running.ended.finally(() => {
            clearTimeout(timer);
          });
        },
        onSection: ({ isIdle }) => {
          if (isIdle) sleeps += 1;
        },
      },
      progress,
    );
    // One sleep before the first timer, and one after each but the last. Timers that fire together leave fewer.
    return new Map([['idleWakeUps', Math.max(0, sleeps - TIMERS)]]);
  },
};
