/**
 * Reading a Linux kernel from whatever file a distribution calls one.
 *
 * A guest is started with an uncompressed arm64 Image; kernel-packing.ts gets it out of what it is packed in. Everything
 * else is refused with the name of what it is, because "does not boot" is the alternative.
 */
import { Refusal } from '../refusal.ts';
import { type Arm64Header, hasArm64Magic, readHeader } from './arm64-header.ts';
import { describeForeignFile } from './foreign-file.ts';
import { truncated, unpackGzip, unpackStub, unpackZboot } from './kernel-packing.ts';
import { peMachine, peRawEnd } from './pe-header.ts';

export interface Kernel {
  readonly bytes: Buffer;
  readonly header: Arm64Header;
}

/** Kernels before 3.17 give no size; this is what boot loaders then leave them. */
const IMAGE_BYTES_UNSTATED = 16 * 2 ** 20;

function refuseOtherPeMachine(bytes: Buffer, place: string): void {
  const machine = peMachine(bytes);
  if (machine !== null && machine !== 'arm64') {
    throw new Refusal(`${place}: a kernel for ${machine}; a machine needs an arm64 kernel`);
  }
}

/** The uncompressed arm64 Image in `file`'s bytes; `place` leads every refusal. */
export function readKernel(file: Buffer, place: string): Kernel {
  if (file.length === 0) throw new Refusal(`${place}: the file is empty; give an arm64 Linux Image`);
  refuseOtherPeMachine(file, place);
  let bytes = file;
  for (const unpack of [unpackGzip, unpackStub, unpackZboot]) bytes = unpack(bytes, place) ?? bytes;
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
