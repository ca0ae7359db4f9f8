/** Figures of machines as a person reads them, the same on the command line and in the page. */

const MS_A_SECOND = 1000;
const SECONDS_A_MINUTE = 60;
const SECONDS_AN_HOUR = 3600;
const SECONDS_A_DAY = 86_400;
/** What stands where there is nothing to say. */
export const NOTHING = '–';

export function percentText(share: number | null): string {
  return share === null ? NOTHING : `${(share * 100).toFixed(1)} %`;
}

/** A rate a second: whole from 10 on, with a comma between thousands. */
export function rateText(rate: number | null): string {
  if (rate === null) return NOTHING;
  return rate < 10 && rate > 0 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en-US');
}

/** The two largest units: `12 s`, `3 min 5 s`, `2 h 0 min`, `4 d 1 h`. */
export function durationText(durationMs: number | null): string {
  if (durationMs === null) return NOTHING;
  const seconds = Math.max(0, Math.floor(durationMs / MS_A_SECOND));
  const units = [
    ['d', Math.floor(seconds / SECONDS_A_DAY)],
    ['h', Math.floor((seconds % SECONDS_A_DAY) / SECONDS_AN_HOUR)],
    ['min', Math.floor((seconds % SECONDS_AN_HOUR) / SECONDS_A_MINUTE)],
    ['s', seconds % SECONDS_A_MINUTE],
  ] as const;
  const first = units.findIndex(([, amount]) => amount > 0);
  return units
    .slice(first < 0 ? -1 : first)
    .slice(0, 2)
    .map(([unit, amount]) => `${String(amount)} ${unit}`)
    .join(' ');
}

/** `1 on CPU 0`, `2 on CPU 0, 1`. */
export function cpusText(vcpus: number, cpus: readonly number[]): string {
  return `${String(vcpus)} on CPU ${cpus.join(', ')}`;
}
