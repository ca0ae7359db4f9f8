import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { checkHandset } from '../config/check.ts';
import { linux } from '../config/handset-config.ts';
import { guestTree } from '../image/guest-tree.ts';
import { deviceMachine } from './device-machine.ts';
import { lendings, LendingKind, slotsNeeded } from './lending.ts';

const machine = (name: string, more: object = {}): object => ({ name, image: linux(), memoryMib: 64, ...more });
const boardDevices = [{ name: 'gpio', compatible: ['arm,pl061', 'arm,primecell'], address: 0x0903_0000, spi: 7, properties: { 'gpio-controller': true, '#gpio-cells': [2] } }];
const handset = checkHandset({ windows: [{ name: 'mail', between: ['a', 'c'], mib: 4 }], machines: [machine('a'), machine('b', { boardDevices }), machine('c', { entropy: true })] }, 'c.ts');

describe('what is lent', () => {
  it('is told the device machine: the same RAM to both ends, each the other\'s doorbell, and the board\'s pages in their order', () => {
    expect(lendings(handset, 0x4200_0000, 0x0a00_5000)).toEqual([
      { kind: LendingKind.Grant, machine: 0, operands: [0x1020_0000, 0x4200_0000, 2] },
      { kind: LendingKind.Doorbell, machine: 0, operands: [0, 0x8000_0201, 0] },
      { kind: LendingKind.Grant, machine: 1, operands: [0x1001_0000, 0x0a00_5000, 1] },
      { kind: LendingKind.Interrupt, machine: 1, operands: [39, 32, 0] },
      { kind: LendingKind.Grant, machine: 2, operands: [0x1020_0000, 0x4200_0000, 2] },
      { kind: LendingKind.Doorbell, machine: 2, operands: [1, 0x8000_0000, 0] },
    ]);
    expect(handset.machines.map(slotsNeeded)).toEqual([1, 1, 2]);
  });

  it('is in the manifest: the windows\' RAM is the device machine\'s, and so are the pages', () => {
    const { memoryMib, controller } = deviceMachine(handset, Buffer.alloc(4));
    expect(memoryMib).toBe(36);
    expect(controller?.devices.at(-1)).toEqual({ page: 0x0903_0000 / 4096, intid: 39 });
  });

  it('is in the machines\' device trees', () => {
    const source = (index: number): string => {
      const { lent } = handset.machines[index]!;
      return execFileSync('dtc', ['-q', '-I', 'dtb', '-O', 'dts'], { input: guestTree({ gic: 3, vcpus: 1, memoryMib: 64, commandLine: '', initrd: null, lent }) }).toString();
    };
    const [, window = ''] = /window@10200000 \{([^}]*)\}/.exec(source(2)) ?? [];
    for (const line of [
      'compatible = "thimble,window\\0generic-uio";', 'label = "mail";', 'reg = <0x00 0x10200000 0x00 0x400000 0x00 0xa000200 0x00 0x200>;', 'interrupts = <0x00 0x11 0x01>;', 'thimble,notify = <0x50>;',
    ]) {
      expect(window).toContain(line);
    }
    const [, gpio = ''] = /gpio@10010000 \{([^}]*)\}/.exec(source(1)) ?? [];
    for (const line of ['compatible = "arm,pl061\\0arm,primecell";', 'reg = <0x00 0x10010000 0x00 0x1000>;', 'interrupts = <0x00 0x20 0x04>;', 'clock-names = "apb_pclk";', 'gpio-controller;', '#gpio-cells = <0x02>;']) {
      expect(gpio).toContain(line);
    }
    expect(source(1)).not.toContain('window@');
  });
});
