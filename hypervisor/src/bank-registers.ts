/**
 * The registers that show one IrqBank, at the offsets that a distributor and the second frame of a redistributor share:
 *
 *     0x0080 IGROUPR    0x0100 ISENABLER   0x0180 ICENABLER   0x0200 ISPENDR    0x0280 ICPENDR
 *     0x0300 ISACTIVER  0x0380 ICACTIVER   0x0400 IPRIORITYR  0x0c00 ICFGR
 *     GICv2: 0x0800 ITARGETSR  0x0f00 SGIR, CPENDSGIR, SPENDSGIR      GICv3: 0x6000 IROUTER
 *
 * The first row and the second but for the last three have a bit an interrupt, a word a bank; IPRIORITYR and ITARGETSR have a byte and
 * ICFGR two bits an interrupt. Everything else in their neighbourhood reads as zero and ignores writes.
 */
import { GICD_CPENDSGIR, GICD_IROUTER, GICD_SGIR, GICD_SPENDSGIR } from '@thimble/arm64/gic-frames.ts';
import * as board from './board.ts';
import * as byteRegisters from './byte-registers.ts';
import { ControllerKind } from './controller-kind.ts';
import { ACTIVE, bitOf, ENABLED, GROUP1, PENDING, type IrqBank } from './irq-bank.ts';
import type { Vcpu } from './vcpu.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';
import * as virtualSgis from './virtual-sgis.ts';
import * as virtualTimers from './virtual-timers.ts';
import { SPI_BANKS, type Vm } from './vm.ts';

const PRIORITIES = 0x400;
const TARGETS = 0x800;
/** Of an offset in a row of bytes. */
const ROW = 31;
const SGI_ROW = 15;
const CONFIGURATIONS = 0xc00;
const CONFIGURATIONS_END = 0xd00;
const SGI_SOURCES_END = 0xf30;
const IROUTER_OF_SPIS = GICD_IROUTER + 0x100;
/** In the offset of a register that clears. */
const CLEAR = 0x80;
/** The number of a bank that never exists. */
const NO_WORD = 0xffff_ffff;
/** The virtual CPU interface has 5 bits of priority. */
const PRIORITY_MASK = 0xf8;

/**
 * The bank that `offset` belongs to, as `caller` finds it there; null if there is none. A GICv3's redistributors have the SGIs and PPIs, and its
 * distributor all others.
 */
export function find(vm: Vm, caller: Vcpu, offset: u32, isRedistributor: boolean): IrqBank | null {
  const word = wordOf(offset);
  if (word > SPI_BANKS || (board.controllerKind === ControllerKind.Gicv3 && (word === 0) !== isRedistributor)) {
    return null;
  }
  return virtualInterrupts.bankOf(vm, caller, word << 5);
}

/** The number of the bank that `offset` belongs to. */
function wordOf(offset: u32): u32 {
  const isV3 = board.controllerKind === ControllerKind.Gicv3;
  if (offset < PRIORITIES) {
    return offset < 0x80 ? NO_WORD : (offset & 0x7f) >> 2;
  }
  if (offset < (isV3 ? TARGETS : CONFIGURATIONS)) {
    return (offset & 0x3ff) >> 5;
  }
  if (offset >= CONFIGURATIONS && offset < CONFIGURATIONS_END) {
    return (offset & 0xff) >> 3;
  }
  if (isV3) {
    // SGIs and PPIs have no route. What is below that of the first SPI wraps to far above.
    return (wrappingSub(offset, IROUTER_OF_SPIS) >> 8) + 1;
  }
  return offset >= GICD_SGIR && offset < SGI_SOURCES_END ? 0 : NO_WORD;
}

/** Reads from `bank`, found at `offset`, for `caller`, whose processor this is. The VM's lock is not held. @hot */
export function read(vm: Vm, caller: Vcpu, bank: IrqBank, offset: u32): u64 {
  if (offset >= GICD_IROUTER) {
    return (offset & 4) !== 0 ? 0n : u64(countTrailingZeros(u32(bank.target[(offset >> 3) & 31])));
  }
  if (offset >= CONFIGURATIONS && offset < CONFIGURATIONS_END) {
    return u64(readConfigurations(bank, offset));
  }
  if (offset >= PRIORITIES && offset < CONFIGURATIONS) {
    return u64(byteRegisters.read(offset >= TARGETS ? addressOf(bank.target) : addressOf(bank.priority), offset & ROW));
  }
  const which = (offset >> 8) & 3;
  if (which < PENDING && offset < PRIORITIES) {
    return u64(bank.state[which]);
  }
  vm.lock.acquire();
  virtualInterrupts.collect(vm, caller);
  let value = bank.state[ACTIVE];
  if (offset >= GICD_SGIR) {
    value = byteRegisters.read(addressOf(caller.sgiSources), offset & SGI_ROW);
  } else if (which === PENDING) {
    value = bank.pending();
    if (bank === caller.private) {
      value = virtualTimers.followLines(nonNull(caller.cpu), value);
    }
  }
  virtualInterrupts.distribute(vm, caller);
  vm.lock.release();
  return u64(value);
}

