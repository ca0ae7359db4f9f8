/**
 * Reading a Linux kernel from whatever file a distribution calls one.
 *
 * A guest is started with an uncompressed arm64 Image, which kernel-packing.ts gets out of what it is packed in, or with an arm
 * zImage, which unpacks itself. Everything else is refused with the name of what it is, because "does not boot" is the alternative.
 */
import { Refusal } from '../refusal.ts';
import { hasArm64Magic, readHeader } from './arm64-header.ts';
import { describeForeignFile } from './foreign-file.ts';
import { truncated, unpackGzip, unpackStub, unpackZboot } from './kernel-packing.ts';
import { ARM_MACHINE, peMachine, peRawEnd } from './pe-header.ts';
import { hasZimageMagic, zimageBytes } from './zimage-header.ts';

/** Linux' names for what a machine's kernel is built for: AArch64 or AArch32 at EL1. */
export type Architecture = 'arm64' | 'arm';

export interface Kernel {
  readonly architecture: Architecture;
  readonly bytes: Buffer;
  /** Where it wants to lie from a 2 MiB boundary; a zImage may lie anywhere. */
  readonly textOffset: number;
  /** Memory that it occupies from where it is put, its zeroed variables included; a zImage unpacks itself elsewhere. */
  readonly memoryBytes: number;
}

/** Where QEMU's own boot loader puts one. */
const ZIMAGE_OFFSET = 0x1_0000;
/** Kernels before 3.17 give no size; this is what boot loaders then leave them. */
const IMAGE_BYTES_UNSTATED = 16 * 2 ** 20;

function refuseOtherPeMachine(bytes: Buffer, place: string): void {
  const machine = peMachine(bytes);
  if (machine !== null && machine !== 'arm64' && machine !== ARM_MACHINE) {
    throw new Refusal(`${place}: a kernel for ${machine}; a machine needs an arm64 kernel`);
  }
}

/** The kernel in `file`'s bytes; `place` leads every refusal. */
export function readKernel(file: Buffer, place: string): Kernel {
  if (file.length === 0) throw new Refusal(`${place}: the file is empty; give an arm64 Linux Image or an arm zImage`);
  refuseOtherPeMachine(file, place);
  let bytes = file;
  for (const unpack of [unpackGzip, unpackStub, unpackZboot]) bytes = unpack(bytes, place) ?? bytes;
  if (hasZimageMagic(bytes)) return readZimage(bytes, place);
  if (!hasArm64Magic(bytes)) {
    refuseOtherPeMachine(bytes, place);
    const foreign = describeForeignFile(bytes);
    throw new Refusal(`${place}: ${foreign ?? 'no arm64 Linux Image (no "ARM\\x64" at offset 0x38) and no arm zImage, or cut off before that'}`);
  }
  const header = readHeader(bytes);
  if (header.bigEndian) throw new Refusal(`${place}: a big-endian kernel; give one built with CONFIG_CPU_LITTLE_ENDIAN`);
  const rawEnd = peRawEnd(bytes);
  if (rawEnd !== null && rawEnd > bytes.length) throw truncated(place, rawEnd, bytes.length);
  const memoryBytes = Math.max(bytes.length, header.imageSize || IMAGE_BYTES_UNSTATED);
  return { architecture: 'arm64', bytes, textOffset: header.textOffset, memoryBytes };
}

function readZimage(bytes: Buffer, place: string): Kernel {
  const announced = zimageBytes(bytes);
  if (announced === null) throw new Refusal(`${place}: a big-endian zImage; give one built with CONFIG_CPU_LITTLE_ENDIAN`);
  if (announced > bytes.length) throw truncated(place, announced, bytes.length);
  return { architecture: 'arm', bytes, textOffset: ZIMAGE_OFFSET, memoryBytes: bytes.length };
}
