import { describe, expect, it } from 'vitest';
import { Refusal } from '../refusal.ts';
import { checkHandset } from './check.ts';
import { linux } from './handset-config.ts';

const machine = (name: string, more: object = {}): object => ({ name, image: linux(), memoryMib: 64, ...more });
const window = (more: object = {}): object => ({ name: 'mail', between: ['a', 'b'], mib: 2, ...more });
const gpio = { name: 'gpio', compatible: ['arm,pl061'], address: 0x0903_0000, spi: 7 };

function problems(config: object): string[] {
  try {
    checkHandset(config, 'c.ts');
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    return (error as Refusal).message.split('\n').map((line) => line.replace('c.ts: ', ''));
  }
  return [];
}

const two = [machine('a'), machine('b')];
const disk = { file: 'd.img', volumes: Array.from({ length: 8 }, (_, index) => ({ name: `v${String(index)}`, sizeMib: 1 })) };

describe('windows and devices of the board', () => {
  it('have their places: windows side by side, each with a slot behind those of the devices', () => {
    const config = { disk, windows: [window(), window({ name: 'news', between: ['b', 'c'], mib: 6 }), window({ name: 'more', between: ['c', 'a'] })],
      machines: [machine('a', { volumes: [{ name: 'v0' }], entropy: false }), machine('b', { boardDevices: [gpio, { ...gpio, address: 0x0902_0000, bytes: 8193 }] }), machine('c')] };
    const [a, b, c] = checkHandset(config, 'c.ts').machines.map(({ lent }) => lent);
    const mib = 2 ** 20;
    const [first, news, more] = [0x1020_0000, 0x1040_0000, 0x10a0_0000];
    expect(a!.windows).toEqual([{ name: 'mail', ipa: first, bytes: 2 * mib, slot: 1 }, { name: 'more', ipa: more, bytes: 2 * mib, slot: 2 }]);
    expect(b!.windows).toEqual([{ name: 'mail', ipa: first, bytes: 2 * mib, slot: 0 }, { name: 'news', ipa: news, bytes: 6 * mib, slot: 1 }]);
    expect(c!.windows).toEqual([{ name: 'news', ipa: news, bytes: 6 * mib, slot: 0 }, { name: 'more', ipa: more, bytes: 2 * mib, slot: 1 }]);
    expect(b!.devices.map(({ ipa, spi }) => [ipa, spi])).toEqual([[0x1001_0000, 32], [0x1001_1000, 33]]);
  });

  const cases: readonly (readonly [string, object, string])[] = [
    ['no window without a name', { windows: [window({ name: '' })], machines: two }, 'windows[0].name: must be 1 to 15 of a-z, 0-9 and -, and start with a letter, got ""'],
    ['no window of an odd size', { windows: [window({ mib: 3 })], machines: two }, 'windows[0].mib: must be a multiple of 2, got 3'],
    ['no window with one end', { windows: [window({ between: ['a'] })], machines: two }, 'windows[0].between: must name two machines'],
    ['no window to itself', { windows: [window({ between: ['a', 'a'] })], machines: two }, 'windows[0].between: names "a" twice; a window has two ends'],
    ['no window to nobody', { windows: [window({ between: ['a', 'x'] })], machines: two }, 'windows[0].between[1]: there is no machine "x"'],
    ['no two windows of a name', { windows: [window(), window()], machines: two }, 'windows[1].name: "mail" is also the name of windows[0]'],
    ['not more windows than addresses', { memoryMib: 8192, windows: [window({ mib: 768 })], machines: two }, 'windows: they have 768 MiB together; at most 766 fit'],
    ['not more windows than slots', { disk, windows: [window()], machines: [machine('a', { volumes: disk.volumes.map(({ name }) => ({ name })) }), machine('b')] },
      'machines[0]: has 8 devices and is an end of 1 windows; at most 8 fit together'],
    ['not more windows than RAM', { memoryMib: 256, windows: [window({ mib: 128 })], machines: two },
      'machines: they and the device machine want 288 MiB together, the board has 256 MiB; lower machines[n].memoryMib or raise memoryMib'],
    ['no device in the middle of a page', { machines: [machine('a', { boardDevices: [{ ...gpio, address: 0x0903_0100 }] })] },
      'machines[0].boardDevices[0].address: must be a multiple of 4096, got 151191808'],
    ['no interrupt that there is not', { machines: [machine('a', { boardDevices: [{ ...gpio, spi: 988 }] })] }, 'machines[0].boardDevices[0].spi: must be at most 987, got 988'],
    ['no device without a binding', { machines: [machine('a', { boardDevices: [{ ...gpio, compatible: [] }] })] },
      'machines[0].boardDevices[0].compatible: is empty; name at least one binding'],
    ['no device twice', { machines: [machine('a', { boardDevices: [gpio] }), machine('b', { boardDevices: [{ ...gpio, name: 'other' }] })] },
      'machines[1].boardDevices[0]: machines[0].boardDevices[0] has the same registers; only one can'],
    ['no device of the device machine\'s', { disk, machines: [machine('a', { volumes: [{ name: 'v0' }], boardDevices: [{ ...gpio, address: 0x0a00_0000 }] })] },
      'machines[0].boardDevices[0]: the device machine has the same registers; only one can'],
    ['no device of a board without a GIC', { board: 'raspi3b', machines: [machine('a', { boardDevices: [gpio] })] },
      'board: raspi3b has no interrupt controller that could pass an interrupt on; leave out boardDevices'],
    ['not more pages than the manifest holds', { machines: [machine('a', { boardDevices: [{ ...gpio, bytes: 33 * 4096 }] })] },
      'machines: with the device machine\'s own they have 33 pages of the board\'s devices; at most 32 can be'],
    ['not more than the settings hold', { memoryMib: 8192, windows: Array.from({ length: 24 }, (_, index) => window({ name: `w${String(index)}`, between: [`m${String(index % 8)}`, `m${String((index + 1) % 8)}`] })),
      machines: Array.from({ length: 8 }, (_, index) => machine(`m${String(index)}`)) }, 'windows: with the board\'s devices they are 48 ends; at most 32 can be'],
  ];
  it.each(cases)('%s', (_, config, problem) => {
    expect(problems(config)).toContain(problem);
  });
});
