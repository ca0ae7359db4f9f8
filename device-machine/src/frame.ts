/** Frames of Ethernet, and the header that virtio puts before each. [virtio 1.2 "Device Operation"] */
export const HEADER_BYTES = 12;
/** Without its check sequence, with a VLAN tag. */
export const FRAME_BYTES_MAX = 1518;
export const FRAME_BYTES_MIN = 14;
export const ADDRESS_BYTES = 6n;

/** A machine's address is this and its index, in the byte order of a load: 02:54:48:4d:42:nn, locally administered. */
const PREFIX = 0x42_4d48_5402n;
const ADDRESS_MASK = 0xffff_ffff_ffffn;

/** The address of machine `index`. */
export function addressOfMachine(index: u32): u64 {
  return PREFIX | (u64(index) << 40n);
}

/** The address at `at`: 6 bytes. */
export function addressAt(at: u64): u64 {
  return (u64(memory.load32(at)) | (u64(memory.load16(at + 4n)) << 32n)) & ADDRESS_MASK;
}

/** Whether it is one of a group, all included. */
export function isGroup(address: u64): boolean {
  return (address & 1n) !== 0n;
}

/** The machine whose address it is; `none` if it is nobody's. */
export function machineOf(address: u64, none: u32): u32 {
  return (address & 0xff_ffff_ffffn) === PREFIX ? u32(address >> 40n) : none;
}
