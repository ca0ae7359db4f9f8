import { describe, expect, it } from 'vitest';
import { Refusal } from '../refusal.ts';
import { checkHandset } from './check.ts';
import { defineHandset, flat, linux, program } from './handset-config.ts';

function refusal(config: unknown): string {
  try {
    checkHandset(config, 'c.ts');
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    return (error as Refusal).message;
  }
  throw new Error('nothing was refused');
}

const good = { name: 'one', image: linux() };

describe('a good configuration', () => {
  it('gets every default', () => {
    const handset = checkHandset(defineHandset({ machines: [good] }), 'c.ts');
    expect(handset).toMatchObject({ cpu: 'cortex-a53', cpus: 2, memoryMib: 1024 });
    expect(handset.board.name).toBe('qemu-virt');
    expect(handset.machines[0]).toMatchObject({ memoryMib: 256, vcpus: 1, cpus: null, priority: 0, ready: null });
  });

  it('may share a CPU out to its last microsecond', () => {
    const machines = ['one', 'two', 'three'].map((name) => ({ ...good, name, cpus: [0], budget: { us: 10, periodUs: 30 } }));
    expect(checkHandset(defineHandset({ machines }), 'c.ts').machines.map(({ budget }) => budget?.us)).toEqual([10, 10, 10]);
  });

  it('may have a 32-bit kernel where the CPU has AArch32 at EL1', () => {
    for (const board of ['qemu-virt', 'qemu-virt-gicv2', 'raspi3b', 'xlnx-zcu102'] as const) {
      checkHandset(defineHandset({ board, machines: [{ name: 'old', image: linux({ architecture: 'arm' }) }] }), 'c.ts');
    }
  });

  it('may have more vCPUs than the board has CPUs', () => {
    const handset = checkHandset(defineHandset({ cpus: 1, machines: [{ ...good, vcpus: 8 }] }), 'c.ts');
    expect(handset.machines[0]?.vcpus).toBe(8);
  });

  it('has as many vCPUs as it pins, unless it says otherwise', () => {
    const handset = checkHandset(defineHandset({ machines: [{ ...good, cpus: [0, 1] }] }), 'c.ts');
    expect(handset.machines[0]?.vcpus).toBe(2);
  });
});

