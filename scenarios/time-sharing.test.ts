/**
 * Processors are shared: machines on one CPU take turns, machines on different CPUs run at the same time, and one that
 * sleeps is woken although another never pauses.
 */
import { defineHandset, linux } from 'thimble';
import { describe, expect, test } from 'vitest';
import { goesOn } from './beats.ts';
import { guest, launched, PATIENCE } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';
import { cpuShares } from './processor-time.ts';

const busy = guest('busy');

describe('two machines that never pause, on one CPU', () => {
  const handset = launched(
    defineHandset({ cpus: 1, machines: ['left', 'right'].map((name) => ({ name, memoryMib: 4, image: busy })) }),
  );

  test('both go on', async () => {
    for (const console of handset().consoles) await goesOn(console);
  });

  test('each gets half of it, and waits for the other half', async () => {
    const before = await handset().status();
    await handset().console('left').expect('beat 30\n', PATIENCE);
    const after = await handset().status();
    for (const share of cpuShares(before, after)) {
      expect(share).toBeGreaterThan(0.4);
      expect(share).toBeLessThan(0.6);
    }
    const stolen = after.machines.map(({ vcpus }, index) => vcpus[0]!.ticksStolen - before.machines[index]!.vcpus[0]!.ticksStolen);
    for (const ticks of stolen) expect(ticks / (after.counter - before.counter)).toBeGreaterThan(0.3);
  });
});

describe('two machines that never pause, on different CPUs', () => {
  const handset = launched(
    defineHandset({ cpus: 2, machines: ['left', 'right'].map((name, cpu) => ({ name, memoryMib: 4, image: busy, cpus: [cpu] })) }),
  );

  test('run at the same time', async () => {
    const before = await handset().status();
    for (const console of handset().consoles) await goesOn(console);
    const shares = cpuShares(before, await handset().status());
    // More than a half each is more than one CPU has.
    for (const share of shares) expect(share).toBeGreaterThan(0.6);
  });
});

describe('machines of different priority on one CPU', () => {
  const handset = launched(
    defineHandset({
      cpus: 1,
      machines: [
        { name: 'low', memoryMib: 4, image: busy },
        { name: 'high', memoryMib: 4, image: busy, priority: 3 },
      ],
    }),
  );

  test('the higher one runs, the lower one waits until that has ended', async () => {
    await goesOn(handset().console('high'));
    const before = await handset().status();
    await goesOn(handset().console('high'));
    const [low = 1, high = 0] = cpuShares(before, await handset().status());
    expect(low).toBe(0);
    expect(high).toBeGreaterThan(0.6);
    handset().kill('high');
    await goesOn(handset().console('low'));
  });
});

describe('a machine with a budget', () => {
  const handset = launched(
    defineHandset({
      cpus: 1,
      machines: [
        { name: 'bounded', memoryMib: 4, image: busy, priority: 3, budget: { us: 2_000, periodUs: 10_000 } },
        { name: 'other', memoryMib: 4, image: busy },
      ],
    }),
  );

  test('gets it before the lower one, and no more', async () => {
    await goesOn(handset().console('bounded'));
    const before = await handset().status();
    for (const console of handset().consoles) await goesOn(console);
    const [bounded = 0, other = 0] = cpuShares(before, await handset().status());
    // Without a budget it would get everything. A busy computer that emulates this delays timers: the exact share is for the tests of the scheduler.
    expect(bounded).toBeGreaterThan(0.05);
    expect(bounded).toBeLessThan(0.5);
    expect(other).toBeGreaterThan(0.5);
  });
});

describe('a Linux machine beside one that never pauses, on one CPU', () => {
  const handset = launched(
    defineHandset({
      cpus: 1,
      machines: [
        { name: 'personal', memoryMib: 256, image: linux() },
        { name: 'busy', memoryMib: 4, image: busy },
      ],
    }),
  );

  test('boots, sleeps, and wakes to answer its shell', async () => {
    await booted(handset().console('personal'));
    expect(await answer(handset().console('personal'), 'sleep 1; echo awake')).toBe('awake');
    await goesOn(handset().console('busy'));
    expect(await answer(handset().console('personal'), 'sleep 1; echo again')).toBe('again');
  });

  test('leaves the CPU to the other while it sleeps', async () => {
    const before = await handset().status();
    await answer(handset().console('personal'), 'sleep 3');
    const [personal = 1, other = 0] = cpuShares(before, await handset().status());
    expect(personal).toBeLessThan(0.2);
    expect(other).toBeGreaterThan(0.6);
  });
});
