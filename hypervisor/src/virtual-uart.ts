/**
 * A guest's PL011. What it sends goes straight to its console on the board's line, so its transmit FIFO is full only while
 * the board's own is; what it receives waits here, and no byte is taken from the line that would not fit.
 * [DDI0183 3.3 "Register descriptions"]
 */
import * as console from './console.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';
import type { Vm } from './vm.ts';

const DR = 0x00;
const ICR = 0x44;
/** ILPR, IBRD, FBRD, LCR_H, CR, IFLS: kept for the guest, without effect; then IMSC, RIS and MIS. */
const KEPT = 0x20;
const KEPT_COUNT = 9;
const IMSC = 6;
const RIS = 7;
const MIS = 8;
const IDENTIFICATION = 0xfe0;

const FR_RXFE = 0x10n;
const FR_TXFF = 0x20n;
const FR_TXFE = 0x80n;
/** Receive, and receive timeout: there is something to read. */
const INT_RX = 0x50;
const INT_TX = 0x20;
const INT_ALL = 0x7ff;
/** As wide as any setting is. */
const SETTING = 0xffff;

/** PeriphID0 to 3 and PCellID0 to 3, revision r1p4 (the one that has FIFOs of 16). */
const IDS: readonly u8[] = [0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1];
/** Power of two. */
const FIFO_BYTES = 32;
/** SPI 1. */
const INTID = 33;

export class VirtualUart {
  private readonly fifo = fixedArray(u8, FIFO_BYTES);
  private first: u32 = 0;
  private length: u32 = 0;
  /** The guest has left its FIFO full for too long: what comes for it is lost until it reads. */
  isDeaf: boolean = false;
  /** From offset KEPT on. */
  private readonly kept = fixedArray(u32, KEPT_COUNT);

  /** FR. @inline */
  flags(): u64 {
    return (this.length === 0 ? FR_RXFE : 0n) | (console.isReady() ? FR_TXFE : FR_TXFF);
  }

  /** The other registers. @noinline */
  read(vm: Vm, offset: u32): u64 {
    if (offset === DR) {
      return this.take(vm);
    }
    const place = placeOf(offset);
    if (place < KEPT_COUNT) {
      return u64(this.kept[place]);
    }
    return offset >= IDENTIFICATION && offset < 0x1000 ? u64(IDS[(offset - IDENTIFICATION) >> 2]) : 0n;
  }

  write(vm: Vm, offset: u32, value: u32): void {
    if (offset === DR) {
      console.guestByte(vm, u8.wrap(value));
    }
    vm.lock.acquire();
    const place = placeOf(offset);
    if (offset === DR) {
      this.kept[RIS] |= INT_TX;
    } else if (offset === ICR) {
      this.kept[RIS] &= ~value;
    } else if (place < RIS) {
      this.kept[place] = value & (place === IMSC ? INT_ALL : SETTING);
    }
    this.updateLine(vm);
    vm.lock.release();
  }

  /** A byte for the guest. False if there is no room for it. */
  receive(vm: Vm, byte: u8): boolean {
    vm.lock.acquire();
    const hasRoom = this.length < FIFO_BYTES;
    if (hasRoom) {
      this.fifo[wrappingAdd(this.first, this.length) % FIFO_BYTES] = byte;
      this.length += 1;
      this.kept[RIS] |= INT_RX;
      this.updateLine(vm);
    }
    vm.lock.release();
    return hasRoom;
  }

  /** The guest reads a byte. */
  private take(vm: Vm): u64 {
    vm.lock.acquire();
    let byte: u64 = 0n;
    if (this.length > 0) {
      byte = u64(this.fifo[this.first % FIFO_BYTES]);
      this.first = wrappingAdd(this.first, 1);
      this.length -= 1;
    }
    if (this.length === 0) {
      this.kept[RIS] &= ~INT_RX;
      this.updateLine(vm);
    }
    this.isDeaf = false;
    vm.lock.release();
    return byte;
  }

  private updateLine(vm: Vm): void {
    this.kept[MIS] = this.kept[RIS] & this.kept[IMSC];
    virtualInterrupts.setLine(vm, INTID, this.kept[MIS] !== 0);
  }
}

/** In `kept`: an index beyond its end for a register that is not there. */
function placeOf(offset: u32): u32 {
  return wrappingSub(offset, KEPT) >> 2;
}
