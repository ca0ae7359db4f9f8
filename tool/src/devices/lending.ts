/**
 * What the device machine lends to the other machines: windows, which are pieces of its own RAM that two of them see, each with a doorbell at either end, and
 * devices of the board. Where everything is, for the machines' device trees, the manifest and the device machine's settings.
 *
 *     0x1000_0000  pages: the clock first, devices from 0x1001_0000 on, one after the other
 *     0x1020_0000  windows, one after the other, at the same place for both ends; a page that is for ringing the other end is a slot of virtio registers
 */
import type { BoardDeviceConfig, WindowConfig } from '../config/handset-config.ts';
import type { Handset, Machine } from '../config/check.ts';
import { alignUp, GRANTS, MIB, PAGE_BYTES, RAM_BASE, VIRTIO } from '../image/virtual-handset.ts';
import { virtioSlotsOf } from './device-machine.ts';

/** What a window is to one of its ends. */
export interface LentWindow {
  readonly name: string;
  readonly ipa: number;
  readonly bytes: number;
  /** The slot of virtio registers that rings the other end, and by whose interrupt the other end rings here. */
  readonly slot: number;
}

export interface LentDevice {
  readonly device: BoardDeviceConfig;
  readonly ipa: number;
  readonly spi: number;
}

export interface Lent {
  readonly windows: readonly LentWindow[];
  readonly devices: readonly LentDevice[];
}

const DEVICES_IPA = GRANTS.base + 0x1_0000;
/** SPIs 0 to 31 are the UART's, and virtio devices'. */
const DEVICE_SPI = 32;
export const DEVICE_SPIS = 32;
export const DEVICE_PAGES_MAX = (GRANTS.pageBytes - 0x1_0000) / PAGE_BYTES;
export const WINDOWS_MIB_MAX = (GRANTS.bytes - GRANTS.pageBytes) / MIB;
const SPI_INTID = 32;
/** abi/src/slot-layout.ts */
const PEER_VALID = 0x8000_0000;
const PEER_SHIFT = 8;

/** MiB of all windows before the one with that index. */
function mibBefore(windows: readonly WindowConfig[], index: number): number {
  return windows.slice(0, index).reduce((sum, { mib }) => sum + mib, 0);
}

export function windowsMib(windows: readonly WindowConfig[]): number {
  return mibBefore(windows, windows.length);
}

/** What the machine of that name is lent; its slots for doorbells come after those of its `devices` virtio devices. */
export function lentTo(name: string, devices: number, boardDevices: readonly BoardDeviceConfig[], windows: readonly WindowConfig[]): Lent {
  const own = windows.map((window, index) => ({ window, index })).filter(({ window }) => window.between.includes(name));
  let ipa = DEVICES_IPA;
  return {
    windows: own.map(({ window, index }, place) => ({
      name: window.name,
      ipa: GRANTS.base + GRANTS.pageBytes + mibBefore(windows, index) * MIB,
      bytes: window.mib * MIB,
      slot: devices + place,
    })),
    devices: boardDevices.map((device, index) => {
      const place = ipa;
      ipa += pagesOf(device) * PAGE_BYTES;
      return { device, ipa: place, spi: DEVICE_SPI + index };
    }),
  };
}

export function pagesOf({ bytes }: BoardDeviceConfig): number {
  return alignUp(bytes ?? PAGE_BYTES, PAGE_BYTES) / PAGE_BYTES;
}

/** Slots of virtio registers that a machine has, for its devices and its doorbells: at least one if it is lent anything, so that the device machine starts it. */
export function slotsNeeded(machine: Machine): number {
  const { windows, devices } = machine.lent;
  return Math.max(virtioSlotsOf(machine) + windows.length, devices.length > 0 ? 1 : 0);
}

export function isLentAnything({ lent }: Machine): boolean {
  return lent.windows.length + lent.devices.length > 0;
}

/** A page of the board's, with the interrupt that the manifest wants with each. */
export interface PassedPage {
  readonly page: number;
  readonly intid: number;
}

/** The pages of the devices that machines are lent, in the order of the machines. */
export function passedPages({ machines }: Handset): PassedPage[] {
  return machines.flatMap(({ lent }) =>
    lent.devices.flatMap(({ device }) => Array.from({ length: pagesOf(device) }, (_, page) => ({ page: device.address / PAGE_BYTES + page, intid: SPI_INTID + device.spi }))),
  );
}

/** The kinds of `Lending`, as device-machine/src/lending.ts numbers them. */
export enum LendingKind {
  /** `count` pages or blocks: address at the machine; address at the device machine; count. */
  Grant = 1,
  /** Slot; what is written into its PEER. */
  Doorbell = 2,
  /** The board's INTID; the machine's SPI. */
  Interrupt = 3,
}

export interface Lending {
  readonly kind: LendingKind;
  /** Index of the machine. */
  readonly machine: number;
  readonly operands: readonly [number, number, number];
}

/** What the device machine does before it starts a machine: `windowsAt` and `pagesAt` are where it has the windows' RAM, and the pages of `passedPages`. */
export function lendings(handset: Handset, windowsAt: number, pagesAt: number): Lending[] {
  const { machines, windows } = handset;
  const slotOf = (machine: number, name: string): number => machines[machine]?.lent.windows.find((window) => window.name === name)?.slot ?? 0;
  let page = pagesAt;
  return machines.flatMap(({ lent }, machine): Lending[] => [
    ...lent.windows.flatMap(({ name, ipa, bytes, slot }): Lending[] => {
      const index = windows.findIndex((window) => window.name === name);
      const peer = machines.findIndex((other, at) => at !== machine && (windows[index]?.between.includes(other.name) ?? false));
      const word = (PEER_VALID | (peer << PEER_SHIFT) | slotOf(peer, name)) >>> 0;
      return [
        { kind: LendingKind.Grant, machine, operands: [ipa, windowsAt + mibBefore(windows, index) * MIB, bytes / (2 * MIB)] },
        { kind: LendingKind.Doorbell, machine, operands: [slot, word, 0] },
      ];
    }),
    ...lent.devices.flatMap(({ device, ipa, spi }): Lending[] => {
      const from = page;
      page += pagesOf(device) * PAGE_BYTES;
      return [
        { kind: LendingKind.Grant, machine, operands: [ipa, from, pagesOf(device)] },
        { kind: LendingKind.Interrupt, machine, operands: [SPI_INTID + device.spi, spi, 0] },
      ];
    }),
  ]);
}

/** Where the device machine has the windows' RAM, behind `mib` of its own. */
export function windowsAddress(mib: number): number {
  return RAM_BASE + mib * MIB;
}

/** Where it has the page of its device with that index. */
export function devicePage(index: number): number {
  return VIRTIO.base + index * PAGE_BYTES;
}
