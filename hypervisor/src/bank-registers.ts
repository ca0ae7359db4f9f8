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
import { bitOf, ENABLED, GROUP1, PENDING, type IrqBank } from './irq-bank.ts';
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
export function find(caller: Vcpu, offset: u32, isRedistributor: boolean): IrqBank | null {
  const word = wordOf(offset);
  if (word > SPI_BANKS || (board.controllerKind === ControllerKind.Gicv3 && (word === 0) !== isRedistributor)) {
    return null;
  }
  return caller.banks[word];
}

/** The number of the bank that `offset` belongs to. @inline */
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

/**
 * Loads from `bank`, or stores `written` to it, at `offset`, where `find` found it, for `caller`, whose processor this is. The VM's lock is
 * held, and what is pending has left the list registers, so that it is seen and a change reaches it. Returns what a load gets.
 */
export function access(vm: Vm, caller: Vcpu, bank: IrqBank, offset: u32, isStore: boolean, sizeLog2: u32, written: u64): u32 {
  const isPrivate = bank === caller.private;
  const value = u32.wrap(written);
  const vcpus = wrappingSub(bitOf(vm.vcpuCount), 1);
  if (offset < PRIORITIES) {
    return bits(caller, bank, isPrivate, offset, isStore, value);
  }
  if (offset < TARGETS) {
    return byteRegisters.access(addressOf(bank.priority), offset & ROW, isStore, sizeLog2, value, PRIORITY_MASK);
  }
  if (offset < CONFIGURATIONS) {
    return byteRegisters.access(addressOf(bank.target), offset & ROW, isStore && !isPrivate, sizeLog2, value, vcpus);
  }
  if (offset < CONFIGURATIONS_END) {
    return configurations(bank, isPrivate, offset, isStore, value);
  }
  if (offset >= GICD_IROUTER) {
    return (offset & 4) !== 0 ? 0 : route(vm, bank, (offset >> 3) & ROW, isStore, written, vcpus);
  }
  if (isStore) {
    if (offset >= GICD_CPENDSGIR) {
      byteRegisters.change(addressOf(caller.sgiSources), offset & SGI_ROW, value, vcpus, offset >= GICD_SPENDSGIR);
    } else if (offset === GICD_SGIR) {
      virtualSgis.send(vm, caller, value);
    }
  }
  return byteRegisters.read(addressOf(caller.sgiSources), offset & SGI_ROW);
}

/** The registers that have a bit an interrupt. */
function bits(caller: Vcpu, bank: IrqBank, isPrivate: boolean, offset: u32, isStore: boolean, value: u32): u32 {
  const which = (offset >> 8) & 3;
  if (!isStore) {
    return which !== PENDING ? bank.state[which] : isPrivate ? virtualTimers.followLines(nonNull(caller.cpu), bank.pending()) : bank.pending();
  }
  if (which === GROUP1) {
    bank.state[GROUP1] = value;
  } else if ((offset & CLEAR) === 0) {
    bank.state[which] |= value;
  } else {
    if (which !== ENABLED) {
      virtualInterrupts.endOnBoard(caller, wordOf(offset) << 5, bank.state[which] & value);
    }
    bank.state[which] &= ~value;
  }
  return 0;
}

/** Interrupts that an ICFGR tells of. */
const CONFIGURED = 16;

/** ICFGR: two bits an interrupt, of which the higher says that it is edge-triggered. The trigger of an SGI is fixed. */
function configurations(bank: IrqBank, isPrivate: boolean, offset: u32, isStore: boolean, value: u32): u32 {
  const first = (offset & 4) << 2;
  let edge: u32 = bank.edge >> first;
  let shown: u32 = 0;
  let kept: u32 = 0;
  let rest: u32 = value >> 1;
  for (let i: u32 = 0; i < CONFIGURED; i += 1) {
    shown = (shown >> 2) | (edge << 31);
    edge >>= 1;
    kept = (kept >> 1) | ((rest & 1) << 15);
    rest >>= 2;
  }
  if (isStore && (!isPrivate || first !== 0)) {
    const all: u32 = 0xffff;
    bank.edge = (bank.edge & ~(all << first)) | (kept << first);
  }
  return shown;
}

/** IROUTER of an interrupt. An affinity that no vCPU has is that of vCPU 0. */
function route(vm: Vm, bank: IrqBank, index: u32, isStore: boolean, written: u64, vcpus: u32): u32 {
  const target = bitOf(written < u64(vm.vcpuCount) ? u32.wrap(written) : 0);
  return countTrailingZeros(byteRegisters.access(addressOf(bank.target), index, isStore, 0, target, vcpus));
}
