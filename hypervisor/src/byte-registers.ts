/**
 * Registers that have a byte an interrupt, which a guest may access by byte, halfword or word. An array of bytes is such a
 * row of registers as it lies in memory; `offset` is masked to it by whoever calls.
 */
const EACH_BYTE = 0x0101_0101;
const ALL: u32 = 0xffff_ffff;

/** The register of the row at `row` that `offset` is in, the addressed byte lowest. @inline */
export function read(row: u64, offset: u32): u32 {
  return memory.load32(wordAt(row, offset)) >> shiftOf(offset);
}

/** The bytes that `1 << sizeLog2` bytes of `value` at `offset` reach, as a mask; what would run over the end of the register does not. */
export function reached(offset: u32, sizeLog2: u32): u32 {
  return (sizeLog2 === 0 ? 0xff : sizeLog2 === 1 ? 0xffff : ALL) << shiftOf(offset);
}

/** As `read`, of a row of 32; a store writes what `mask` lets through of each byte. */
export function access(row: u64, offset: u32, isStore: boolean, sizeLog2: u32, value: u32, mask: u32): u32 {
  if (isStore) {
    write(row, offset, sizeLog2, value, mask);
  }
  return read(row, offset);
}

/** The eight words behind the row are the same bits the other way round: word k has bit k of each byte. */
function write(row: u64, offset: u32, sizeLog2: u32, value: u32, mask: u32): void {
  const bits = reached(offset, sizeLog2);
  const at = wordAt(row, offset);
  const word = (memory.load32(at) & ~bits) | (inPlace(offset, value, mask) & bits);
  memory.store32(at, word);
  const first = offset & 0x1c;
  const four: u32 = 0xf;
  let column = wrappingAdd(row, ROW_BYTES);
  for (let k: u32 = 0; k < 8; k += 1) {
    // The product moves bits 0, 8, 16 and 24 to 24, 25, 26 and 27; no two of its terms meet.
    const turned = (wrappingMul<u32>((word >> k) & EACH_BYTE, 0x0102_0408) >> 24) & four;
    memory.store32(column, (memory.load32(column) & ~(four << first)) | (turned << first));
    column = wrappingAdd(column, 4n);
  }
}
const ROW_BYTES = 32n;

/** Sets or clears those bits of each byte that are set in `value` and in `mask`. */
export function change(row: u64, offset: u32, value: u32, mask: u32, isSet: boolean): void {
  const bits = inPlace(offset, value, mask);
  const at = wordAt(row, offset);
  const before = memory.load32(at);
  memory.store32(at, isSet ? before | bits : before & ~bits);
}

function inPlace(offset: u32, value: u32, mask: u32): u32 {
  return (value << shiftOf(offset)) & wrappingMul<u32>(EACH_BYTE, mask);
}

function wordAt(row: u64, offset: u32): u64 {
  return wrappingAdd(row, u64(offset & ~3));
}

function shiftOf(offset: u32): u32 {
  return (offset & 3) * 8;
}
