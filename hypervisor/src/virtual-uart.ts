/**
 * A guest's PL011. What it sends goes straight to its console on the board's line, so its transmit FIFO is full only while
 * the board's own is; what it receives waits here, and no byte is taken from the line that would not fit.
 * [DDI0183 3.3 "Register descriptions"]
 */
import * as console from './console.ts';
import * as input from './input.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';
import type { Vm } from './vm.ts';

const DR = 0x00;
const IMSC = 0x38;
const RIS = 0x3c;
const MIS = 0x40;
const ICR = 0x44;
const SETTINGS = 0x20;
const SETTINGS_END = 0x38;
const IDENTIFICATION = 0xfe0;

const FR_RXFE = 0x10;
const FR_TXFF = 0x20;
const FR_TXFE = 0x80;
/** Receive, and receive timeout: there is something to read. */
const INT_RX = 0x50;
const INT_TX = 0x20;
const INT_ALL = 0x7ff;

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
  /** RIS and IMSC. */
  private raw: u32 = 0;
  private mask: u32 = 0;
  /** ILPR, IBRD, FBRD, LCR_H, CR, IFLS: kept for the guest, without effect. */
  private readonly settings = fixedArray(u32, 6);

  /** FR. @inline */
  flags(): u32 {
    return (this.length === 0 ? FR_RXFE : 0) | (console.isReady() ? FR_TXFE : FR_TXFF);
  }

  /** The other registers. @noinline */
  read(vm: Vm, offset: u32): u32 {
    switch (offset) {
      case DR:
        return this.take(vm);
      case IMSC:
        return this.mask;
      case RIS:
        return this.raw;
      case MIS:
        return this.raw & this.mask;
      default:
        break;
    }
    if (offset >= SETTINGS && offset < SETTINGS_END) {
      return this.settings[(offset - SETTINGS) >> 2];
    }
    return offset >= IDENTIFICATION && offset < 0x1000 ? u32(IDS[(offset - IDENTIFICATION) >> 2]) : 0;
  }

  write(vm: Vm, offset: u32, value: u32): void {
    if (offset === DR) {
      console.guestByte(vm, u8.wrap(value));
    }
    vm.lock.acquire();
    switch (offset) {
      case DR:
        this.raw |= INT_TX;
        break;
      case IMSC:
        this.mask = value & INT_ALL;
        break;
      case ICR:
        this.raw &= ~value;
        break;
      default:
        if (offset >= SETTINGS && offset < SETTINGS_END) {
          this.settings[(offset - SETTINGS) >> 2] = value & 0xffff;
        }
    }
    this.updateLine(vm);
    vm.lock.release();
  }

  /** A byte for the guest. False if there is no room for it; if it is from the line, that has to wait then. */
  receive(vm: Vm, byte: u8, isFromLine: boolean): boolean {
    vm.lock.acquire();
    const hasRoom = this.length < FIFO_BYTES;
    if (hasRoom) {
      this.fifo[wrappingAdd(this.first, this.length) % FIFO_BYTES] = byte;
      this.length += 1;
      this.raw |= INT_RX;
      this.updateLine(vm);
    } else if (isFromLine) {
      input.hold(byte);
    }
    vm.lock.release();
    return hasRoom;
  }

  /** The guest reads a byte. */
  private take(vm: Vm): u32 {
    vm.lock.acquire();
    let byte: u32 = 0;
    if (this.length > 0) {
      byte = u32(this.fifo[this.first % FIFO_BYTES]);
      this.first = wrappingAdd(this.first, 1);
      this.length -= 1;
    }
    if (this.length === 0) {
      this.raw &= ~INT_RX;
      this.updateLine(vm);
    }
    this.isDeaf = false;
    vm.lock.release();
    input.roomAgain(vm);
    return byte;
  }

  private updateLine(vm: Vm): void {
    virtualInterrupts.setLine(vm, INTID, (this.raw & this.mask) !== 0);
  }
}
