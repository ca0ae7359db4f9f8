/**
 * From an interrupt's state to the guest: which pending interrupts of a vCPU sit in its list registers. One
 * rule keeps this simple: only the processor that has a vCPU loaded touches its list registers; everybody else changes
 * the banks under the VM's lock, says so in `vcpu.incoming` and kicks that processor.
 *
 *     raise, setLine -> bank.pending, bank.line -> distribute -> list register -> guest acknowledges and ends it, no trap
 *                                              <-  collect   <-
 *
 * Whatever changes, all that is pending goes back to the banks (`collect`) and the most urgent ones are chosen anew (`distribute`).
 */
import { ListRegister } from '@thimble/arm64/registers-gic.ts';
import { isb } from '@thimble/arm64/instructions.ts';
import * as board from './board.ts';
import { ControllerKind } from './controller-kind.ts';
import * as cpus from './cpu.ts';
import type { Cpu } from './cpu.ts';
import * as gic from './gic.ts';
import { ACTIVE, BANK_WORDS, bitOf, ENABLED, GROUP1, PENDING, type IrqBank } from './irq-bank.ts';
import * as listRegisters from './list-registers.ts';
import { LIST_REGISTERS } from './list-registers.ts';
import * as scheduler from './scheduler.ts';
import { INCOMING_BANKS, type Vcpu } from './vcpu.ts';
import * as virtualSgis from './virtual-sgis.ts';
import { SGIS } from './virtual-sgis.ts';
import * as virtualTimers from './virtual-timers.ts';
import { SPI_BANKS, SPIS, type Vm } from './vm.ts';

/** The PPIs of the guest's own timers, whose list registers are tied to the physical interrupt. */
export const TIMERS = 0x4800_0000;
export const INTIDS = 96;
const SGI_BITS = 0xffff;
/** INCOMING_BANKS stands in the place of this one. */
const INTID_BANKS = 16;
/** With EOI alone of these, a list register's interrupt has been ended, and that is of interest. */
const HELD = ListRegister.mask('PENDING') | ListRegister.mask('ACTIVE') | ListRegister.mask('EOI') | ListRegister.mask('HW');

/** The bank that holds `intid`, less than INTIDS, for `vcpu`. */
export function bankOf(vcpu: Vcpu, intid: u32): IrqBank {
  return nonNull(vcpu.banks[(intid >> 5) & (BANK_WORDS - 1)]);
}

/** The bank that holds SPI `intid` of `vm`. */
function spisOf(vm: Vm, intid: u32): IrqBank {
  return vm.spis[(wrappingSub(intid, 32) >> 5) % SPI_BANKS];
}

/** Makes an SGI or PPI of `vcpu` pending, wherever `vcpu` is. The VM's lock is not held. */
export function raise(vm: Vm, vcpu: Vcpu, intid: u32): void {
  const cpu = cpus.current();
  if (cpu.loaded === vcpu) {
    raiseLoaded(cpu, vm, vcpu, intid);
  } else {
    raiseRemotely(vcpu, bitOf(intid));
  }
}

/**
 * SGIs and PPIs `mask` of `vcpu`, which is not loaded here, become pending; its own processor, which is told once, however much changes until it
 * looks, adds them to its bank.
 */
export function raiseRemotely(vcpu: Vcpu, mask: u32): void {
  if (vcpu.incoming.fetchOr(mask) === 0) {
    scheduler.tellOfInterrupts(nonNull(vcpu.cpu));
  }
}

/** Takes in what other processors have changed for `vcpu`, which this one runs. */
export function takeIn(vcpu: Vcpu): void {
  const vm = nonNull(vcpu.vm);
  for (let rest = vcpu.incoming.exchange(0); rest !== 0; rest &= rest - 1) {
    const intid = countTrailingZeros(rest);
    if (intid === INTID_BANKS) {
      refillLocked(vm, vcpu);
    } else {
      raiseRunning(vm, vcpu, intid);
    }
    // The list register that this one took is no longer empty to the next.
    isb();
  }
}

