/**
 * A machine that does what it must not, and gets the architecture's own answer. After each misdeed the machine beside it
 * on the same CPU and the one on the other CPU go on, and so does the rogue itself, which is told what it did wrong.
 */
import { defineHandset } from 'thimble';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { goesOn } from './beats.ts';
import { guest, launched, PATIENCE } from './handset-under-test.ts';
import { misdeed, revived, ROGUE } from './rogue.ts';

const handset = launched(
  defineHandset({
    cpus: 2,
    machines: [
      { name: 'beside', memoryMib: 4, image: guest('busy'), cpus: [0] },
      { name: ROGUE, memoryMib: 4, image: guest('misbehave'), cpus: [0] },
      { name: 'elsewhere', memoryMib: 4, image: guest('busy'), cpus: [1] },
      { name: 'twin', memoryMib: 4, image: guest('misbehave'), cpus: [0] },
    ],
  }),
);

beforeEach(() => revived(handset()));

afterEach(async () => {
  await Promise.all(['beside', 'elsewhere'].map((name) => goesOn(handset().console(name))));
  const { machines } = await handset().status();
  expect(machines.map(({ state }) => state)).toEqual(['running', 'running', 'running', 'running']);
});

/** The hypervisor's line about a fault of the rogue. */
function faultLine(what: string, far: string): RegExp {
  return new RegExp(`rogue: ${what} pc=400[89a-f][0-9a-f]{4} esr=[0-9a-f]{8} far=${far} ipa=${far}\\n`);
}

describe('addresses', () => {
  test('without anything behind them abort: load, store, byte and exclusive load', async () => {
    expect(await misdeed(handset(), 'u')).toEqual([
      'load: fault esr=96000010 far=30000000',
      'store: fault esr=96000050 far=30000008',
      'load of a byte: fault esr=96000010 far=30000011',
      'exclusive load: fault esr=96000010 far=30000000',
    ]);
    await handset().hypervisor.expect(faultLine('data abort', '30000000'), PATIENCE);
  });

  test('past the end of its RAM are not there', async () => {
    expect(await misdeed(handset(), 'e')).toEqual(['RAM ends: at=40400000', 'store past the end: fault esr=96000050 far=40400000']);
    await handset().hypervisor.expect(faultLine('data abort', '40400000'), PATIENCE);
  });

  test('of the board’s own devices are not there', async () => {
    expect(await misdeed(handset(), 'b')).toEqual([
      'flash: fault esr=96000010 far=0',
      'GICH: fault esr=96000010 far=8030000',
      'redistributor of another CPU: fault esr=96000010 far=80c0000',
      'fw_cfg: fault esr=96000010 far=9020000',
      'PCIe memory: fault esr=96000010 far=10000000',
      'PCIe ports: fault esr=96000010 far=3eff0000',
      'PCIe configuration: fault esr=96000010 far=4010000000',
      'past all address bits: fault esr=96000010 far=fffffffff8',
    ]);
  });

  test('without anything behind them cannot be jumped to', async () => {
    expect(await misdeed(handset(), 'j')).toEqual(['jump: fault esr=86000010 far=30000000']);
    await handset().hypervisor.expect(/rogue: instruction abort pc=30000000 esr=[0-9a-f]{8} far=30000000 ipa=30000000\n/, PATIENCE);
  });

  test('are no place for translation tables if nothing, or a device, is there', async () => {
    const lines = await misdeed(handset(), 't');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^table nowhere: fault esr=9600001[0-7] far=80000000$/);
    expect(lines[1]).toMatch(/^table in a device: fault esr=9600005[0-7] far=c0000000$/);
  });

  test('are told of on the console a few times in a life, not without end', async () => {
    const before = handset().hypervisor.lines.length;
    for (let i = 0; i < 5; i += 1) await misdeed(handset(), 'b');
    await handset().status();
    const told = handset().hypervisor.lines.slice(before).filter((line) => line.startsWith('rogue: data abort'));
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(20);
  });
});

