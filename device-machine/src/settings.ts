/**
 * What the handset's configuration says of the devices: a block of bytes that the host tool puts at a fixed address of this machine's RAM
 * (tool/src/devices/settings.ts writes it). Little endian.
 *
 *     0x000  magic, version
 *     0x010  physical devices, 31 of 16 bytes: address of its registers; virtio device type, 0 for none, and parameter, 2 bytes each;
 *            INTIDs of the board and here
 *     0x200  machines, 32 of 64 bytes: name; RAM in MiB; slots, 8 of 4 bytes: virtio device type, 0 for none; flags;
 *            parameter; network: what it may reach, and its peers, a bit each, 4 bytes each
 *     0xa00  volumes, 32 of 64 bytes: name of its partition; flags
 *     0x1200 what we see of each machine's RAM, 32 of 16 bytes: the first address; MiB; of its simple screen the picture's address, 0 for none;
 *            its width and height, 2 bytes each
 */
import { MACHINES_MAX } from './limits.ts';

const BASE = 0x4000_0000n;
const MAGIC = 0x5645_4454;
const VERSION = 2;
const DEVICES = BASE + 0x10n;
const DEVICE_BYTES = 16n;
export const DEVICES_MAX = 31;
const MACHINES = BASE + 0x200n;
const MACHINE_BYTES = 64n;
const SLOTS = 20n;
const VOLUMES = BASE + 0xa00n;
const VOLUME_BYTES = 64n;
const SHARED = BASE + 0x1200n;
const SHARED_BYTES = 16n;
export const NAME_BYTES = 16;
export const VOLUME_NAME_BYTES = 36;

/** Types of virtio devices [virtio 1.2 "Device Types"]. */
export const TYPE_NONE = 0;
export const TYPE_NETWORK = 1;
export const TYPE_BLOCK = 2;
export const TYPE_CONSOLE = 3;
export const TYPE_ENTROPY = 4;
export const TYPE_GPU = 16;
export const TYPE_INPUT = 18;

/** Of the board alone, and none of virtio's: its clock. */
export const TYPE_CLOCK = 0x100;

/** Parameters of input slots, and of physical input devices. */
export const INPUT_TOUCH = 0;
export const INPUT_KEYBOARD = 1;

/** Of a block slot. */
export const FLAG_READ_ONLY = 1;

export function isValid(): boolean {
  return memory.load32(BASE) === MAGIC && memory.load32(BASE + 4n) === VERSION;
}

/** Physical device `index`: its registers, 0 for none. */
export function deviceAddress(index: u32): u64 {
  return u64(memory.load32(DEVICES + u64(index) * DEVICE_BYTES));
}

export function deviceType(index: u32): u32 {
  return u32(memory.load16(DEVICES + u64(index) * DEVICE_BYTES + 4n));
}

/** What kind of input device it is; of a console, the machine that it is for. */
export function deviceParameter(index: u32): u32 {
  return u32(memory.load16(DEVICES + u64(index) * DEVICE_BYTES + 6n));
}

/** Its interrupt, as the board numbers it. */
export function deviceInterrupt(index: u32): u32 {
  return memory.load32(DEVICES + u64(index) * DEVICE_BYTES + 8n);
}

/** Its interrupt, as it arrives here. */
export function deviceIntid(index: u32): u32 {
  return memory.load32(DEVICES + u64(index) * DEVICE_BYTES + 12n);
}

function machine(index: u32): u64 {
  return MACHINES + u64(index % MACHINES_MAX) * MACHINE_BYTES;
}

/** Address of its name, NUL-terminated. */
export function machineName(index: u32): u64 {
  return machine(index);
}

export function machineMib(index: u32): u32 {
  return memory.load32(machine(index) + 16n);
}

/** What we see of its RAM: from this address of its own on ... */
export function sharedFirst(index: u32): u64 {
  return u64(memory.load32(shared(index)));
}

/** ... so much. */
export function sharedMib(index: u32): u32 {
  return memory.load32(shared(index) + 4n);
}

/** Whether that is not all. */
export function sharesPart(index: u32): boolean {
  return sharedMib(index) !== machineMib(index);
}

/** Where the picture of its simple screen is, at an address of its own; 0 if it has none. */
export function pictureAddress(index: u32): u64 {
  return u64(memory.load32(shared(index) + 8n));
}

/** In pixels. */
export function pictureWidth(index: u32): u32 {
  return u32(memory.load16(shared(index) + 12n));
}

export function pictureHeight(index: u32): u32 {
  return u32(memory.load16(shared(index) + 14n));
}

function shared(index: u32): u64 {
  return SHARED + u64(index % MACHINES_MAX) * SHARED_BYTES;
}

/** What it may reach beside its peers. */
export function machineNetwork(index: u32): u32 {
  return memory.load32(machine(index) + 52n);
}
export const NETWORK_UPLINK = 1;

/** The machines that it may talk to, a bit each, if they may talk to it. */
export function machinePeers(index: u32): u32 {
  return memory.load32(machine(index) + 56n);
}

export function slotType(index: u32, slot: u32): u32 {
  return u32(memory.load8(machine(index) + SLOTS + u64(slot) * 4n));
}

export function slotFlags(index: u32, slot: u32): u32 {
  return u32(memory.load8(machine(index) + SLOTS + u64(slot) * 4n + 1n));
}

/** Of a block device: its volume. */
export function slotParameter(index: u32, slot: u32): u32 {
  return u32(memory.load16(machine(index) + SLOTS + u64(slot) * 4n + 2n));
}

/** Address of the name of volume `index`'s partition, ASCII, padded with NULs. */
export function volumeName(index: u32): u64 {
  return VOLUMES + u64(index) * VOLUME_BYTES;
}