/** The same for the vCPU that is loaded on this processor, `cpu`: nobody else touches its private bank. @inline @hot */
export function raiseLoaded(cpu: Cpu, vm: Vm, vcpu: Vcpu, intid: u32): void {
  raiseRunning(vm, vcpu, intid);
  scheduler.wake(cpu, vcpu);
}

/**
 * The same for the vCPU that this processor runs. With a GICv3 an interrupt that nothing stands before takes the short way, into a list
 * register without a look at any other. @noinline
 * @hot
 */
export function raiseRunning(vm: Vm, vcpu: Vcpu, intid: u32): void {
  const bank = vcpu.private;
  const bit = bitOf(intid);
  if (vcpu.backlog || board.controllerKind !== ControllerKind.Gicv3 || (bank.state[ENABLED] & bit) === 0 || (vm.groupsEnabled & groupOf(bank, bit)) === 0) {
    raiseSlowly(vm, vcpu, intid);
    return;
  }
  const index = countTrailingZeros(listRegisters.empty());
  if (index >= LIST_REGISTERS) {
    raiseSlowly(vm, vcpu, intid);
    return;
  }
  // Most often the first free list register had this interrupt last. An SPI that was there belongs to the VM's banks.
  const last = vcpu.interface.listRegister[index];
  if (last === 0n || intidOf(last) !== intid) {
    if (intidOf(last) >= 32 || (bank.queued & bit) !== 0) {
      raiseSlowly(vm, vcpu, intid);
      return;
    }
    if (last !== 0n) {
      bank.queued &= ~bitOf(intidOf(last));
    }
  }
  bank.state[PENDING] |= bit;
  listRegisters.write(index, enqueue(vcpu, bank, index, intid));
}

function intidOf(value: u64): u32 {
  return u32.wrap(value);
}

/** @noinline */
function raiseSlowly(vm: Vm, vcpu: Vcpu, intid: u32): void {
  vcpu.private.state[PENDING] |= bitOf(intid);
  refillLocked(vm, vcpu);
}

/** `refill`, when the VM's lock is not held. */
export function refillLocked(vm: Vm, vcpu: Vcpu): void {
  vm.lock.acquire();
  refill(vm, vcpu);
  vm.lock.release();
}

/** The line of SPI `intid` goes high or low. The VM's lock is held. */
export function setLine(vm: Vm, intid: u32, high: boolean): void {
  const bank = spisOf(vm, intid);
  const bit = bitOf(intid);
  const before = bank.line;
  bank.line = high ? before | bit : before & ~bit;
  if (bank.line !== before) {
    bank.state[PENDING] |= bank.line & bank.edge & bit;
    // One that falls is of interest to whoever may not have taken it yet.
    tellTarget(vm, bank, intid);
  }
}

/** SPI `intid` pends, as after an edge, whatever state it is in. */
export function pulse(vm: Vm, intid: u32): void {
  vm.lock.acquire();
  const bank = spisOf(vm, intid);
  bank.state[PENDING] |= bitOf(intid);
  tellTarget(vm, bank, intid);
  vm.lock.release();
}

/** The vCPU that is to take SPI `intid` looks at it. */
function tellTarget(vm: Vm, bank: IrqBank, intid: u32): void {
  const target = countTrailingZeros(u32(bank.target[intid & 31]));
  if (target < vm.vcpuCount) {
    changed(vm.vcpu(target));
  }
}

/** Something about `vcpu`'s interrupts changed: refill its list registers, now or when it is loaded. The VM's lock is held. */
function changed(vcpu: Vcpu): void {
  const cpu = cpus.current();
  if (cpu.loaded === vcpu) {
    refill(nonNull(vcpu.vm), vcpu);
    scheduler.wake(cpu, vcpu);
  } else {
    raiseRemotely(vcpu, INCOMING_BANKS);
  }
}

