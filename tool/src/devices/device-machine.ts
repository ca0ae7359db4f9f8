/**
 * The device machine of a handset whose machines have devices: which of the board's devices it gets, and what it serves to whom.
 */
import type { Board } from '../boards/index.ts';
import type { Handset, Machine } from '../config/check.ts';
import type { ControllerImage, MachineImage } from '../image/machine-image.ts';
import { MIB, PAGE_BYTES, RAM_BASE, VIRTIO } from '../image/virtual-handset.ts';
import { devicePage, isLentAnything, lendings, passedPages, slotsNeeded, windowsAddress, windowsMib } from './lending.ts';
import { DeviceType, InputKind, type PhysicalDevice, settingsBytes, type ServedMachine, type Slot } from './settings.ts';

export const DEVICE_MACHINE = 'devices';
/** Of which device-machine/src/limits.ts knows the end. */
export const DEVICE_MACHINE_MIB = 32;
const PRIORITY = 7;
const LOAD_OFFSET = 0x8_0000;
/** device-machine/src/settings.ts looks for them there. */
const SETTINGS_OFFSET = 0;
const SPI_FIRST = 32;

/** The board's virtio-mmio transports, by what is on them: QEMU is told the same (qemu/command-line.ts). */
export enum Transport {
  Disk,
  Panel,
  Tablet,
  Keyboard,
  Network,
  Entropy,
  /** And those behind it. */
  Console = 8,
}
const TRANSPORTS = 32;
/** Each is one for one machine. */
export const CONSOLES_MAX = TRANSPORTS - Transport.Console;

/** abi/src/slot-layout.ts: one page of registers. */
export const MACHINE_DEVICES_MAX = 8;

/** A machine's virtio devices, in the order of their slots. */
export function slotsOf(handset: Handset, machine: Machine): Slot[] {
  const volumes = machine.volumes.map(({ name, readOnly }) => ({
    type: DeviceType.Block,
    readOnly,
    parameter: handset.disk?.volumes.findIndex((volume) => volume.name === name) ?? 0,
  }));
  const screen = [
    ...(machine.screen === 'gpu' ? [{ type: DeviceType.Gpu, readOnly: false, parameter: 0 }] : []),
    { type: DeviceType.Input, readOnly: false, parameter: InputKind.Touch },
    { type: DeviceType.Input, readOnly: false, parameter: InputKind.Keyboard },
  ];
  const network = { type: DeviceType.Network, readOnly: false, parameter: 0 };
  const single = (type: DeviceType): Slot => ({ type, readOnly: false, parameter: 0 });
  return [
    ...volumes,
    ...(machine.network ? [network] : []),
    ...(machine.screen ? screen : []),
    ...(machine.entropy ? [single(DeviceType.Entropy)] : []),
    ...(machine.console ? [single(DeviceType.Console)] : []),
  ];
}

export type Devices = Pick<Machine, 'volumes' | 'network' | 'screen' | 'entropy' | 'console'>;

/** How many virtio devices a machine has. */
export function virtioSlotsOf({ volumes, network, screen, entropy, console }: Devices): number {
  return volumes.length + (network ? 1 : 0) + (screen === null ? 0 : screen === 'gpu' ? 3 : 2) + (entropy ? 1 : 0) + (console ? 1 : 0);
}

/** Whether some machine has what only the device machine can give it. */
export function hasDevices(handset: Handset): boolean {
  return handset.machines.some((machine) => slotsNeeded(machine) > 0);
}

/** With the RAM of the windows behind its own. */
export function deviceMachineMib({ windows }: Handset): number {
  return DEVICE_MACHINE_MIB + windowsMib(windows);
}

interface BoardDevice {
  readonly transport: number;
  readonly type: DeviceType;
  readonly parameter: number;
}

/** Whether some machine reaches the physical network. */
export function hasUplink({ machines }: Handset): boolean {
  return machines.some(({ network }) => network?.uplink);
}

/** Whether it takes devices of the board. */
export function needsBoardDevices(handset: Handset): boolean {
  return boardDevices(handset).length > 0;
}

/** Whether some machine has an entropy device. */
export function hasEntropy({ machines }: Handset): boolean {
  return machines.some(({ entropy }) => entropy);
}

/** The machines with a console beside their UART, in the order of its transports. */
export function withConsole({ machines }: Handset): Machine[] {
  return machines.filter(({ console }) => console !== null);
}

/** The page of each device that it takes. */
export function boardDevicePages(handset: Handset): number[] {
  const virtio = handset.board.virtio === null ? [] : boardDevices(handset).map((device, index) => placed(handset.board, device, index));
  return [...virtio, ...clockOf(handset, virtio.length)].map(({ page }) => page);
}

