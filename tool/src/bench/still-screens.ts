/**
 * What screens cost while nobody draws on them: the meters' looks while a machine computes, and how often a CPU wakes up while all sleep.
 */
import { defineHandset, type MachineConfig, program } from '../config/handset-config.ts';
import { launch } from '../handset/launch.ts';
import { projectRoot } from '../project.ts';
import { Refusal } from '../refusal.ts';
import { figuresIn } from './guest-figures.ts';
import { MEASURING_TIMEOUT_MS } from './instruction-clock.ts';
import type { Section } from './masked-sections.ts';
import type { Measurement } from './measurement.ts';
import { runTraced } from './traced-run.ts';

const PATIENCE = { timeoutMs: MEASURING_TIMEOUT_MS } as const;
/** Timers that guests/src/idle-on-screen.ts sets between its two marks. */
const TIMERS = 10;
/** Of the function of the hypervisor's that those marks call, and nobody does between them. */
const MARK = 'virtual_distributor_accessRedistributor';

function machine(name: string, guest: string): MachineConfig {
  return { name, memoryMib: 16, cpus: [0], image: program({ entry: `guests/src/${guest}.ts`, deviceTree: false }), screen: true };
}

/** The second machine waits for its console, and nobody types. */
const idle = defineHandset({ cpus: 1, memoryMib: 256, machines: [machine('first', 'idle-on-screen'), machine('second', 'measure-screen')] });
const computing = defineHandset({ cpus: 1, memoryMib: 256, machines: [machine('first', 'measure-meter'), machine('second', 'measure-screen')] });

export const idleOnScreen: Measurement = {
  keys: ['idleWakeUpsOnScreen'],
  what: 'two idle machines on the panel for 10 s of their time',
  async measure(progress) {
    let sleeps = 0;
    /** Before each mark. */
    const between: number[] = [];
    const onSection = ({ isIdle, functions }: Section): void => {
      if (functions.has(MARK)) between.push(sleeps);
      if (isIdle) sleeps += 1;
    };
    const drive = async (running: Awaited<ReturnType<typeof launch>>): Promise<void> => {
      await running.hypervisor.expect('first: off\n', PATIENCE);
      await running.powerOff(PATIENCE);
    };
    await runTraced({ handset: idle, drive, onSection }, progress);
    const [from, to] = between.slice(-2);
    if (from === undefined || to === undefined || to - from < TIMERS) throw new Refusal('the idle machine left no marks in the trace');
    return new Map([['idleWakeUpsOnScreen', to - from - TIMERS]]);
  },
};

export const cpuMeter: Measurement = {
  keys: ['cpuMeter'],
  what: 'the meters of two machines on the panel',
  async measure(progress) {
    const running = await launch(computing, { folder: projectRoot, place: 'measure', countInstructions: true, progress });
    try {
      await running.hypervisor.expect('first: off\n', PATIENCE);
      return figuresIn(running.console('first').lines);
    } finally {
      await running.close();
    }
  },
};