/** `caller`, which runs here, sets GICD_CTLR's enables. */
export function enableGroups(vm: Vm, caller: Vcpu, groups: u32): void {
  vm.lock.acquire();
  collect(vm, caller);
  vm.groupsEnabled = groups;
  distribute(vm, caller);
  tellOthers(vm, caller);
  vm.lock.release();
}

/**
 * `caller`, loaded here, has changed what may be of interest to other vCPUs: they refill their list registers, where what is changed may be, or to go.
 * The VM's lock is held. @noinline
 */
export function tellOthers(vm: Vm, caller: Vcpu): void {
  let vcpu = vm.lastVcpu;
  while (vcpu !== null) {
    if (vcpu !== caller && vcpu.incoming.fetchOr(INCOMING_BANKS) === 0) {
      scheduler.tellOfInterrupts(nonNull(vcpu.cpu));
    }
    vcpu = vcpu.previous;
  }
}

/** Fills the list registers of `vcpu`, which is loaded here, with its most urgent candidates. The VM's lock is held. @noinline */
export function refill(vm: Vm, vcpu: Vcpu): void {
  collect(vm, vcpu);
  distribute(vm, vcpu);
}

/**
 * Takes everything out of the list registers of `vcpu`, loaded here, back to the banks, so that the guest's view of
 * them is exact and can be changed. Ends with `distribute`. The VM's lock is held. @noinline
 */
export function collect(vm: Vm, vcpu: Vcpu): void {
  if (vcpu.backlog) {
    endUnlisted(vm, vcpu);
  }
  listRegisters.pull(vcpu);
  const held = vcpu.interface.listRegister;
  let hasMoved: boolean = false;
  for (let i: u32 = 0; i < LIST_REGISTERS; i += 1) {
    const value = held[i];
    if (value !== 0n) {
      const intid = intidOf(value);
      const bank = bankOf(vcpu, intid);
      const bit = bitOf(intid);
      if (ListRegister.get(value, 'PENDING') === 1n) {
        // A line is pending by itself, while it is high; an edge, or what pended by its state, is remembered.
        bank.state[PENDING] |= bit & (bank.edge | bank.latched);
        if (intid < SGIS) {
          virtualSgis.putBack(vcpu, intid);
        }
      }
      if (ListRegister.get(value, 'ACTIVE') === 1n) {
        bank.state[ACTIVE] |= bit;
      }
      bank.queued &= ~bit;
      held[i] = 0n;
      if (((u32(bank.target[intid & 31]) >> vcpu.index) & 1) === 0) {
        // It has got another route since. Who is in its handler keeps it until that ends.
        bank.targetBits[vcpu.index & 7] = (bank.targetBits[vcpu.index & 7] & ~bit) | (bank.state[ACTIVE] & bit);
        hasMoved = true;
      }
    }
  }
  // Once it has ended, SGI 0 of priority 0 looks as if nothing were there.
  vcpu.private.queued = 0;
  if (hasMoved) {
    tellOthers(vm, vcpu);
  }
}

/**
 * The guest may have ended interrupts for which no list register was left: each time the running one, which is the most urgent of those
 * that are active.
 */
function endUnlisted(vm: Vm, vcpu: Vcpu): void {
  for (let count = listRegisters.endedElsewhere(); count !== 0n && findCandidates(vm, vcpu); count -= 1n) {
    endActive(vcpu, takeMostUrgent(vm, vcpu, false));
  }
}

/** `intid`, whose state is in its bank, is active no longer. */
function endActive(vcpu: Vcpu, intid: u32): void {
  const bank = bankOf(vcpu, intid);
  const active = bank.state[ACTIVE] & bitOf(intid);
  endOnBoard(vcpu, intid & BANK_FIRST, active);
  bank.state[ACTIVE] &= ~active;
}
/** Of an INTID: the first one of its bank. */
const BANK_FIRST = 0xffe0;

