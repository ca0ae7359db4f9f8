import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeHandset } from './fake-handset.ts';
import { SAMPLE_INTERVAL_MS } from './protocol.ts';
import { Sampler } from './sampler.ts';

let handset: FakeHandset;
let sampler: Sampler;

beforeEach(() => {
  vi.useFakeTimers();
  handset = new FakeHandset();
  sampler = new Sampler(handset, (name) => (name === 'one' ? 77 : null));
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a sample', () => {
  it('has use and rates between two statuses, and none of a machine that does not run', async () => {
    const taken = sampler.sample();
    await vi.runAllTimersAsync();
    const { machines, memoryMib } = await taken;
    expect(memoryMib).toBe(2);
    expect(machines[0]).toMatchObject({ name: 'one', state: 'running', cpuUse: 0.5, exitsPerSecond: 1000, wakeUpsPerSecond: 0, runningSinceMs: 77 });
    expect(machines[1]).toMatchObject({ name: 'two', state: 'off', cpuUse: null, exitsPerSecond: null, runningSinceMs: null });
  });

  it('is one for all who ask at the same time', async () => {
    const all = Array.from({ length: 50 }, () => sampler.sample());
    await vi.runAllTimersAsync();
    await Promise.all(all);
    expect(handset.statuses).toBe(2);
  });
});

describe('while somebody watches', () => {
  it('the hypervisor is asked once a second, however many do, and otherwise never', async () => {
    await vi.advanceTimersByTimeAsync(10 * SAMPLE_INTERVAL_MS);
    expect(handset.statuses).toBe(0);
    const seen = vi.fn();
    const stops = Array.from({ length: 20 }, () => sampler.watch((sample) => void seen(sample)));
    await vi.advanceTimersByTimeAsync(10 * SAMPLE_INTERVAL_MS);
    expect(handset.statuses).toBeGreaterThanOrEqual(9);
    expect(handset.statuses).toBeLessThanOrEqual(12);
    expect(seen.mock.calls.length).toBeGreaterThanOrEqual(20 * 8);
    for (const stop of stops) stop();
    const { statuses } = handset;
    await vi.advanceTimersByTimeAsync(10 * SAMPLE_INTERVAL_MS);
    expect(handset.statuses).toBeLessThanOrEqual(statuses + 1);
  });

  it('a status that does not come is passed over', async () => {
    const seen = vi.fn();
    const failing = vi.spyOn(handset, 'status').mockRejectedValueOnce(new Error('late'));
    sampler.watch(seen);
    await vi.advanceTimersByTimeAsync(5 * SAMPLE_INTERVAL_MS);
    expect(failing).toHaveBeenCalled();
    expect(seen).toHaveBeenCalled();
  });
});