function boardDevices(handset: Handset): BoardDevice[] {
  const { disk, panel } = handset;
  return [
    ...(hasUplink(handset) ? [{ transport: Transport.Network, type: DeviceType.Network, parameter: 0 }] : []),
    ...(disk ? [{ transport: Transport.Disk, type: DeviceType.Block, parameter: 0 }] : []),
    ...(panel
      ? [
          { transport: Transport.Panel, type: DeviceType.Gpu, parameter: 0 },
          { transport: Transport.Tablet, type: DeviceType.Input, parameter: InputKind.Touch },
          { transport: Transport.Keyboard, type: DeviceType.Input, parameter: InputKind.Keyboard },
        ]
      : []),
    ...(hasEntropy(handset) ? [{ transport: Transport.Entropy, type: DeviceType.Entropy, parameter: 0 }] : []),
    ...withConsole(handset).map((machine, index) => ({
      transport: Transport.Console + index, type: DeviceType.Console, parameter: handset.machines.indexOf(machine),
    })),
  ];
}

/** The board's clock, a page that the machines see too. */
function clockOf({ board, machines }: Handset, index: number): (PhysicalDevice & { readonly page: number })[] {
  const { clock } = board;
  if (clock === null || !machines.some((machine) => machine.clock)) return [];
  const place = { address: VIRTIO.base + index * PAGE_BYTES, interrupt: SPI_FIRST + clock.spi, intid: SPI_FIRST + VIRTIO.spi + index };
  return [{ type: DeviceType.Clock, parameter: 0, page: clock.base / PAGE_BYTES, ...place }];
}

/** The indices of the machines that `machine` would talk to. */
function peersOf({ machines }: Handset, { network }: Machine): number[] {
  if (network === null) return [];
  return machines.flatMap(({ name }, index) => (network.peers === null || network.peers.includes(name) ? [index] : []));
}

/** Each device has a page of its own in the device machine, though several may share one on the board. */
function placed({ name, virtio }: Board, { transport, type, parameter }: BoardDevice, index: number): PhysicalDevice & { readonly page: number } {
  if (virtio === null) throw new Error(`${name} has no virtio devices`);
  const registers = virtio.base + transport * virtio.bytesEach;
  return {
    type,
    parameter,
    page: Math.floor(registers / PAGE_BYTES),
    address: VIRTIO.base + index * PAGE_BYTES + (registers % PAGE_BYTES),
    interrupt: SPI_FIRST + virtio.spi + transport,
    intid: SPI_FIRST + VIRTIO.spi + index,
  };
}

/** Of its RAM; null for all. Without virtio devices there is nothing that would have to be seen. */
export function sharedOf(machine: Machine): { readonly ipa: number; readonly mib: number } | null {
  if (virtioSlotsOf(machine) === 0) return { ipa: RAM_BASE, mib: 0 };
  const { pool, all } = machine.reserved;
  return pool && { ipa: all.ipa, mib: all.bytes / MIB };
}

/** The device machine of `handset`, whose program is `program`. */
export function deviceMachine(handset: Handset, program: Buffer): MachineImage {
  const virtio = boardDevices(handset).map((device, index) => placed(handset.board, device, index));
  const devices = [...virtio, ...clockOf(handset, virtio.length)];
  const controller: ControllerImage = { devices: [...devices.map(({ page, interrupt }) => ({ page, intid: interrupt })), ...passedPages(handset)] };
  const machines: ServedMachine[] = handset.machines.map((machine) => ({
    name: machine.name,
    memoryMib: machine.memoryMib,
    shared: sharedOf(machine),
    framebuffer: machine.reserved.framebuffer,
    slots: slotsOf(handset, machine),
    isStarted: isLentAnything(machine),
    uplink: machine.network?.uplink ?? false,
    peers: peersOf(handset, machine),
  }));
  const settings = settingsBytes({
    devices, machines, volumes: handset.disk?.volumes.map(({ name }) => name) ?? [],
    lendings: lendings(handset, windowsAddress(DEVICE_MACHINE_MIB), devicePage(devices.length)),
  });
  return {
    name: DEVICE_MACHINE,
    memoryMib: deviceMachineMib(handset),
    vcpus: 1,
    cpus: [0],
    priority: PRIORITY,
    budget: null,
    hideStolenTime: false,
    controller,
    segments: [
      { kind: 'program', bytes: program, ipa: RAM_BASE + LOAD_OFFSET },
      { kind: 'settings', bytes: settings, ipa: RAM_BASE + SETTINGS_OFFSET },
    ],
    entryIpa: RAM_BASE + LOAD_OFFSET,
    architecture: 'arm64',
    tree: null,
  };
}
