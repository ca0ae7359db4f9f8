/** The settings of the device machine, as bytes: device-machine/src/settings.ts says what they mean. */

import { RAM_BASE } from '../image/virtual-handset.ts';

import type { Lending } from './lending.ts';

/** Types of virtio devices [virtio 1.2 "Device Types"]. */
export enum DeviceType {
  Network = 1,
  Block = 2,
  Console = 3,
  Entropy = 4,
  Gpu = 16,
  Input = 18,
  /** Of the board alone, and none of virtio's: a PL031. */
  Clock = 0x100,
}

/** Which kind of input device. */
export enum InputKind {
  Touch = 0,
  Keyboard = 1,
}

export interface PhysicalDevice {
  readonly type: DeviceType;
  /** Of an input device: its kind; of a console: the index of the machine that it is for. */
  readonly parameter: number;
  /** Where the device machine has its registers. */
  readonly address: number;
  /** The board's INTID, and what the device machine has for it. */
  readonly interrupt: number;
  readonly intid: number;
}

export interface Slot {
  readonly type: DeviceType;
  readonly readOnly: boolean;
  /** A block device's index among the volumes; an input device's kind. */
  readonly parameter: number;
}

export interface ServedMachine {
  readonly name: string;
  readonly memoryMib: number;
  /** What the device machine sees of it; all if absent. */
  readonly shared?: { readonly ipa: number; readonly mib: number } | null;
  /** Where the picture of its simple screen is, if it has one. */
  readonly framebuffer?: { readonly ipa: number; readonly width: number; readonly height: number } | null;
  readonly slots: readonly Slot[];
  /** Whether the device machine starts it although it has no devices. */
  readonly isStarted?: boolean;
  /** Whether its network device reaches the physical network, and which machines, by index. */
  readonly uplink: boolean;
  readonly peers: readonly number[];
}

export interface DeviceSettings {
  readonly devices: readonly PhysicalDevice[];
  /** One for each of the manifest's machines, in its order. */
  readonly machines: readonly ServedMachine[];
  /** The names of their partitions. */
  readonly volumes: readonly string[];
  /** What is lent to them (device-machine/src/lending.ts). */
  readonly lendings?: readonly Lending[];
}

const MAGIC = 0x5645_4454;
const VERSION = 2;
const DEVICES = { offset: 0x10, bytes: 16, max: 31 } as const;
const MACHINES = { offset: 0x200, bytes: 64, max: 32 } as const;
const MACHINE_NAME_BYTES = 16;
const MACHINE_MIB = 16;
const MACHINE_SLOTS = 20;
const MACHINE_NETWORK = 52;
const MACHINE_PEERS = 56;
const NETWORK_UPLINK = 1;
const VOLUMES = { offset: 0xa00, bytes: 64, max: 32 } as const;
export const VOLUME_NAME_BYTES_MAX = 35;
const SHARED = { offset: 0x1200, bytes: 16, max: 32 } as const;
export const LENDINGS = { offset: 0x2000, bytes: 16, max: 64 } as const;
const BYTES = LENDINGS.offset + LENDINGS.bytes * LENDINGS.max;
const READ_ONLY = 1;

export function settingsBytes(settings: DeviceSettings): Buffer {
  const bytes = Buffer.alloc(BYTES);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(VERSION, 4);
  // The device machine itself comes after those that it serves.
  bytes.writeUInt32LE(settings.machines.length, 8);
  settings.devices.forEach(({ type, parameter, address, interrupt, intid }, index) => {
    const words = [address, type | (parameter << 16), interrupt, intid];
    words.forEach((word, at) => bytes.writeUInt32LE(word, DEVICES.offset + index * DEVICES.bytes + at * 4));
  });
  settings.machines.forEach(({ name, memoryMib, shared, framebuffer, slots, isStarted, uplink, peers }, index) => {
    // One without devices is not served, nor is its memory seen.
    if (slots.length === 0 && !isStarted) return;
    const at = MACHINES.offset + index * MACHINES.bytes;
    bytes.write(name.slice(0, MACHINE_NAME_BYTES - 1), at, 'latin1');
    bytes.writeUInt32LE(memoryMib, at + MACHINE_MIB);
    bytes.writeUInt32LE(shared?.ipa ?? RAM_BASE, SHARED.offset + index * SHARED.bytes);
    bytes.writeUInt32LE(shared?.mib ?? memoryMib, SHARED.offset + index * SHARED.bytes + 4);
    if (framebuffer) {
      const { ipa, width, height } = framebuffer;
      [ipa, width | (height << 16)].forEach((word, which) => bytes.writeUInt32LE(word >>> 0, SHARED.offset + index * SHARED.bytes + 8 + which * 4));
    }
    bytes.writeUInt32LE(uplink ? NETWORK_UPLINK : 0, at + MACHINE_NETWORK);
    bytes.writeUInt32LE(peers.reduce((mask, peer) => (mask | (1 << peer)) >>> 0, 0), at + MACHINE_PEERS);
    slots.forEach(({ type, readOnly, parameter }, slot) => {
      bytes.writeUInt8(type, at + MACHINE_SLOTS + slot * 4);
      bytes.writeUInt8(readOnly ? READ_ONLY : 0, at + MACHINE_SLOTS + slot * 4 + 1);
      bytes.writeUInt16LE(parameter, at + MACHINE_SLOTS + slot * 4 + 2);
    });
  });
  settings.volumes.forEach((name, index) => {
    bytes.write(name, VOLUMES.offset + index * VOLUMES.bytes, 'latin1');
  });
  settings.lendings?.forEach(({ kind, machine, operands }, index) => {
    const at = LENDINGS.offset + index * LENDINGS.bytes;
    bytes.writeUInt32LE(kind | (machine << 16), at);
    operands.forEach((operand, which) => bytes.writeUInt32LE(operand, at + 4 + which * 4));
  });
  return bytes;
}
