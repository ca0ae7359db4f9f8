/**
 * The registers that show one IrqBank, at the offsets that a distributor and the second frame of a redistributor share:
 *
 *     0x0080 IGROUPR    0x0100 ISENABLER   0x0180 ICENABLER   0x0200 ISPENDR    0x0280 ICPENDR
 *     0x0300 ISACTIVER  0x0380 ICACTIVER   0x0400 IPRIORITYR  0x0c00 ICFGR
 *
 * The first row and the second but for the last two have a bit an interrupt, a word a bank; IPRIORITYR has a byte and
 * ICFGR two bits an interrupt. Everything else in their neighbourhood reads as zero and ignores writes.
 */
import type { IrqBank } from './irq-bank.ts';
import type { Vcpu } from './vcpu.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';
import type { Vm } from './vm.ts';

const PRIORITIES = 0x400;
const PRIORITIES_END = 0x800;
const CONFIGURATIONS = 0xc00;
const CONFIGURATIONS_END = 0xd00;
/** A bank that never exists. */
const NO_WORD = 0xffff_ffff;
/** The virtual CPU interface has 5 bits of priority. */
const PRIORITY_MASK = 0xf8;

/** The number of the bank that `offset` belongs to. */
export function wordOf(offset: u32): u32 {
  if (offset < PRIORITIES) {
    return offset < 0x80 ? NO_WORD : (offset & 0x7f) >> 2;
  }
  if (offset < PRIORITIES_END) {
    return (offset - PRIORITIES) >> 5;
  }
  return offset >= CONFIGURATIONS && offset < CONFIGURATIONS_END ? (offset - CONFIGURATIONS) >> 3 : NO_WORD;
}

/** Reads for `caller`, whose processor this is. The VM's lock is not held. @hot */
export function read(vm: Vm, caller: Vcpu, bank: IrqBank, word: u32, offset: u32): u64 {
  if (offset >= CONFIGURATIONS) {
    return u64(readConfigurations(bank, offset));
  }
  if (offset >= PRIORITIES) {
    return u64(readPriorities(bank, offset));
  }
  switch (offset >> 7) {
    case 1:
      return u64(bank.group1);
    case 2:
    case 3:
      return u64(bank.enabled);
    default:
      break;
  }
  vm.lock.acquire();
  virtualInterrupts.unqueue(vm, caller);
  const value =
    offset < 0x300
      ? bank.pending | (bank.line & ~bank.edge)
      : bank.active | virtualInterrupts.activeInListRegisters(caller, word);
  virtualInterrupts.refill(caller);
  vm.lock.release();
  return u64(value);
}

/** Four priorities, the addressed one lowest. */
function readPriorities(bank: IrqBank, offset: u32): u32 {
  let value: u32 = 0;
  for (let i: u32 = 0; i < 4; i += 1) {
    const at = (offset & 31) + i;
    value |= at < 32 ? u32(bank.priority[at]) << (i * 8) : 0;
  }
  return value;
}

function readConfigurations(bank: IrqBank, offset: u32): u32 {
  const first = (offset & 4) << 2;
  let value: u32 = 0;
  for (let i: u32 = 0; i < 16; i += 1) {
    value |= ((bank.edge >> (first + i)) & 1) << (i * 2 + 1);
  }
  return value;
}

/**
 * Writes for `caller`, whose processor this is. The VM's lock is held.
 * What is pending leaves the list registers first, so that the change reaches it.
 */
export function write(vm: Vm, caller: Vcpu, bank: IrqBank, word: u32, offset: u32, sizeLog2: u32, value: u32): void {
  virtualInterrupts.unqueue(vm, caller);
  if (offset >= CONFIGURATIONS) {
    writeConfigurations(bank, word, offset, value);
  } else if (offset >= PRIORITIES) {
    writePriorities(bank, offset, sizeLog2, value);
  } else {
    writeBits(caller, bank, word, offset, value);
  }
  virtualInterrupts.changedByRegisters(vm, caller);
}

function writeBits(caller: Vcpu, bank: IrqBank, word: u32, offset: u32, value: u32): void {
  switch (offset >> 7) {
    case 1:
      bank.group1 = value;
      break;
    case 2:
      bank.enabled |= value;
      break;
    case 3:
      bank.enabled &= ~value;
      break;
    case 4:
      bank.pending |= value;
      break;
    case 5:
      if (word === 0) {
        virtualInterrupts.endTimers(bank.pending & value);
      }
      bank.pending &= ~value;
      break;
    case 6:
      bank.active |= value & ~bank.queued;
      break;
    default:
      bank.active &= ~value;
      virtualInterrupts.deactivateInListRegisters(caller, word, value);
  }
}

function writePriorities(bank: IrqBank, offset: u32, sizeLog2: u32, value: u32): void {
  const one: u32 = 1;
  const bytes = one << (sizeLog2 & 3);
  for (let i: u32 = 0; i < bytes && i < 4; i += 1) {
    const at = (offset & 31) + i;
    if (at < 32) {
      bank.priority[at] = u8.wrap((value >> (i * 8)) & PRIORITY_MASK);
    }
  }
}

/** The trigger of an SGI is fixed. */
function writeConfigurations(bank: IrqBank, word: u32, offset: u32, value: u32): void {
  const first = (offset & 4) << 2;
  if (word === 0 && first === 0) {
    return;
  }
  for (let i: u32 = 0; i < 16; i += 1) {
    const one: u32 = 1;
    const bit = one << (first + i);
    bank.edge = ((value >> (i * 2 + 1)) & 1) !== 0 ? bank.edge | bit : bank.edge & ~bit;
  }
}
