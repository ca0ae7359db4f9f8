/** All measurements, quick ones first, and a run of some of them. */
import { imageSize, ramHeld } from './bytes-held.ts';
import { disk, network } from './device-taxes.ts';
import { idleWakeUps } from './idle-wake-ups.ts';
import { linuxPingPong, linuxTaxes } from './linux-taxes.ts';
import { maskedTime } from './masked-time.ts';
import type { Measurement, Progress } from './measurement.ts';
import { interProcessor, machineSwitch, operations } from './operations.ts';
import { realTimeLatency } from './real-time-latency.ts';
import { Refusal } from '../refusal.ts';
import { screens } from './screens.ts';
import { cpuMeter, idleOnScreen } from './still-screens.ts';

export const MEASUREMENTS: readonly Measurement[] = [
  imageSize, operations, interProcessor, machineSwitch, ramHeld, maskedTime, idleWakeUps, screens, cpuMeter, idleOnScreen, disk, network, linuxTaxes, linuxPingPong, realTimeLatency,
];

export interface Results {
  /** Figures and details by key. */
  readonly measured: ReadonlyMap<string, number>;
  readonly texts: ReadonlyMap<string, string>;
  /** Why there is no figure, by key. */
  readonly failures: ReadonlyMap<string, string>;
}

/** The measurements that yield `keys`; all of them where no key is given. */
export function measurementsFor(keys: readonly string[], all = MEASUREMENTS): readonly Measurement[] {
  const known = all.flatMap((measurement) => measurement.keys);
  const unknown = keys.filter((key) => !known.includes(key));
  if (unknown.length > 0) throw new Refusal(`bench: no figure is called ${unknown.join(' or ')}; there are ${known.join(', ')}`);
  return keys.length === 0 ? all : all.filter((measurement) => measurement.keys.some((key) => keys.includes(key)));
}

/** Runs one after the other. One that fails costs its own figures only. */
export async function run(measurements: readonly Measurement[], progress: Progress): Promise<Results> {
  const measured = new Map<string, number>();
  const texts = new Map<string, string>();
  const failures = new Map<string, string>();
  for (const measurement of measurements) {
    const { keys } = measurement;
    progress(`measuring ${measurement.what}`);
    try {
      for (const [key, value] of await measurement.measure(progress)) {
        if (typeof value === 'string') texts.set(key, value);
        else measured.set(key, value);
      }
      for (const key of keys) if (!measured.has(key)) failures.set(key, 'the measuring guest did not tell it');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      for (const key of keys) failures.set(key, reason);
    }
  }
  return { measured, texts, failures };
}
