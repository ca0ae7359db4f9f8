/**
 * The words at the start of an arm zImage [Linux, Documentation/arch/arm/booting.rst "Calling the kernel image"].
 *
 *     0x24 magic   0x28 address of the start (0)   0x2c address of the end   0x30 0x04030201 as the kernel's own byte order has it
 */
const MAGIC = 0x016f2818;
const MAGIC_OFFSET = 0x24;
const START_OFFSET = 0x28;
const END_OFFSET = 0x2c;
const ORDER = 0x04030201;
const ORDER_OFFSET = 0x30;
const HEADER_BYTES = 0x34;

/** Whether `bytes` begin as a zImage does. */
export function hasZimageMagic(bytes: Buffer): boolean {
  return bytes.length >= HEADER_BYTES && (bytes.readUInt32LE(MAGIC_OFFSET) === MAGIC || bytes.readUInt32BE(MAGIC_OFFSET) === MAGIC);
}

/** The length that the header announces; null for a big-endian kernel. */
export function zimageBytes(bytes: Buffer): number | null {
  if (bytes.readUInt32LE(MAGIC_OFFSET) !== MAGIC || bytes.readUInt32LE(ORDER_OFFSET) !== ORDER) return null;
  return bytes.readUInt32LE(END_OFFSET) - bytes.readUInt32LE(START_OFFSET);
}
