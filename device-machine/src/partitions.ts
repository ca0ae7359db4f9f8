/**
 * The GUID partition table: which sectors a volume has, by its partition's name. The second table counts where the first is damaged.
 * [UEFI 2.10 "GUID Partition Table (GPT) Disk Layout"]
 */
import * as arena from './arena.ts';
import * as disk from './disk.ts';
import * as log from './log.ts';
import { VOLUME_NAME_BYTES } from './settings.ts';

/** "EFI PART" */
const SIGNATURE = 0x5452_4150_2049_4645n;
const HEADER_BYTES_MIN = 92;
/** Offsets in the header. */
const HEADER_CRC = 16n;
const OWN_SECTOR = 24n;
const FIRST_USABLE = 40n;
const LAST_USABLE = 48n;
const ENTRIES_AT = 72n;
const ENTRY_COUNT = 80n;
const ENTRY_SIZE = 84n;
const ENTRIES_CRC = 88n;
const ENTRIES_MAX = 128;
const ENTRY_BYTES = 128n;
const ENTRIES_SECTORS = 32;
const NAME = 56n;

/** Of a table of a volume that `find` found. */
export let firstSector: u64 = 0n;
export let sectorCount: u64 = 0n;

let entries: u64 = 0n;
let count: u32 = 0;
let firstUsable: u64 = 0n;
let lastUsable: u64 = 0n;

const CRC: readonly u32[] = comptime(() => {
  let table: u32[] = [];
  for (let i = 0; i < 256; i += 1) {
    let value = i;
    for (let bit = 0; bit < 8; bit += 1) value = (value & 1) !== 0 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
    table = [...table, value >>> 0];
  }
  return table;
});

/** CRC-32 of `bytes` bytes; the four at offset `zeroAt` count as zeros. */
function crc(address: u64, bytes: u32, zeroAt: u64): u32 {
  let value: u32 = 0xffff_ffff;
  for (let i: u64 = 0n; i < u64(bytes); i += 1n) {
    const isZero = i >= zeroAt && i < zeroAt + 4n;
    const byte = isZero ? 0 : u32(memory.load8(address + i));
    value = (value >> 8) ^ CRC[(value ^ byte) & 0xff];
  }
  return ~value;
}

/** Reads the disk's table, and says if it is damaged, or cannot be read at all. False if both are, or there is none. */
export function read(): boolean {
  const header = arena.take(u64(disk.SECTOR_BYTES));
  entries = arena.take(u64(ENTRIES_MAX) * ENTRY_BYTES);
  if (disk.sectors > 1n && readAt(1n, header)) {
    return true;
  }
  const isSecond = disk.sectors > 1n && readAt(disk.sectors - 1n, header);
  if (disk.sectors === 0n) {
    log.line('disk: it does not answer');
  } else {
    log.line(isSecond ? 'disk: its partition table is damaged; the second one counts' : 'disk: its partition table is damaged, and so is the second one');
  }
  return isSecond;
}

function readAt(sector: u64, header: u64): boolean {
  if (!disk.readNow(sector, 1, header) || memory.load64(header) !== SIGNATURE) {
    return false;
  }
  const headerBytes = memory.load32(header + 12n);
  if (headerBytes < HEADER_BYTES_MIN || headerBytes > disk.SECTOR_BYTES) {
    return false;
  }
  if (crc(header, headerBytes, HEADER_CRC) !== memory.load32(header + HEADER_CRC) || memory.load64(header + OWN_SECTOR) !== sector) {
    return false;
  }
  count = memory.load32(header + ENTRY_COUNT);
  firstUsable = memory.load64(header + FIRST_USABLE);
  lastUsable = memory.load64(header + LAST_USABLE);
  const at = memory.load64(header + ENTRIES_AT);
  if (count > ENTRIES_MAX || memory.load32(header + ENTRY_SIZE) !== u32(ENTRY_BYTES)) {
    return false;
  }
  if (lastUsable >= disk.sectors || at >= disk.sectors || !disk.readNow(at, ENTRIES_SECTORS, entries)) {
    return false;
  }
  return crc(entries, count * u32(ENTRY_BYTES), NEVER) === memory.load32(header + ENTRIES_CRC);
}
const NEVER = 0x1_0000_0000n;

/** Finds the partition with the ASCII name at `name`, padded with NULs. False if there is none that lies where partitions may. */
export function find(name: u64): boolean {
  for (let i: u32 = 0; i < count; i += 1) {
    const entry = entries + u64(i) * ENTRY_BYTES;
    if (hasName(entry + NAME, name)) {
      const last = memory.load64(entry + 40n);
      firstSector = memory.load64(entry + 32n);
      if (firstSector < firstUsable || firstSector > last || last > lastUsable) {
        return false;
      }
      sectorCount = last - firstSector + 1n;
      return true;
    }
  }
  return false;
}

/** Names are UTF-16, 36 units. */
function hasName(entry: u64, name: u64): boolean {
  for (let i: u64 = 0n; i < u64(VOLUME_NAME_BYTES); i += 1n) {
    if (u32(memory.load16(entry + i * 2n)) !== u32(memory.load8(name + i))) {
      return false;
    }
  }
  return true;
}