describe('a bad configuration is refused by the name of its field:', () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    ['no object', 3, 'c.ts: the default export: expected an object, got 3'],
    ['nothing', undefined, 'c.ts: the default export: is missing'],
    [
      'a 32-bit kernel on a CPU of 64 bits',
      { cpu: 'neoverse-n1', machines: [{ name: 'old', image: linux({ architecture: 'arm' }) }] },
      'c.ts: machines[0].image.architecture: AArch32 at EL1, which neoverse-n1 does not have; qemu-virt may have cortex-a53, cortex-a57, cortex-a72, cortex-a35, max',
    ],
    [
      'an architecture that is none',
      { machines: [{ name: 'old', image: { kind: 'linux', architecture: 'armhf' } }] },
      'c.ts: machines[0].image.architecture: expected "arm64" or "arm", got "armhf"',
    ],
    [
      'a 32-bit kernel from backports',
      { machines: [{ name: 'old', image: { kind: 'linux', architecture: 'arm', release: 'backports' } }] },
      'c.ts: machines[0].image: has a release, of which there are 64-bit kernels only; leave it or the architecture out',
    ],
    ['no machines', {}, 'c.ts: machines: is missing'],
    ['an empty list', { machines: [] }, 'c.ts: machines: is empty; define at least one machine'],
    ['an unknown field', { machines: [good], colour: 1 }, 'c.ts: colour: unknown field; check its spelling'],
    [
      'an unknown field of a machine',
      { machines: [good, { ...good, name: 'two', memory: 4 }] },
      'c.ts: machines[1].memory: unknown field; check its spelling',
    ],
    [
      'an unknown field of an image',
      { machines: [{ name: 'one', image: { kind: 'linux', kernle: 'x' } }] },
      'c.ts: machines[0].image.kernle: unknown field; check its spelling',
    ],
    [
      'a wrong type',
      { machines: [{ ...good, memoryMib: 'lots' }] },
      'c.ts: machines[0].memoryMib: expected a number, got "lots"',
    ],
    [
      'a fraction',
      { machines: [{ ...good, memoryMib: 2.5 }] },
      'c.ts: machines[0].memoryMib: expected a whole number, got 2.5',
    ],
    ['odd memory', { machines: [{ ...good, memoryMib: 3 }] }, 'c.ts: machines[0].memoryMib: must be a multiple of 2, got 3'],
    [
      'too much for one machine',
      { machines: [{ ...good, memoryMib: 4096 }] },
      'c.ts: machines[0].memoryMib: must be at most 3072, got 4096',
    ],
    ['a bad priority', { machines: [{ ...good, priority: -1 }] }, 'c.ts: machines[0].priority: must be at least 0, got -1'],
    [
      'a bad name',
      { machines: [{ ...good, name: 'Ünix' }] },
      'c.ts: machines[0].name: must be 1 to 15 of a-z, 0-9 and -, and start with a letter, got "Ünix"',
    ],
    [
      'a duplicate name',
      { machines: [good, good] },
      'c.ts: machines[1].name: "one" is also the name of machines[0]',
    ],
    [
      'an image that is none',
      { machines: [{ name: 'one', image: 'vmlinuz' }] },
      'c.ts: machines[0].image: expected an object, got "vmlinuz"',
    ],
    [
      'an image of no kind',
      { machines: [{ name: 'one', image: {} }] },
      'c.ts: machines[0].image: expected linux({…}), flat({…}), uBoot() or program({…}), got {}',
    ],
    [
      'a Linux of a release and of a file',
      { machines: [{ name: 'one', image: linux({ release: 'backports', kernel: 'Image' }) }] },
      'c.ts: machines[0].image: has both a release and a kernel; leave one out',
    ],
    [
      'a Linux of an unknown release',
      { machines: [{ name: 'one', image: { kind: 'linux', release: 'sid' } }] },
      'c.ts: machines[0].image.release: expected "backports", got "sid"',
    ],
    ['no image', { machines: [{ name: 'one' }] }, 'c.ts: machines[0].image: is missing'],
    [
      'a flat image without a file',
      { machines: [{ name: 'one', image: { kind: 'flat' } }] },
      'c.ts: machines[0].image.file: is missing',
    ],
    [
      'an unaligned load offset',
      { machines: [{ name: 'one', image: flat({ file: 'a', loadOffset: 5 }) }] },
      'c.ts: machines[0].image.loadOffset: must be a multiple of 4096, got 5',
    ],
    ['an unknown board', { board: 'pixel', machines: [good] }, 'c.ts: board: expected "qemu-virt" or "qemu-virt-gicv2" or "raspi3b" or "xlnx-zcu102", got "pixel"'],
    ['an unknown CPU', { cpu: 'z80', machines: [good] }, 'c.ts: cpu: qemu-virt has cortex-a53, cortex-a57, cortex-a72, cortex-a35, cortex-a76, neoverse-n1, a64fx, max, got "z80"'],
    ['fewer CPUs than the board has', { board: 'raspi3b', cpus: 2, machines: [good] }, 'c.ts: cpus: raspi3b has at least 4 CPUs, got 2'],
    ['less memory than the board has', { board: 'raspi3b', memoryMib: 512, machines: [good] }, 'c.ts: memoryMib: raspi3b has at least 1024 MiB, got 512'],
    ['more CPUs than the board has', { cpus: 9, machines: [good] }, 'c.ts: cpus: qemu-virt has at most 8 CPUs, got 9'],
    [
      'more vCPUs than there can be',
      { memoryMib: 4096, machines: Array.from({ length: 9 }, (_, index) => ({ ...good, name: `m${String(index)}`, vcpus: 8 })) },
      'c.ts: machines: they have 72 vCPUs together; at most 64 can be run',
    ],
    [
      'a CPU that the board has not',
      { machines: [{ ...good, cpus: [2] }] },
      'c.ts: machines[0].cpus[0]: CPU 2, and the board has CPUs 0 to 1',
    ],
    [
      'more vCPUs than pins',
      { machines: [{ ...good, vcpus: 2, cpus: [0] }] },
      'c.ts: machines[0].cpus: names 1 CPUs for 2 vCPUs; give one for each',
    ],
    [
      'more memory than the board has',
      { memoryMib: 256, machines: [good, { ...good, name: 'two' }] },
      'c.ts: machines: they want 512 MiB together, the board has 256 MiB; lower machines[n].memoryMib or raise memoryMib',
    ],
    [
      'stolen time hidden from two vCPUs',
      { machines: [{ ...good, vcpus: 2, hideStolenTime: true }] },
      'c.ts: machines[0].hideStolenTime: 2 vCPUs have one virtual counter, which cannot stand still for one of them; give it one vCPU',
    ],
    [
      'a budget of more than its period',
      { machines: [{ ...good, budget: { us: 200, periodUs: 100 } }] },
      'c.ts: machines[0].budget: 200 µs do not fit into a period of 100 µs; lower us or raise periodUs',
    ],
    [
      'a budget without a period',
      { machines: [{ ...good, budget: { us: 200 } }] },
      'c.ts: machines[0].budget.periodUs: is missing',
    ],
    [
      'budgets of more than a CPU',
      {
        cpus: 2,
        machines: [
          { ...good, cpus: [1], budget: { us: 600, periodUs: 1000 } },
          { ...good, name: 'two', cpus: [1, 1], budget: { us: 2500, periodUs: 10_000 } },
        ],
      },
      'c.ts: machines: the budgets on CPU 1 are 110 % of it: one (vCPU 0) 60 %, two (vCPU 0) 25 %, two (vCPU 1) 25 %; lower budget.us, or pin a machine elsewhere with cpus',
    ],
    [
      'budgets of more than the CPU that they are dealt',
      {
        cpus: 2,
        machines: ['one', 'free', 'three'].map((name) => ({ name, image: linux(), ...(name !== 'free' && { budget: { us: 51, periodUs: 100 } }) })),
      },
      'c.ts: machines: the budgets on CPU 0 are 102 % of it: one (vCPU 0) 51 %, three (vCPU 0) 51 %;',
    ],
    [
      'a ready mark that is no expression',
      { machines: [{ ...good, ready: 'login' }] },
      'c.ts: machines[0].ready: expected a regular expression, as in /login:/, got "login"',
    ],
    [
      'an endless command line',
      { machines: [{ name: 'one', image: linux({ commandLine: 'x'.repeat(3000) }) }] },
      'c.ts: machines[0].image.commandLine: is longer than the 2047 bytes that Linux reads',
    ],
    ['an empty entry', { machines: [{ name: 'p', image: program({ entry: '' }) }] }, 'c.ts: machines[0].image.entry: is empty'],
  ];

  it.each(cases)('%s', (_, config, message) => {
    expect(refusal(config)).toContain(message);
  });

  it('several at once', () => {
    expect(refusal({ machines: [{ ...good, priority: 9, vcpus: 0 }] }).split('\n')).toHaveLength(2);
  });
});
