/**
 * A real-time machine on the processor of a Linux machine and of one that storms: its task is due every millisecond, and is never
 * left out. Instructions are counted, so that time passes for the handset as on a board, however slow the emulator is.
 */
import { defineHandset, linux, type RunningHandset } from 'thimble';
import { describe, expect, test } from 'vitest';
import { guest, launched, PATIENCE } from './handset-under-test.ts';

/** What the machine says of its periods, a line a second. */
async function second(handset: RunningHandset): Promise<{ readonly periods: number; readonly missed: number }> {
  const [, periods, missed] = await handset.console('control').expect(/periods (\d+) missed (\d+) late \d+ to \d+ ticks\n/, PATIENCE);
  return { periods: Number(periods), missed: Number(missed) };
}

describe('a real-time machine beside Linux and a storm, all on one CPU', () => {
  const handset = launched(
    defineHandset({
      cpus: 1,
      machines: [
        { name: 'control', memoryMib: 4, priority: 7, image: guest('real-time') },
        { name: 'linux', memoryMib: 256, image: linux({ commandLine: 'console=ttyAMA0 quiet thimble.name=linux' }) },
        { name: 'storm', memoryMib: 4, image: guest('storm') },
      ],
    }),
    { countInstructions: true },
  );

  test('keeps every period while Linux boots', async () => {
    expect(await second(handset())).toEqual({ periods: 1000, missed: 0 });
    await handset().console('linux').expect('thimble-ready linux', PATIENCE);
  });

  test('keeps every period of the storm', async () => {
    const exits = async (): Promise<number> => (await handset().status(PATIENCE)).machines[2]?.vcpus[0]?.exits ?? 0;
    const before = await exits();
    // Somebody watches it meanwhile.
    const [reached] = await Promise.all([second(handset()), exits(), exits(), exits()]);
    expect(reached).toEqual({ periods: 2000, missed: 0 });
    // The storm did rage: its console was flooded, and it left the processor's guest level some thousand times.
    expect(handset().console('storm').partialLine).toMatch(/\.{100}/);
    expect((await exits()) - before).toBeGreaterThan(10_000);
  });
});
