/** What the host tool writes is what the device machine reads. */
import { beforeAll, expect, it } from 'vitest';
import { DeviceType, type DeviceSettings, InputKind } from '../../tool/src/devices/settings.ts';
import { Board } from '../test/board.ts';

let board: Board;

const settings: DeviceSettings = {
  devices: Array.from({ length: 31 }, (_, index) => ({
    type: index % 2 === 0 ? DeviceType.Gpu : DeviceType.Input,
    parameter: index % 3,
    address: 0x0a00_0000 + index * 0x200,
    interrupt: 48 + index,
    intid: 64 + index,
  })),
  machines: Array.from({ length: 32 }, (_, index) => ({
    name: `machine-${String(index).padStart(7, 'x')}`,
    memoryMib: 2 + index,
    uplink: index % 2 === 1,
    peers: [index, 31],
    slots: Array.from({ length: 8 }, (_slot, slot) => ({
      type: slot < 4 ? DeviceType.Block : DeviceType.Input, readOnly: slot === 2, parameter: slot < 4 ? 31 - slot : InputKind.Keyboard,
    })),
  })),
  volumes: Array.from({ length: 32 }, (_, index) => `${'v'.repeat(33)}${String(index).padStart(2, '0')}`),
};

beforeAll(async () => {
  board = await Board.load();
});

it('settings of the greatest size come across', () => {
  // Without machines that are served, nothing is opened.
  board.begin({ devices: [], machines: [], volumes: [] }, []);
  const { functions, memory } = board.program;
  const textAt = (at: bigint, bytes: number): string => Buffer.from(memory.bytes(at, bytes)).toString('latin1').replace(/\0.*/s, '');
  board.describe(settings);
  expect(functions.settingsAreValid()).toBe(true);
  settings.devices.forEach(({ type, parameter, address, interrupt, intid }, index) => {
    expect([0, 1, 2, 3, 4].map((which) => Number(functions.deviceWord(index, which)))).toEqual([address, type, parameter, interrupt, intid]);
  });
  settings.machines.forEach(({ name, memoryMib, uplink, peers, slots }, index) => {
    const mask = new Set(peers);
    expect(textAt(functions.machineNameAt(index), 16)).toBe(name);
    expect([0, 1].map((which) => functions.machineWord(index, which))).toEqual([memoryMib, uplink ? 1 : 0]);
    const seen = Array.from({ length: 32 }, (_, peer) => (functions.machineWord(index, 2) >>> peer) & 1);
    expect(seen).toEqual(Array.from({ length: 32 }, (_, peer) => (mask.has(peer) ? 1 : 0)));
    slots.forEach(({ type, readOnly, parameter }, slot) => {
      expect([0, 1, 2].map((which) => functions.slotWord(index, slot, which))).toEqual([type, readOnly ? 1 : 0, parameter]);
    });
  });
  settings.volumes.forEach((name, index) => expect(textAt(functions.volumeNameAt(index), 36)).toBe(name));
});

it('a machine without devices is not in them', () => {
  board.begin({ devices: [], machines: [], volumes: [] }, []);
  board.describe({ devices: [], volumes: [], machines: [{ name: 'alone', memoryMib: 64, slots: [], uplink: true, peers: [0] }] });
  expect(board.program.functions.machineWord(0, 0)).toBe(0);
});