/** Gives the list registers, which `collect` has emptied, to what is active and the most urgent of the rest. The VM's lock is held. @noinline */
export function distribute(vm: Vm, vcpu: Vcpu): void {
  const own = vcpu.private;
  own.state[PENDING] |= vcpu.incoming.exchange(0) & ~INCOMING_BANKS;
  if (board.controllerKind !== ControllerKind.Gicv3) {
    own.state[PENDING] = (own.state[PENDING] & ~SGI_BITS) | virtualSgis.pending(vcpu);
  }
  let isMore = findCandidates(vm, vcpu);
  for (let i: u32 = 0; i < LIST_REGISTERS && isMore; i += 1) {
    // The last one is for what may interrupt the handlers of all others.
    const intid = takeMostUrgent(vm, vcpu, i === LIST_REGISTERS - 1);
    const value = enqueue(vcpu, bankOf(vcpu, intid), i, intid);
    if (value >> STATE_SHIFT === ACTIVE_ALONE) {
      // So is the end of one that may have got another route.
      vcpu.interface.listRegister[i] = value | ListRegister.mask('EOI');
    }
    isMore = (vm.candidates[0] | vm.candidates[1] | vm.candidates[2]) !== 0;
  }
  vcpu.backlog = isMore;
  listRegisters.push(vcpu);
}

/** Of a list register: where its state is, with HW below; and that of one that is active, and not the board's. */
const STATE_SHIFT = 61n;
const ACTIVE_ALONE = 4n;

/** The interrupt's group, as its bit in GICD_CTLR. */
function groupOf(bank: IrqBank, bit: u32): u32 {
  return (bank.state[GROUP1] & bit) !== 0 ? 2 : 1;
}

/** Whether any interrupt wants a list register of `vcpu`. `vm.candidates` are those that do. @noinline */
function findCandidates(vm: Vm, vcpu: Vcpu): boolean {
  let all: u32 = 0;
  for (let word: u32 = 0; word <= SPI_BANKS; word += 1) {
    const bank = bankOf(vcpu, word * 32);
    const found = bank.candidates(vm.groupsEnabled) & bank.targetBits[vcpu.index & 7];
    vm.candidates[word] = found;
    all |= found;
  }
  return all !== 0;
}

/**
 * Takes one out of `vm.candidates`, of which there are some: of the highest priority among those that are active, whose ends the guest looks
 * for in the list registers, or else among all; with `pendingFirst` the other way round. The lowest INTID among equals.
 */
function takeMostUrgent(vm: Vm, vcpu: Vcpu, pendingFirst: boolean): u32 {
  let best: u32 = 0;
  let bestRank: u32 = 0x200;
  for (let word: u32 = 0; word <= SPI_BANKS; word += 1) {
    const all = vm.candidates[word];
    if (all !== 0) {
      const bank = bankOf(vcpu, word * 32);
      const active = bank.state[ACTIVE];
      const preferred = all & (pendingFirst ? ~active : active);
      const bits = bank.priorityBits;
      let found = preferred === 0 ? all : preferred;
      found = narrow(found, bits[7]);
      found = narrow(found, bits[6]);
      found = narrow(found, bits[5]);
      found = narrow(found, bits[4]);
      found = narrow(found, bits[3]);
      const index = countTrailingZeros(found);
      const rank = u32(bank.priority[index & 31]) | (preferred === 0 ? 0x100 : 0);
      if (rank < bestRank) {
        bestRank = rank;
        best = word * 32 + index;
      }
    }
  }
  vm.candidates[(best >> 5) & (BANK_WORDS - 1)] &= ~bitOf(best);
  return best;
}

/** Those of `found` whose bit is clear, which is more urgent, if there are any; else all. @inline */
function narrow(found: u32, bits: u32): u32 {
  const clear = found & ~bits;
  return clear === 0 ? found : clear;
}

