// Registers, fields, device memory and assembly; hosts see each as a call.
const HCR_EL2 = register({ name: 'HCR_EL2', fields: { VM: 0, SWIO: 1, TGE: 27, IMO: [5, 4] } });
const ICH_LR = register({ name: 'ICH_LR0_EL2', encoding: 'S3_4_C12_C12_0', fields: { State: [63, 62] } });
const Descriptor = bits({ name: 'Descriptor', fields: { Valid: 0, Index: [8, 2], Top: [63, 56] } });
const START = HCR_EL2.of({ VM: 1n, TGE: 1n });

// = 134217729
export function constantFields(): u64 {
  return START;
}
function pack(index: u64): u64 {
  return Descriptor.of({ Valid: 1n, Index: index, Top: u64(u8.wrap(index)) });
}
// = 360287970189639701
export function dynamicFields(): u64 {
  return pack(5n);
}
// traps
export function fieldThatDoesNotFitTraps(): u64 {
  return pack(128n);
}
function unpack(word: u64): u64 {
  return Descriptor.get(word, 'Index') * 1000n + Descriptor.get(word, 'Top');
}
// = 7255
export function fieldsAreShiftedDown(): u64 {
  return unpack(0xff00_0000_0000_001fn);
}
function replace(word: u64, index: u64): u64 {
  return Descriptor.with(word, { Index: index & 0x7fn });
}
// = 18446744073709551107
export function withReplaces(): u64 {
  return replace(0xffff_ffff_ffff_ffffn, 0x80n);
}
// = 508
export function masks(): u64 {
  return Descriptor.mask('Index');
}
// calls reg_read_HCR_EL2() reg_write_HCR_EL2(3) reg_write_ICH_LR0_EL2(4611686018427387904)
export function registers(): void {
  HCR_EL2.write(HCR_EL2.with(HCR_EL2.read(), { VM: 1n, SWIO: 1n }));
  ICH_LR.write(ICH_LR.of({ State: 1n }));
}
// calls mmio_write8(4096, 255) mmio_read32(4100) mmio_write64(4104, 0) asm_dsb() asm_tlbi(4096) asm_isb()
export function devices(): void {
  const base: u64 = 0x1000n;
  mmio.write8(base, 0xff);
  mmio.write64(base + 8n, u64(mmio.read32(base + 4n)));
  asm`dsb ish`;
  asm`tlbi vale2, ${base}`;
  asm`isb`;
}
// calls mmio_read32(1) mmio_read32(2) mmio_read32(3)
export function devicesInOrder(): u32 {
  return mmio.read32(1n) + mmio.read32(2n) * mmio.read32(3n);
}
// = 43981
export function memoryAccess(): u64 {
  const place = addressOf(scratch);
  memory.store32(place, 0xabcd);
  memory.store8(place + 4n, 1);
  return u64(memory.load16(place)) + u64(memory.load8(place + 5n));
}
const scratch = fixedArray(u64, 2);
const shared = new AtomicU32();
// = 1234
export function atomics(): u32 {
  shared.store(1);
  const old = shared.fetchAdd(9) * 1000;
  const swapped = shared.exchange(3);
  const failed = shared.compareExchange(4, 50);
  const done = shared.compareExchange(failed, 224);
  return old + swapped * 0 + shared.load() + failed * 2 + done + swapped - 9;
}
class Header {
  kind: u8 = 0;
  size: u32 = 0;
  readonly data = fixedArray(u16, 3);
}
// = 16004
export function layouts(): u32 {
  return sizeOf(Header) * 1000 + offsetOf(Header, 'size');
}
const header = new Header();
// = 77
export function objectsByAddress(): u32 {
  header.size = 77;
  return unsafeAt(Header, addressOf(header)).size;
}
// traps
export function unalignedTraps(): u32 {
  return unsafeAt(Header, addressOf(header) + 1n).size;
}
// traps
export function assertTraps(): void {
  assert(header.kind === 1);
}
// traps
export function trapTraps(): u32 {
  trap();
}
