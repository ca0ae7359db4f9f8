/**
 * A virtqueue of a physical device, from the driver's side: each request is one descriptor, which names an indirect table of the request's own.
 * Entry n of the queue is request n for ever. [virtio 1.2 "Split Virtqueues"]
 */
import { dmbIsh } from '@thimble/arm64/instructions.ts';
import * as arena from './arena.ts';
import * as hypervisor from './hypervisor.ts';

const FLAG_NEXT: u16 = 1;
const FLAG_WRITE: u16 = 2;
const FLAG_INDIRECT: u16 = 4;
const DESCRIPTOR_BYTES = 16n;
const INDEX = 2n;
const RING = 4n;
/** Entries of the tables. */
const TABLE_ENTRIES = 256;
const BLOCK_BYTES = 0x20_0000n;
export const NONE = 0xffff_ffff;

export class DrivenQueue {
  size: u32 = 0;
  descriptors: u64 = 0n;
  available: u64 = 0n;
  used: u64 = 0n;
  private tables: u64 = 0n;
  private offered: u32 = 0;
  private taken: u32 = 0;
  /** What the device wrote to the request that `take` gave last. */
  bytes: u32 = 0;
  /** Entries of the table that is being filled. */
  private filled: u32 = 0;

  /** Takes memory for `size` entries, a power of two. */
  open(size: u32): void {
    this.size = size;
    this.descriptors = arena.take(u64(size) * DESCRIPTOR_BYTES);
    this.available = arena.take(u64(size) * 2n + 6n);
    this.used = arena.take(u64(size) * 8n + 6n);
    // A table is as long as a page, so that none crosses a block.
    this.tables = arena.take(u64(size) * u64(TABLE_ENTRIES) * DESCRIPTOR_BYTES);
  }

  private table(request: u32): u64 {
    return this.tables + u64(request) * u64(TABLE_ENTRIES) * DESCRIPTOR_BYTES;
  }

  begin(): void {
    this.filled = 0;
  }

  /** Adds the `bytes` bytes at `address` to request `request`: one piece for each block of 2 MiB they are in. False if the table is full. */
  add(request: u32, address: u64, bytes: u32, isForDevice: boolean): boolean {
    let at = address;
    let rest = u64(bytes);
    while (rest !== 0n) {
      if (this.filled === TABLE_ENTRIES) {
        return false;
      }
      const room = BLOCK_BYTES - (at & (BLOCK_BYTES - 1n));
      const piece = rest < room ? rest : room;
      const entry = this.table(request) + u64(this.filled) * DESCRIPTOR_BYTES;
      memory.store64(entry, hypervisor.physical(at));
      memory.store32(entry + 8n, u32(piece));
      memory.store16(entry + 12n, isForDevice ? FLAG_WRITE | FLAG_NEXT : FLAG_NEXT);
      this.filled += 1;
      memory.store16(entry + 14n, u16(this.filled));
      at += piece;
      rest -= piece;
    }
    return true;
  }

  /** Offers request `request`, whose pieces have been added, to the device, which is to be notified. */
  offer(request: u32): void {
    const last = this.table(request) + u64(this.filled - 1) * DESCRIPTOR_BYTES;
    memory.store16(last + 12n, memory.load16(last + 12n) & FLAG_WRITE);
    const descriptor = this.descriptors + u64(request) * DESCRIPTOR_BYTES;
    memory.store64(descriptor, hypervisor.physical(this.table(request)));
    memory.store32(descriptor + 8n, this.filled * 16);
    memory.store16(descriptor + 12n, FLAG_INDIRECT);
    memory.store16(this.available + RING + u64(this.offered & (this.size - 1)) * 2n, u16(request));
    this.offered = (this.offered + 1) & 0xffff;
    // The request is visible before the index that offers it.
    dmbIsh();
    mmio.write16(this.available + INDEX, u16.wrap(this.offered));
  }

  /** The next request that the device is done with; NONE if there is none. */
  take(): u32 {
    if (u32(mmio.read16(this.used + INDEX)) === this.taken) {
      return NONE;
    }
    // What the device wrote is read after the index that says that it is there.
    dmbIsh();
    const at = this.used + RING + u64(this.taken & (this.size - 1)) * 8n;
    const request = mmio.read32(at);
    this.bytes = mmio.read32(at + 4n);
    this.taken = (this.taken + 1) & 0xffff;
    return request < this.size ? request : NONE;
  }
}
