/**
 * The packings that distributions put a kernel in, undone one at a time.
 *
 *     gzip            Image.gz, and the vmlinuz of older Ubuntus
 *     EFI stub        a PE program with the kernel in its section `.linux`: unified kernel images, Ubuntu from 26.04 on
 *     EFI zboot       a PE program whose header says where the compressed kernel lies
 *                     [Linux, drivers/firmware/efi/libstub/zboot-header.S]
 *
 * Each function gives null where the file is not packed in its way.
 */
import { decompress as decompressZstd } from 'fzstd';
import { gunzipSync } from 'node:zlib';
import { Refusal } from '../refusal.ts';
import { peSection } from './pe-header.ts';

const GZIP_MAGIC = 0x8b1f;
const ZBOOT_MAGIC = 0x676d697a; // "zimg"
const ZBOOT_HEADER_BYTES = 0x40;

/** More than any kernel unpacks to; a size above it is damage. */
const UNPACKED_BYTES_MAX = 512 * 2 ** 20;

export function unpackGzip(bytes: Buffer, place: string): Buffer | null {
  if (bytes.length <= 2 || bytes.readUInt16LE(0) !== GZIP_MAGIC) return null;
  return unpacking('gzip', place, () => gunzipSync(bytes, { maxOutputLength: UNPACKED_BYTES_MAX }));
}

export function unpackStub(bytes: Buffer, place: string): Buffer | null {
  const section = peSection(bytes, '.linux');
  if (section === null) return null;
  if (section.end > bytes.length) throw truncated(place, section.end, bytes.length);
  return bytes.subarray(section.start, section.end);
}

/**
 * Payload offset at 8, its bytes at 12, the compression's name at 0x18. Behind a payload other than gzip's
 * stand four bytes with its unpacked length.
 */
export function unpackZboot(bytes: Buffer, place: string): Buffer | null {
  const isZboot =
    bytes.length >= ZBOOT_HEADER_BYTES && bytes.readUInt32LE(4) === ZBOOT_MAGIC && bytes.toString('latin1', 0, 2) === 'MZ';
  if (!isZboot) return null;
  const start = bytes.readUInt32LE(8);
  const end = start + bytes.readUInt32LE(12);
  const compression = bytes.toString('latin1', 0x18, 0x38).split('\0')[0] ?? '';
  if (end > bytes.length) throw truncated(place, end, bytes.length);
  const payload = bytes.subarray(start, end);
  if (compression === 'gzip') return unpackGzip(payload, place) ?? damaged(compression, place);
  if (compression !== 'zstd') {
    throw new Refusal(
      `${place}: an EFI zboot kernel compressed with ${compression}; give the uncompressed Image of the same build`,
    );
  }
  if (end + 4 > bytes.length) throw truncated(place, end + 4, bytes.length);
  return unpackZstd(payload, bytes.readUInt32LE(end), place);
}

/** `length` is the unpacked length: given one buffer, the unpacking takes a quarter of the time. */
function unpackZstd(payload: Buffer, length: number, place: string): Buffer {
  if (length > UNPACKED_BYTES_MAX) return damaged('zstd', place);
  return unpacking('zstd', place, () => decompressZstd(payload, new Uint8Array(length)));
}

export function truncated(place: string, wanted: number, found: number): Refusal {
  return new Refusal(
    `${place}: truncated: its header announces ${String(wanted)} bytes and the file has ${String(found)}; copy or download the kernel again`,
  );
}

function unpacking(compression: string, place: string, unpack: () => Uint8Array): Buffer {
  try {
    const bytes = unpack();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  } catch {
    return damaged(compression, place);
  }
}

function damaged(compression: string, place: string): never {
  throw new Refusal(`${place}: the ${compression} data is truncated or damaged; copy or download the kernel again`);
}
