/**
 * How machines end and begin again, of their own accord and on orders from the tool, while the others go on.
 */
import { defineHandset } from 'thimble';
import { describe, expect, test } from 'vitest';
import { goesOn, newestBeat } from './beats.ts';
import { guest, launched, PATIENCE } from './handset-under-test.ts';
import { cpuShares } from './processor-time.ts';

describe('a machine that powers itself off', () => {
  const handset = launched(
    defineHandset({
      cpus: 1,
      machines: [
        { name: 'hello', memoryMib: 2, image: guest('hello') },
        { name: 'busy', memoryMib: 4, image: guest('busy') },
      ],
    }),
  );

  test('is off, and the other goes on', async () => {
    await handset().console('hello').expect('hello from a machine in TypeScript\n', PATIENCE);
    await handset().hypervisor.expect('hello: off\n', PATIENCE);
    await goesOn(handset().console('busy'));
    const { machines } = await handset().status();
    expect(machines.map(({ name, state }) => `${name} ${state}`)).toEqual(['hello off', 'busy running']);
    expect(machines[0]!.vcpus.map(({ state }) => state)).toEqual(['off']);
  });

  test('can be started again, and runs from its beginning', async () => {
    handset().start('hello');
    await handset().hypervisor.expect('hello: started\n', PATIENCE);
    await handset().console('hello').expect('hello from a machine in TypeScript\n', PATIENCE);
    await handset().hypervisor.expect('hello: off\n', PATIENCE);
  });

  test('takes the board with it when it is the last', async () => {
    handset().kill('busy');
    await handset().hypervisor.expect('busy: off\n', PATIENCE);
    expect(await handset().ended).toEqual({ poweredOff: true, code: 0, signal: null });
  });
});

describe('orders of the tool', () => {
  const handset = launched(
    defineHandset({
      cpus: 2,
      machines: [
        { name: 'one', memoryMib: 4, image: guest('busy'), cpus: [0] },
        { name: 'two', memoryMib: 4, image: guest('busy'), cpus: [0] },
        { name: 'three', memoryMib: 4, image: guest('busy'), cpus: [1] },
      ],
    }),
  );

  test('reset starts a machine from its image', async () => {
    const one = handset().console('one');
    await one.expect('beat 5\n', PATIENCE);
    handset().reset('one');
    await handset().hypervisor.expect('one: reset\n', PATIENCE);
    await one.expect(/^beat 1\n/m, PATIENCE);
    await goesOn(one);
  });

  test('kill stops one at once, whatever it is doing, and the others go on', async () => {
    for (const name of ['one', 'three']) {
      handset().kill(name);
      await handset().hypervisor.expect(`${name}: off\n`, PATIENCE);
    }
    const before = await handset().status();
    const silence = newestBeat(handset().console('one'));
    await goesOn(handset().console('two'));
    const after = await handset().status();
    expect(newestBeat(handset().console('one'))).toBe(silence);
    expect(after.machines.map(({ state }) => state)).toEqual(['off', 'running', 'off']);
    const [one, two, three] = cpuShares(before, after);
    expect([one, three]).toEqual([0, 0]);
    expect(two).toBeGreaterThan(0.6);
  });

  test('start brings it back', async () => {
    for (const name of ['three', 'one']) {
      handset().start(name);
      await handset().hypervisor.expect(`${name}: started\n`, PATIENCE);
    }
    for (const console of handset().consoles) await goesOn(console);
    const { machines } = await handset().status();
    expect(machines.map(({ state }) => state)).toEqual(['running', 'running', 'running']);
  });

  test('that make no sense change nothing', async () => {
    handset().start('one');
    const DLE = 0x10;
    handset().writeSerial(Buffer.from([DLE, 0x72, 0x60, DLE, 0x6b, 0x20, DLE, 0x73, DLE, DLE, 0x05, DLE, 0x7a]));
    for (const console of handset().consoles) await goesOn(console);
    const { machines } = await handset().status();
    expect(machines.map(({ state }) => state)).toEqual(['running', 'running', 'running']);
  });

  test('powering off ends them all', async () => {
    expect((await handset().powerOff()).poweredOff).toBe(true);
  });
});

describe('a machine that never reads what was typed', () => {
  const handset = launched(
    defineHandset({
      cpus: 1,
      machines: ['deaf', 'other'].map((name) => ({ name, memoryMib: 4, image: guest('busy') })),
    }),
  );

  test('does not keep the tool from giving orders', async () => {
    handset().console('deaf').write('x'.repeat(1000));
    await handset().status();
    handset().kill('deaf');
    await handset().hypervisor.expect('deaf: off\n', PATIENCE);
    await goesOn(handset().console('other'));
  });
});
