/**
 * A machine that ends itself, hangs or never stops: it harms nobody but itself, and the tool can end it and start it again.
 */
import { defineHandset } from 'thimble';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { goesOn, newestBeat } from './beats.ts';
import { guest, launched, PATIENCE } from './handset-under-test.ts';
import { lastMisdeed, revived, ROGUE } from './rogue.ts';

const handset = launched(
  defineHandset({
    cpus: 2,
    machines: [
      { name: 'beside', memoryMib: 4, image: guest('busy'), cpus: [0] },
      { name: ROGUE, memoryMib: 4, image: guest('misbehave'), cpus: [0] },
      { name: 'elsewhere', memoryMib: 4, image: guest('busy'), cpus: [1] },
    ],
  }),
);

async function rogueState(): Promise<string> {
  const { machines } = await handset().status();
  return machines[1]!.state;
}

beforeEach(() => revived(handset()));

afterEach(async () => {
  await Promise.all(['beside', 'elsewhere'].map((name) => goesOn(handset().console(name))));
});

describe('a machine that', () => {
  test('faults without exception vectors is stopped, alone, and the console says where', async () => {
    await lastMisdeed(handset(), 'V');
    await handset().hypervisor.expect(/rogue: stopped: [^\n]+ pc=200 esr=8[0-9a-f]{7} far=200 ipa=[0-9a-f]+\n/, PATIENCE);
    expect(await rogueState()).toBe('stopped');
  });

  test('resets itself starts from its image again', async () => {
    await goesOn(handset().console('beside'));
    await lastMisdeed(handset(), 'R');
    await handset().hypervisor.expect('rogue: reset\n', PATIENCE);
    await handset().console(ROGUE).expect('ready to misbehave, life 1\n', PATIENCE);
  });

  test('resets itself over and over is served each time, and does not fill the console', async () => {
    const before = handset().hypervisor.lines.length;
    const beat = newestBeat(handset().console('beside'));
    await lastMisdeed(handset(), 'S');
    // It says so when it has been reset 300 times.
    await handset().console(ROGUE).expect('ready to misbehave, life 1\n', PATIENCE);
    expect(handset().hypervisor.lines.length - before).toBeLessThan(100);
    await handset().console('beside').expect(`beat ${beat + 1}\n`, PATIENCE);
  });

  test.each([
    ['powers itself off', 'O'],
    ['turns its only vCPU off', 'C'],
  ])('%s is off', async (_, key) => {
    await lastMisdeed(handset(), key);
    await handset().hypervisor.expect('rogue: off\n', PATIENCE);
    expect(await rogueState()).toBe('off');
  });

  test.each([
    ['spins with interrupts masked', 'M'],
    ['takes one exception in another for ever', 'x'],
    ['aborts in its own abort handler for ever', 'X'],
    ['ends interrupts that come again at once', 'I'],
    ['prints without end', 'L'],
    ['prints without end or manners', 'l'],
    ['waits for interrupts that are always there', 'z'],
    ['sleeps for ever', 'Z'],
  ])('%s leaves the others their turn, and can be ended', async (_, key) => {
    await lastMisdeed(handset(), key);
    const before = await handset().status();
    await goesOn(handset().console('beside'));
    const after = await handset().status();
    const stolen = after.machines[0]!.vcpus[0]!.ticksRun - before.machines[0]!.vcpus[0]!.ticksRun;
    expect(stolen / (after.counter - before.counter)).toBeGreaterThan(0.3);
    handset().kill(ROGUE);
    await handset().hypervisor.expect('rogue: off\n', PATIENCE);
    expect(await rogueState()).toBe('off');
  });

  test('sleeps for ever costs nothing', async () => {
    await lastMisdeed(handset(), 'Z');
    await goesOn(handset().console('beside'));
    const before = await handset().status();
    await goesOn(handset().console('beside'));
    const after = await handset().status();
    expect(after.machines[1]!.vcpus[0]!.ticksRun).toBe(before.machines[1]!.vcpus[0]!.ticksRun);
    expect(after.machines[1]!.vcpus[0]!.state).toBe('waiting');
  });
});
