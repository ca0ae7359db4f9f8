import { describe, expect, it } from 'vitest';
import { Refusal } from '../refusal.ts';
import { checkHandset } from './check.ts';
import { linux } from './handset-config.ts';

const machine = (name: string, more: object = {}): object => ({ name, image: linux(), memoryMib: 64, ...more });
const disk = { file: 'd.img', volumes: [{ name: 'one', sizeMib: 8 }, { name: 'two', sizeMib: 8 }] };

function problems(config: object): string[] {
  try {
    checkHandset(config, 'c.ts');
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    return (error as Refusal).message.split('\n').map((line) => line.replace('c.ts: ', ''));
  }
  return [];
}

describe('devices', () => {
  it('get their defaults', () => {
    const handset = checkHandset({ disk, machines: [machine('a', { volumes: [{ name: 'one' }], network: true, screen: true }), machine('b')] }, 'c.ts');
    expect(handset.panel).toEqual({ width: 720, height: 1440 });
    expect(handset.machines.map(({ volumes, network, screen, entropy, console }) => ({ volumes, network, screen, entropy, console }))).toEqual([
      { volumes: [{ name: 'one', readOnly: false }], network: { uplink: true, peers: null }, screen: 'gpu', entropy: true, console: null },
      { volumes: [], network: null, screen: null, entropy: false, console: null },
    ]);
  });

  it('have one for entropy among them where there is room, and the board can, unless it says otherwise', () => {
    const many = { ...disk, volumes: Array.from({ length: 8 }, (_, index) => ({ name: `v${String(index)}`, sizeMib: 1 })) };
    const volumes = (count: number): object => ({ volumes: many.volumes.slice(0, count).map(({ name }) => ({ name, readOnly: true })) });
    const machines = [machine('a', volumes(7)), machine('b', volumes(8)), machine('c', { ...volumes(1), entropy: false }), machine('d', { entropy: true })];
    expect(checkHandset({ disk: many, machines }, 'c.ts').machines.map(({ entropy }) => entropy)).toEqual([true, false, false, true]);
    const elsewhere = checkHandset({ board: 'xlnx-zcu102', machines: [machine('a', { network: { uplink: false } })] }, 'c.ts');
    expect(elsewhere.machines[0]?.entropy).toBe(false);
  });

  it('may be a simple screen, and a part of the RAM for them, at its end', () => {
    const [one, two, three] = checkHandset({ memoryMib: 2048, machines: [
      machine('a', { screen: { kind: 'simple' }, sharedMib: 8 }), machine('b', { screen: { kind: 'gpu' } }), machine('c', { network: true, sharedMib: 4 }),
    ] }, 'c.ts').machines;
    const [end, mib] = [0x4400_0000, 2 ** 20];
    expect([one!.screen, two!.screen, three!.screen]).toEqual(['simple', 'gpu', null]);
    expect(one!.reserved).toEqual({
      framebuffer: { width: 720, height: 1440, stride: 2880, ipa: end - 4 * mib, bytes: 4 * mib }, pool: { ipa: end - 12 * mib, bytes: 8 * mib },
      all: { ipa: end - 12 * mib, bytes: 12 * mib },
    });
    expect(two!.reserved).toEqual({ framebuffer: null, pool: null, all: { ipa: end, bytes: 0 } });
    expect(three!.reserved).toEqual({ framebuffer: null, pool: three!.reserved.all, all: { ipa: end - 4 * mib, bytes: 4 * mib } });
  });

  it('may be shared: a volume among readers, and a writer', () => {
    const [reader, writer] = [{ volumes: [{ name: 'one', readOnly: true }] }, { volumes: [{ name: 'one' }] }];
    expect(problems({ disk, machines: [machine('a', reader), machine('b', writer), machine('c', reader)] })).toEqual([]);
  });

  const cases: readonly (readonly [string, object, string])[] = [
    ['a volume that is not there', { machines: [machine('a', { volumes: [{ name: 'one' }] })] }, 'machines[0].volumes[0].name: there is no volume "one" in disk.volumes'],
    ['two volumes of one name', { disk: { ...disk, volumes: [...disk.volumes, disk.volumes[0]] }, machines: [machine('a')] },
      'disk.volumes[2].name: "one" is also the name of disk.volumes[0]'],
    ['two writers', { disk, machines: ['a', 'b'].map((name) => machine(name, { volumes: [{ name: 'two' }] })) },
      'machines[1].volumes[0]: a writes to "two" too; give all but one readOnly: true'],
    ['more devices than fit', { disk: { ...disk, volumes: Array.from({ length: 8 }, (_, index) => ({ name: `v${String(index)}`, sizeMib: 1 })) },
      machines: [machine('a', { screen: true, network: true, volumes: Array.from({ length: 5 }, (_, index) => ({ name: `v${String(index)}` })) })] },
      'machines[0]: has 9 devices (a screen is three, a simple one two, any other one); at most 8 fit'],
    ['entropy where there is no room', { disk: { ...disk, volumes: Array.from({ length: 8 }, (_, index) => ({ name: `v${String(index)}`, sizeMib: 1 })) },
      machines: [machine('a', { entropy: true, volumes: Array.from({ length: 8 }, (_, index) => ({ name: `v${String(index)}` })) })] },
      'machines[0]: has 9 devices (a screen is three, a simple one two, any other one); at most 8 fit'],
    ['entropy on a board without', { board: 'xlnx-zcu102', machines: [machine('a', { entropy: true })] },
      'board: xlnx-zcu102 has no disk, panel, network, entropy or console that Thimble has a driver for; leave out disk, screen, uplink, entropy and console'],
    ['a console on a board without', { board: 'xlnx-zcu102', machines: [machine('a', { console: { socket: 'a' } })] },
      'board: xlnx-zcu102 has no disk, panel, network, entropy or console that Thimble has a driver for; leave out disk, screen, uplink, entropy and console'],
    ['a console without a socket', { machines: [machine('a', { console: { socket: '' } })] }, 'machines[0].console.socket: is empty; give a file name'],
    ['a console that is no object', { machines: [machine('a', { console: true })] }, 'machines[0].console: expected an object, got true'],
    ['two consoles with one socket', { machines: ['a', 'b'].map((name) => machine(name, { console: { socket: 'x' } })) },
      'machines[1].console.socket: "x" is also that of machines[0]'],
    ['more consoles than the board has transports', { memoryMib: 2048, machines: Array.from({ length: 25 }, (_, index) => machine(`m${String(index)}`, { memoryMib: 2, console: { socket: String(index) } })) },
      'machines: 25 have a console; at most 24 can'],
    ['a screen of no kind', { machines: [machine('a', { screen: {} })] }, `machines[0].screen: expected true, false, { kind: 'gpu' } or { kind: 'simple' }, got {}`],
    ['a screen of another kind', { machines: [machine('a', { screen: { kind: 'paper' } })] }, `machines[0].screen: expected true, false, { kind: 'gpu' } or { kind: 'simple' }, got {"kind":"paper"}`],
    ['an odd part of its RAM', { machines: [machine('a', { network: true, sharedMib: 3 })] }, 'machines[0].sharedMib: must be a multiple of 2, got 3'],
    ['a part of its RAM for no device', { machines: [machine('a', { sharedMib: 2 })] }, 'machines[0].sharedMib: it has no device that would need it; leave it out'],
    ['more than its RAM', { machines: [machine('a', { screen: { kind: 'simple' }, sharedMib: 60 })] },
      'machines[0].memoryMib: its screen and what it shares take 64 MiB; 64 MiB leave nothing for its system'],
    ['a peer that is not there', { machines: [machine('a', { network: { peers: ['b'] } }), machine('b')] },
      'machines[0].network.peers[0]: there is no machine "b" with a network'],
    ['the device machine\'s name', { machines: [machine('devices', { network: true })] },
      'machines[0].name: "devices" is the machine that serves the others\' devices; take another'],
    ['a disk on a board without', { board: 'xlnx-zcu102', disk, machines: [machine('a')] },
      'board: xlnx-zcu102 has no disk, panel, network, entropy or console that Thimble has a driver for; leave out disk, screen, uplink, entropy and console'],
    ['a screen on a board without', { board: 'xlnx-zcu102', machines: [machine('a', { screen: true })] },
      'board: xlnx-zcu102 has no disk, panel, network, entropy or console that Thimble has a driver for; leave out disk, screen, uplink, entropy and console'],
    ['an uplink on a board without', { board: 'xlnx-zcu102', machines: [machine('a', { network: true })] },
      'board: xlnx-zcu102 has no disk, panel, network, entropy or console that Thimble has a driver for; leave out disk, screen, uplink, entropy and console'],
    ['memory for all but the device machine', { memoryMib: 128, machines: [machine('a', { network: true }), machine('b')] },
      'machines: they and the device machine want 160 MiB together, the board has 128 MiB; lower machines[n].memoryMib or raise memoryMib'],
    ['32 machines with one more for their devices', { machines: Array.from({ length: 32 }, (_, index) => machine(`m${String(index)}`, { memoryMib: 2, network: index === 0 })) },
      'machines: there are 32 and the device machine; at most 32 can be run'],
    ['a root that the machine does not have', { disk, machines: [machine('a', { image: linux({ root: 'two' }), volumes: [{ name: 'one' }] })] },
      'machines[0].image.root: "two" is none of the machine\'s volumes; add volumes: [{ name: \'two\' }]'],
    ['a root beside an initrd', { disk, machines: [machine('a', { image: linux({ root: 'one', initrd: 'x' }), volumes: [{ name: 'one' }] })] },
      'machines[0].image: has both a root and an initrd; the RAM disk that mounts root is made for it: leave initrd out'],
    ['a root with a kernel of one\'s own', { disk, machines: [machine('a', { image: linux({ root: 'one', kernel: 'x' }), volumes: [{ name: 'one' }] })] },
      'machines[0].image: has a root, and another kernel than the one that there are drivers for; leave out kernel and release, or give an initrd with drivers instead of root'],
    ['a root of a 32-bit machine', { disk, machines: [machine('a', { image: linux({ root: 'one', architecture: 'arm' }), volumes: [{ name: 'one' }] })] },
      'machines[0].image: has a root, and there are no drivers for 32-bit kernels; leave it or architecture: \'arm\' out'],
    ['a desktop that there is not', { disk: { ...disk, volumes: [{ name: 'one', sizeMib: 8, content: { kind: 'debian', desktop: 'gnome' } }] }, machines: [machine('a')] },
      'disk.volumes[0].content: expected debian({ desktop: \'weston\' }), debian({ desktop: \'sway\' }) or a file name'],
    ['an odd panel', { panel: { width: 321, height: 640 }, machines: [machine('a', { screen: true })] }, 'panel.width: must be a multiple of 8, got 321'],
    ['a small panel', { panel: { width: 312, height: 640 }, machines: [machine('a', { screen: true })] }, 'panel.width: must be at least 320, got 312'],
    ['a volume of no size', { disk: { ...disk, volumes: [{ name: 'one', sizeMib: 0 }] }, machines: [machine('a')] }, 'disk.volumes[0].sizeMib: must be at least 1, got 0'],
    ['a name that sfdisk would read otherwise', { disk: { ...disk, volumes: [{ name: 'a"b', sizeMib: 1 }] }, machines: [machine('a')] },
      'disk.volumes[0].name: must be 1 to 35 of a-z, 0-9 and -, and start with a letter, got "a\\"b"'],
    ['a disk without volumes', { disk: { file: 'x', volumes: [] }, machines: [machine('a')] }, 'disk.volumes: is empty; define at least one volume'],
    ['a disk without a name', { disk: { ...disk, file: '' }, machines: [machine('a')] }, 'disk.file: is empty; give a file name'],
    ['a word in place of a network', { machines: [machine('a', { network: 'yes' })] }, 'machines[0].network:'],
  ];
  it.each(cases)('are refused: %s', (_what, config, message) => {
    const found = problems(config);
    expect(found.length).toBe(1);
    expect(found[0]).toContain(message);
  });

  it('may be between machines alone, on any board', () => {
    expect(problems({ board: 'xlnx-zcu102', machines: [machine('a', { network: { uplink: false } })] })).toEqual([]);
  });
});