/** Two bits an interrupt, of which the higher says that it is edge-triggered. */
function readConfigurations(bank: IrqBank, offset: u32): u32 {
  let bits: u32 = (bank.edge >> firstOf(offset)) & 0xffff;
  // Each step moves the upper half of a group of bits away from the lower.
  bits = (bits | (bits << 8)) & 0x00ff_00ff;
  bits = (bits | (bits << 4)) & 0x0f0f_0f0f;
  bits = (bits | (bits << 2)) & 0x3333_3333;
  return ((bits | (bits << 1)) & 0x5555_5555) << 1;
}

/** The first interrupt in its bank that an ICFGR tells of. */
function firstOf(offset: u32): u32 {
  return (offset & 4) << 2;
}

/**
 * Writes to `bank`, found at `offset`, for `caller`, whose processor this is. The VM's lock is held, and what is pending has left the list
 * registers, so that the change reaches it.
 */
export function write(vm: Vm, caller: Vcpu, bank: IrqBank, offset: u32, sizeLog2: u32, written: u64): void {
  const isPrivate = bank === caller.private;
  const value = u32.wrap(written);
  const one: u32 = 1;
  const vcpus = wrappingSub(bitOf(vm.vcpuCount), 1);
  if (offset >= GICD_IROUTER) {
    if ((offset & 4) === 0) {
      // A route to an affinity that no vCPU has is a route to vCPU 0.
      byteRegisters.write(addressOf(bank.target), (offset >> 3) & ROW, 0, one << (written < u64(vm.vcpuCount) ? value & 7 : 0), vcpus);
    }
  } else if (offset < PRIORITIES) {
    writeBits(bank, isPrivate, offset, value);
  } else if (offset < TARGETS) {
    byteRegisters.write(addressOf(bank.priority), offset & ROW, sizeLog2, value, PRIORITY_MASK);
  } else if (offset < CONFIGURATIONS) {
    if (!isPrivate) {
      byteRegisters.write(addressOf(bank.target), offset & ROW, sizeLog2, value, vcpus);
    }
  } else if (offset < CONFIGURATIONS_END) {
    writeConfigurations(bank, isPrivate, offset, value);
  } else if (offset >= GICD_CPENDSGIR) {
    byteRegisters.change(addressOf(caller.sgiSources), offset & SGI_ROW, value, vcpus, offset >= GICD_SPENDSGIR);
  } else if (offset === GICD_SGIR) {
    virtualSgis.send(vm, caller, value);
  }
}

function writeBits(bank: IrqBank, isPrivate: boolean, offset: u32, value: u32): void {
  const which = (offset >> 8) & 3;
  if (which === GROUP1) {
    bank.state[GROUP1] = value;
  } else if ((offset & CLEAR) === 0) {
    bank.state[which] |= value;
  } else {
    if (isPrivate && which !== ENABLED) {
      virtualInterrupts.endTimers(bank.state[which] & value);
    }
    bank.state[which] &= ~value;
  }
}

/** The trigger of an SGI is fixed. */
function writeConfigurations(bank: IrqBank, isPrivate: boolean, offset: u32, value: u32): void {
  const first = firstOf(offset);
  if (!isPrivate || first !== 0) {
    const all: u32 = 0xffff;
    let bits: u32 = (value >> 1) & 0x5555_5555;
    bits = (bits | (bits >> 1)) & 0x3333_3333;
    bits = (bits | (bits >> 2)) & 0x0f0f_0f0f;
    bits = (bits | (bits >> 4)) & 0x00ff_00ff;
    bits = (bits | (bits >> 8)) & all;
    bank.edge = (bank.edge & ~(all << first)) | (bits << first);
  }
}
