/**
 * The 64 bytes at the start of an arm64 Image [Linux, Documentation/arch/arm64/booting.rst "Call the kernel image"].
 *
 *     0x00 code0    0x10 image_size   0x20 res2                              0x30 res4
 *     0x04 code1    0x18 flags        0x28 res3 (Thimble: manifest offset)   0x38 magic "ARM\x64"
 *     0x08 text_offset                                                       0x3c PE header offset
 *
 * docs/abi.md says what Thimble keeps in the two reserved words.
 */
export const HEADER_BYTES = 64;
const MAGIC = 0x644d5241; // "ARM\x64", little endian
const MAGIC_OFFSET = 0x38;

export interface Arm64Header {
  /** Where the image wants to lie from a 2 MiB boundary. */
  readonly textOffset: number;
  /** Memory it needs from there, its zeroed variables included; 0 in kernels before 3.17. */
  readonly imageSize: number;
  readonly bigEndian: boolean;
  /** Offset of the manifest, or 0. */
  readonly manifestOffset: number;
  /** Bytes of memory after the file that the hypervisor uses. */
  readonly workspaceBytes: number;
}

export function hasArm64Magic(bytes: Buffer): boolean {
  return bytes.length >= HEADER_BYTES && bytes.readUInt32LE(MAGIC_OFFSET) === MAGIC;
}

export function readHeader(bytes: Buffer): Arm64Header {
  return {
    textOffset: Number(bytes.readBigUInt64LE(0x08)),
    imageSize: Number(bytes.readBigUInt64LE(0x10)),
    bigEndian: (bytes.readUInt8(0x18) & 1) === 1,
    manifestOffset: Number(bytes.readBigUInt64LE(0x28)),
    workspaceBytes: Number(bytes.readBigUInt64LE(0x30)),
  };
}

/** Writes the two fields that the linker cannot know. */
export function writeSizes(bytes: Buffer, sizes: { readonly imageSize: number; readonly manifestOffset: number }): void {
  bytes.writeBigUInt64LE(BigInt(sizes.imageSize), 0x10);
  bytes.writeBigUInt64LE(BigInt(sizes.manifestOffset), 0x28);
}
