/** Two Linux machines that want the same processor: one sees how much of it others had, the other is to see none of that. */
import { defineHandset, linux } from 'thimble';
import { describe, expect, test } from 'vitest';
import { launched } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';

describe('two Linux machines at work on one CPU', () => {
  const handset = launched(
    defineHandset({
      cpus: 1,
      machines: [
        { name: 'told', memoryMib: 128, image: linux() },
        { name: 'spared', memoryMib: 128, image: linux(), hideStolenTime: true },
      ],
    }),
  );

  test('the one accounts the time that it did not get as stolen', async () => {
    const told = handset().console('told');
    await Promise.all(handset().consoles.map(booted));
    expect(await answer(told, 'dmesg | grep -c "using stolen time PV"')).toBe('1');
    for (const console of handset().consoles) await answer(console, '(while :; do :; done) & true');
    const stolen = async (): Promise<number> => Number(await answer(told, "awk '/^cpu / { print $9 }' /proc/stat"));
    const before = await stolen();
    await answer(told, 'sleep 3');
    // Hundredths of a second: about every other one.
    expect((await stolen()) - before).toBeGreaterThan(30);
  });

  test('for the other it has not passed', async () => {
    const [told, spared] = [handset().console('told'), handset().console('spared')];
    expect(await answer(spared, "awk '/^cpu / { print $9 }' /proc/stat")).toBe('0');
    const upTime = async (console: typeof told): Promise<number> => Number(await answer(console, 'cut -d " " -f 1 /proc/uptime'));
    const before = await Promise.all([upTime(told), upTime(spared)]);
    await answer(told, 'sleep 3');
    const after = await Promise.all([upTime(told), upTime(spared)]);
    const [toldSeconds = 0, sparedSeconds = 0] = after.map((seconds, index) => seconds - (before[index] ?? 0));
    expect(toldSeconds).toBeGreaterThanOrEqual(3);
    expect(sparedSeconds).toBeLessThan(0.8 * toldSeconds);
  });
});
