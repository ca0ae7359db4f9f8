/**
 * Reading a Linux kernel from whatever file a distribution calls one.
 *
 * A guest is started with an uncompressed arm64 Image. Three packings of it are undone here: gzip (Image.gz, Ubuntu's
 * vmlinuz), the EFI zboot wrapper [Linux, drivers/firmware/efi/libstub/zboot-header.S], and none. Everything else is
 * refused with the name of what it is, because "does not boot" is the alternative.
 */
import { gunzipSync } from 'node:zlib';
import { Refusal } from '../refusal.ts';
import { type Arm64Header, hasArm64Magic, HEADER_BYTES, readHeader } from './arm64-header.ts';
import { describeForeignFile } from './foreign-file.ts';
import { peMachine, peRawEnd } from './pe-header.ts';

export interface Kernel {
  readonly bytes: Buffer;
  readonly header: Arm64Header;
}

const GZIP_MAGIC = 0x8b1f;
const ZBOOT_MAGIC = 0x676d697a; // "zimg"

/** Kernels before 3.17 give no size; this is what boot loaders then leave them. */
const IMAGE_BYTES_UNSTATED = 16 * 2 ** 20;

function isGzip(bytes: Buffer): boolean {
  return bytes.length > 2 && bytes.readUInt16LE(0) === GZIP_MAGIC;
}

function unzip(bytes: Buffer, place: string): Buffer {
  try {
    return gunzipSync(bytes);
  } catch {
    throw new Refusal(`${place}: the gzip data is truncated or damaged; copy or download the kernel again`);
  }
}

function isZboot(bytes: Buffer): boolean {
  return bytes.length >= HEADER_BYTES && bytes.readUInt32LE(4) === ZBOOT_MAGIC && bytes.toString('latin1', 0, 2) === 'MZ';
}

/** zboot: payload offset at 8, its bytes at 12, the compression's name at 0x18. */
function unpackZboot(bytes: Buffer, place: string): Buffer {
  const offset = bytes.readUInt32LE(8);
  const length = bytes.readUInt32LE(12);
  const compression = bytes.toString('latin1', 0x18, 0x38).split('\0')[0] ?? '';
  refuseOtherPeMachine(bytes, place);
  if (offset + length > bytes.length) throw truncated(place, offset + length, bytes.length);
  if (compression !== 'gzip') {
    throw new Refusal(
      `${place}: an EFI zboot kernel compressed with ${compression}; give the uncompressed Image of the same build`,
    );
  }
  return unzip(bytes.subarray(offset, offset + length), place);
}

function truncated(place: string, wanted: number, found: number): Refusal {
  return new Refusal(
    `${place}: truncated: its header announces ${String(wanted)} bytes and the file has ${String(found)}; copy or download the kernel again`,
  );
}

function refuseOtherPeMachine(bytes: Buffer, place: string): void {
  const machine = peMachine(bytes);
  if (machine !== null && machine !== 'arm64') {
    throw new Refusal(`${place}: a kernel for ${machine}; a machine needs an arm64 kernel`);
  }
}

/** The uncompressed arm64 Image in `file`'s bytes; `place` leads every refusal. */
export function readKernel(file: Buffer, place: string): Kernel {
  if (file.length === 0) throw new Refusal(`${place}: the file is empty; give an arm64 Linux Image`);
  let bytes = file;
  if (isGzip(bytes)) bytes = unzip(bytes, place);
  if (isZboot(bytes)) bytes = unpackZboot(bytes, place);
  if (!hasArm64Magic(bytes)) {
    refuseOtherPeMachine(bytes, place);
    const foreign = describeForeignFile(bytes);
    throw new Refusal(`${place}: ${foreign ?? 'no arm64 Linux Image (no "ARM\\x64" at offset 0x38), or cut off before that'}`);
  }
  const header = readHeader(bytes);
  if (header.bigEndian) throw new Refusal(`${place}: a big-endian kernel; give one built with CONFIG_CPU_LITTLE_ENDIAN`);
  const rawEnd = peRawEnd(bytes);
  if (rawEnd !== null && rawEnd > bytes.length) throw truncated(place, rawEnd, bytes.length);
  return { bytes, header };
}

/** Memory that the kernel occupies from where it is put, its zeroed variables included. */
export function kernelMemoryBytes(kernel: Kernel): number {
  return Math.max(kernel.bytes.length, kernel.header.imageSize || IMAGE_BYTES_UNSTATED);
}