describe('devices', () => {
  test('take unaligned, vector and line-wide accesses as they like, or abort', async () => {
    const lines = await misdeed(handset(), 'T');
    expect(lines[0]).toMatch(/^vector load from a device: fault esr=960000\d\d far=8000000$/);
  });

  test('abort on accesses whose syndrome does not describe them', async () => {
    expect(await misdeed(handset(), 'p')).toEqual([
      'pair load: fault esr=96000010 far=8000000',
      'pair store: fault esr=96000050 far=8000100',
      'load with writeback: fault esr=96000010 far=9000018',
      'store with writeback: fault esr=96000050 far=80a0008',
      'exclusive pair: fault esr=96000010 far=9000024',
    ]);
  });

  test('bear nonsense in every register of the interrupt controller', async () => {
    const [line = ''] = await misdeed(handset(), 'g');
    expect(line).toMatch(/^interrupt controller: typer=2480002 /);
  });

  test('bear nonsense in every register of the console', async () => {
    expect(await misdeed(handset(), 'a')).toEqual(['uart: faults=0']);
  });
});

describe('registers', () => {
  test('of the hypervisor are undefined', async () => {
    const [line = ''] = await misdeed(handset(), 'r');
    const [, undefinedOnes, all] = /^forbidden: (\d+) undefined of (\d+)$/.exec(line) ?? [];
    expect(Number(all)).toBeGreaterThan(60);
    expect(undefinedOnes).toBe(all);
  });

  test('that a processor has only once have no effect', async () => {
    expect(await misdeed(handset(), 'h')).toEqual(['hidden: left=0 faults=0']);
  });

  test('of the vector unit are each machine’s own', async () => {
    for (const name of [ROGUE, 'twin']) {
      const [found = ''] = await misdeed(handset(), 'f', name);
      expect(found).toMatch(/^vectors: found=[0-9a-f]+ changed=0$/);
    }
    for (const name of [ROGUE, 'twin', ROGUE]) expect(await misdeed(handset(), 'F', name)).toEqual(['vectors: changed=0']);
  });

  test('of the vector unit start empty, whatever another machine left in them', async () => {
    await misdeed(handset(), 'f', 'twin');
    expect(await misdeed(handset(), 'f')).toEqual(['vectors: found=0 changed=0']);
  });
});

describe('instructions', () => {
  test('that do not exist are undefined', async () => {
    const [line = ''] = await misdeed(handset(), 'i');
    expect(line).toMatch(/^undefined instruction: fault esr=2000000 /);
  });

  test('that drop caches and translations, thousands of times, hurt nobody', async () => {
    expect(await misdeed(handset(), 'm')).toEqual(['maintenance: done']);
  });

  test('that call the firmware with nonsense are answered', async () => {
    expect(await misdeed(handset(), 's')).toEqual(['smc: x0=ffffffffffffffff']);
    const [line = ''] = await misdeed(handset(), 'c');
    const [, refused, all] = /^calls: (\d+) not supported of (\d+)$/.exec(line) ?? [];
    expect(Number(all)).toBe(10_000);
    expect(Number(refused)).toBeGreaterThan(5000);
  });
});

test('programs at EL0, 64-bit and 32-bit, get their exceptions from where they were', async () => {
  expect(await misdeed(handset(), '0')).toEqual([
    'wait in A64: exceptions=1 esr=56000001',
    'wait in A32: exceptions=1 esr=46000002',
    'wait in T32: exceptions=1 esr=44000003',
    'load in A64: exceptions=1 esr=92000010',
    'load in A32: exceptions=1 esr=92000010',
    'debug register in A32: exceptions=1 esr=2000000',
    'hypercall in A64: exceptions=1 esr=2000000',
  ]);
});

test('timers bear any value', async () => {
  expect(await misdeed(handset(), 'w')).toEqual(['timers: done']);
});

test('bytes that look like another console’s stay on its own console', async () => {
  const lines = await misdeed(handset(), 'd');
  expect(lines).toHaveLength(0x62 - 0x3f + 1);
  expect(lines).toContain('\x10Aforged');
  expect(lines).toContain('\x10@forged');
  const others = [handset().hypervisor, ...handset().consoles.filter(({ name }) => name !== ROGUE)];
  for (const console of others) expect([...console.lines, console.partialLine].join('\n')).not.toContain('forged');
});