/**
 * Moves the state of `intid` from its bank to list register `index`, empty, in memory. Returns the value. It is active there or
 * pending: what pends while it is active comes when that ends.
 */
function enqueue(vcpu: Vcpu, bank: IrqBank, index: u32, intid: u32): u64 {
  const bit = bitOf(intid);
  const isActive = (bank.state[ACTIVE] & bit) !== 0;
  let value =
    ListRegister.of({ VINTID: u64(intid), PRIORITY: u64(bank.priority[intid & 31]) }) |
    (isActive ? ListRegister.of({ ACTIVE: 1n }) : ListRegister.of({ PENDING: 1n })) |
    ((bank.state[GROUP1] & bit) !== 0 ? ListRegister.of({ GROUP: 1n }) : 0n);
  if (isActive) {
    bank.state[ACTIVE] &= ~bit;
  } else {
    bank.latched = (bank.latched & ~bit) | (bank.state[PENDING] & bit);
    bank.state[PENDING] &= ~bit;
  }
  const link = linkOf(vcpu, intid);
  if (link !== 0n) {
    value |= link;
  } else {
    if (virtualSgis.hasSources(intid)) {
      value |= virtualSgis.take(vcpu, intid, isActive);
    }
    if (((bank.state[PENDING] | ~bank.edge) & bit) !== 0) {
      // Its end is of interest: a line may still be high then.
      value |= ListRegister.of({ EOI: 1n });
    }
  }
  bank.queued |= bit;
  vcpu.interface.listRegister[index] = value;
  return value;
}

/** What the list register of `intid` says of the board's interrupt that it ends: 0 but for the timers and what was passed on. */
function linkOf(vcpu: Vcpu, intid: u32): u64 {
  if (intid < 32) {
    return virtualTimers.links[intid];
  }
  const physical = u64(nonNull(vcpu.vm).passed[wrappingSub(intid, 32) % SPIS]);
  return physical === 0n ? 0n : ListRegister.of({ HW: 1n }) | (physical << PHYSICAL_SHIFT);
}
/** Where a list register has it: of PINTID, and the bit above that is EOI's with HW = 0. */
const PHYSICAL_SHIFT = 32n;
const PHYSICAL_MASK = 0x3ff;

/** `intid` is active no longer for `vcpu`, which is loaded here, wherever its state is. @noinline */
export function deactivate(vm: Vm, vcpu: Vcpu, intid: u32): void {
  if (intid < INTIDS) {
    vm.lock.acquire();
    collect(vm, vcpu);
    endActive(vcpu, intid);
    distribute(vm, vcpu);
    vm.lock.release();
  }
}

/**
 * Deactivates the board's interrupts that those among `mask` of the bank from INTID `first` on end: their pending or active state goes otherwise. While
 * its line is high such an interrupt fires again.
 */
export function endOnBoard(vcpu: Vcpu, first: u32, mask: u32): void {
  const linked = first === 0 ? TIMERS : nonNull(vcpu.vm).isPassed[(first >> 5) & 3];
  for (let rest: u32 = mask & linked; rest !== 0; rest &= rest - 1) {
    const link = linkOf(vcpu, first + countTrailingZeros(rest));
    gic.deactivate(u32.wrap(link >> PHYSICAL_SHIFT) & PHYSICAL_MASK);
  }
}

/** Whether an interrupt waits for `vcpu`, loaded here, to take it, or one that it has ended is to be looked at. */
export function hasPending(vcpu: Vcpu): boolean {
  if (vcpu.incoming.load() !== 0 || vcpu.backlog) {
    return true;
  }
  if (listRegisters.areEmpty()) {
    return false;
  }
  listRegisters.pull(vcpu);
  for (const value of vcpu.interface.listRegister) {
    if (ListRegister.get(value, 'PENDING') === 1n || (value & HELD) === ListRegister.of({ EOI: 1n })) {
      return true;
    }
  }
  return false;
}
