import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkHandset } from '../config/check.ts';
import { fakeQemu } from '../qemu/fake-program.ts';
import { awaitReady, type NotReady } from './await-ready.ts';
import { RunningHandset } from './running-handset.ts';

const { machines } = checkHandset(
  { machines: ['one', 'two'].map((name) => ({ name, image: { kind: 'linux' } })) },
  'test',
);
const fake = fakeQemu();
const handsets: RunningHandset[] = [];

beforeAll(() => {
  vi.stubEnv('THIMBLE_QEMU', fake.program);
});

afterEach(async () => {
  for (const handset of handsets.splice(0)) await handset.close();
});

afterAll(() => {
  vi.unstubAllEnvs();
  fake.remove();
});

function start(behaviour = 'well'): RunningHandset {
  const handset = new RunningHandset({ machineNames: ['one', 'two'], elfFile: null, qemuArguments: [behaviour] });
  handsets.push(handset);
  return handset;
}

describe('a running handset', () => {
  it('has a console for each machine, both ways', async () => {
    const handset = start();
    await handset.console('two').expect('thimble-ready two');
    handset.console('two').write('hello\n');
    await handset.console('two').expect('hello\n');
    expect(handset.console('one').lines).toEqual(['thimble-ready one 6.1.0 240000 kB']);
  });

  it('answers for its status, which is no part of its console', async () => {
    const handset = start();
    const status = await handset.status();
    expect(status.machines.map(({ name, state }) => `${name} ${state}`)).toEqual(['one running', 'two off']);
    expect(handset.hypervisor.lines.some((line) => line.startsWith('~'))).toBe(false);
  });

  it('passes orders on, and refuses those for machines that are not there', async () => {
    const handset = start();
    handset.reset('one');
    await handset.hypervisor.expect('one: reset\n');
    expect(() => {
      handset.kill('three');
    }).toThrow('no machine is called "three"; there are one, two');
  });

  it('powers off in order', async () => {
    const handset = start();
    await handset.hypervisor.expect('pid');
    expect(await handset.powerOff()).toEqual({ poweredOff: true, code: 0, signal: null });
    await expect(handset.status()).rejects.toThrow('the handset has stopped');
  });

  it('is ended by force when it does not answer', async () => {
    const handset = start('deaf');
    await handset.hypervisor.expect('pid');
    expect((await handset.powerOff({ timeoutMs: 100 })).poweredOff).toBe(false);
  });

  it('leaves no process behind, and tells whoever waits', async () => {
    const handset = start();
    const [, pid = ''] = await handset.hypervisor.expect(/pid (\d+)/);
    const waiting = handset.console('one').expect('never');
    const told = expect(waiting).rejects.toThrow('the handset was stopped before "never" appeared');
    await handset.close();
    await told;
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  });

  it('that QEMU cannot run is refused with what QEMU said', async () => {
    await expect(start('broken').ended).rejects.toThrow('QEMU ended with status 1: something is amiss');
  });
});

describe('waiting until every machine is ready', () => {
  it('reports what each said', async () => {
    const ready = await awaitReady(start(), machines, { timeoutMs: 20_000 });
    expect(ready).toMatchObject([
      { name: 'one', kernelRelease: '6.1.0', memoryKib: 240_000 },
      { name: 'two', kernelRelease: '6.1.0' },
    ]);
  });

  it('ends when one is stopped, and blames that one', async () => {
    const failure = await awaitReady(start('stopping'), machines, { timeoutMs: 20_000 }).catch((error: unknown) => error);
    expect((failure as NotReady).message).toContain('two: stopped: undefined instruction');
    expect((failure as NotReady).consoles.map(({ name }) => name)).toEqual(['two']);
  });

  it('ends after its time, and names who was not ready', async () => {
    const handset = start('slow');
    await handset.console('one').expect('thimble-ready');
    await expect(awaitReady(handset, machines, { timeoutMs: 50 })).rejects.toThrow('two not ready after 0.05 s');
  });
});
