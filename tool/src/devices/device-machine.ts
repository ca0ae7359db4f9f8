/**
 * The device machine of a handset whose machines have devices: which of the board's devices it gets, and what it serves to whom.
 */
import type { Board } from '../boards/index.ts';
import type { Handset, Machine } from '../config/check.ts';
import type { ControllerImage, MachineImage } from '../image/machine-image.ts';
import { PAGE_BYTES, RAM_BASE } from '../image/virtual-handset.ts';
import { DeviceType, settingsBytes, type ServedMachine, type Slot } from './settings.ts';

export const DEVICE_MACHINE = 'devices';
const MEMORY_MIB = 8;
const PRIORITY = 7;
const LOAD_OFFSET = 0x8_0000;
/** device-machine/src/settings.ts looks for them there. */
const SETTINGS_OFFSET = 0x20_0000;
const SPI_FIRST = 32;

/** A machine's virtio devices, in the order of their slots. */
export function slotsOf(handset: Handset, machine: Machine): Slot[] {
  return machine.volumes.map(({ name, readOnly }) => ({
    type: DeviceType.Block,
    readOnly,
    volume: handset.disk?.volumes.findIndex((volume) => volume.name === name) ?? 0,
  }));
}

export function hasDevices(handset: Handset): boolean {
  return handset.machines.some(({ volumes }) => volumes.length > 0);
}

/** The board's transport that the disk is on: QEMU is told the same (qemu/command-line.ts). */
export const DISK_TRANSPORT = 0;

export interface Transport {
  readonly address: number;
  readonly intid: number;
}

export function transport(board: Board, index: number): Transport {
  const { virtio } = board;
  if (virtio === null) throw new Error(`${board.name} has no virtio devices`);
  return { address: virtio.base + index * virtio.bytesEach, intid: SPI_FIRST + virtio.spi + index };
}

/** The device machine of `handset`, whose program is `program`. */
export function deviceMachine(handset: Handset, program: Buffer): MachineImage {
  const disk = transport(handset.board, DISK_TRANSPORT);
  const controller: ControllerImage = {
    devicePages: [[disk.address / PAGE_BYTES, disk.address / PAGE_BYTES].map(Math.floor) as [number, number]],
    deviceInterrupts: [[disk.intid, disk.intid]],
  };
  const machines: ServedMachine[] = handset.machines.map((machine) => ({
    name: machine.name,
    memoryMib: machine.memoryMib,
    slots: slotsOf(handset, machine),
  }));
  const settings = settingsBytes({
    devices: [{ type: DeviceType.Block, address: disk.address, interrupt: disk.intid, intid: disk.intid }],
    machines,
    volumes: handset.disk?.volumes.map(({ name }) => name) ?? [],
  });
  return {
    name: DEVICE_MACHINE,
    memoryMib: MEMORY_MIB,
    vcpus: 1,
    cpus: [0],
    priority: PRIORITY,
    budget: null,
    hideStolenTime: false,
    virtioSlots: 0,
    controller,
    segments: [
      { kind: 'program', bytes: program, ipa: RAM_BASE + LOAD_OFFSET },
      { kind: 'settings', bytes: settings, ipa: RAM_BASE + SETTINGS_OFFSET },
    ],
    entryIpa: RAM_BASE + LOAD_OFFSET,
    tree: null,
  };
}
