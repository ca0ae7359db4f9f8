/**
 * A machine that is paused stands still, in whatever it does, and goes on where it was; the others do not wait for it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineHandset, linux } from 'thimble';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goesOn, newestBeat } from './beats.ts';
import { guest, launched, PATIENCE } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';
import { cpuShares } from './processor-time.ts';

describe('two machines that share a CPU, of which one is paused', () => {
  const handset = launched(
    defineHandset({
      cpus: 1,
      machines: [
        { name: 'one', memoryMib: 4, image: guest('busy'), hideStolenTime: true },
        { name: 'two', memoryMib: 4, image: guest('busy') },
      ],
    }),
  );
  const states = async (): Promise<string[]> => (await handset().status()).machines.map(({ state }) => state);

  test('the other has the CPU alone, and the first its time back', async () => {
    const [one, two] = [handset().console('one'), handset().console('two')];
    await goesOn(one);
    handset().pause('one');
    await handset().hypervisor.expect('one: paused\n', PATIENCE);
    const before = await handset().status();
    const silence = newestBeat(one);
    for (let round = 0; round < 5; round += 1) await goesOn(two);
    expect(newestBeat(one)).toBe(silence);
    const after = await handset().status();
    expect(await states()).toEqual(['paused', 'running']);
    const [first, second] = cpuShares(before, after);
    expect(first).toBe(0);
    expect(second).toBeGreaterThan(0.6);
    handset().resume('one');
    await handset().hypervisor.expect('one: resumed\n', PATIENCE);
    await one.expect(`beat ${silence + 1}\n`, PATIENCE);
    // Its clock stood still: no beats that it has to catch up with.
    expect(one.lines.filter((line) => line.startsWith('beat')).length).toBeLessThan(silence + 20);
  });

  test('it can be reset and stopped as it is; the handset stays on for one that is paused', async () => {
    handset().pause('one');
    await handset().hypervisor.expect('one: paused\n', PATIENCE);
    handset().reset('one');
    await handset().console('one').expect(/^beat 1\n/m, PATIENCE);
    handset().pause('two');
    await handset().hypervisor.expect('two: paused\n', PATIENCE);
    handset().kill('one');
    await handset().hypervisor.expect('one: off\n', PATIENCE);
    expect(await states()).toEqual(['off', 'paused']);
    handset().resume('two');
    await goesOn(handset().console('two'));
    handset().pause('two');
    handset().kill('two');
    expect(await handset().ended).toEqual({ poweredOff: true, code: 0, signal: null });
  });
});

describe('a Linux machine with two vCPUs that is paused in the middle of its work', () => {
  const handset = launched(defineHandset({ cpus: 2, machines: [{ name: 'linux', memoryMib: 128, vcpus: 2, image: linux() }] }));
  beforeAll(() => booted(handset().console('linux')));

  test('goes on, however often', async () => {
    const console = handset().console('linux');
    const work = 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done; echo $i';
    const working = answer(console, `(${work}) & ${work}; wait; echo all`);
    for (let round = 0; round < 20; round += 1) {
      handset().pause('linux');
      handset().resume('linux');
    }
    handset().pause('linux');
    expect((await handset().status()).machines[0]?.state).toBe('paused');
    handset().resume('linux');
    expect((await working).split('\n').at(-1)).toBe('all');
    expect(await answer(console, 'dmesg | grep -ci "lockup\\|stall"')).toBe('0');
  });

  test('takes what was typed meanwhile, as much as its UART holds', async () => {
    const console = handset().console('linux');
    handset().pause('linux');
    console.write('echo typed-$((20 + 3))\n');
    expect((await handset().status()).machines[0]?.state).toBe('paused');
    handset().resume('linux');
    await console.expect('typed-23\n', PATIENCE);
  });
});

describe('a machine whose devices are served by one that is paused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-pausing-'));
  afterAll(() => { rmSync(folder, { recursive: true }); });
  const disk = { file: join(folder, 'pausing.disk'), volumes: [{ name: 'data', sizeMib: 8 }] };
  const handset = launched(defineHandset({ disk, machines: [{ name: 'linux', memoryMib: 128, image: linux(), volumes: [{ name: 'data' }] }] }));
  beforeAll(() => booted(handset().console('linux')));

  test('waits for its disk, does what needs none, and has what it asked for afterwards', async () => {
    const console = handset().console('linux');
    handset().pause('devices');
    await handset().hypervisor.expect('devices: paused\n', PATIENCE);
    console.write('{ dd if=/dev/vda of=/dev/null bs=1M skip=4 count=2 && echo read-$((20 + 3)); } &\n');
    expect(await answer(console, 'sleep 1; echo other work')).toBe('other work');
    expect(console.lines.filter((line) => line.includes('read-23'))).toEqual([]);
    handset().resume('devices');
    await console.expect('read-23\n', PATIENCE);
  });
});
