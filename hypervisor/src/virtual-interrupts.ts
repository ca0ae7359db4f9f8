/**
 * From an interrupt's state to the guest: which pending interrupts of a vCPU sit in its list registers. One
 * rule keeps this simple: only the processor that has a vCPU loaded touches its list registers; everybody else changes
 * the banks under the VM's lock, marks the vCPU dirty and kicks that processor.
 *
 *     raise / setLine -> bank.pending, bank.line -> refill -> list register -> guest acknowledges and ends it, no trap
 *                                                    ^ unqueue pulls pending ones back when the guest reconfigures
 */
import { ListRegister } from '@thimble/arm64/registers-gic.ts';
import { isb } from '@thimble/arm64/instructions.ts';
import * as cpus from './cpu.ts';
import type { Cpu } from './cpu.ts';
import * as gic from './gic.ts';
import { bitOf, type IrqBank } from './irq-bank.ts';
import * as listRegisters from './list-registers.ts';
import { LIST_REGISTERS_MAX } from './list-registers.ts';
import * as scheduler from './scheduler.ts';
import { VcpuState, type Vcpu } from './vcpu.ts';
import { SPI_BANKS, type Vm } from './vm.ts';

/** The PPIs of the guest's own timers, whose list registers are tied to the physical interrupt. */
export const TIMERS = 0x4800_0000;
export const INTIDS = 96;
/** Bits of `dirty`: `incoming` has something; the banks have changed. */
const DIRTY_INCOMING = 1;
const DIRTY_BANKS = 2;
/** An empty `occupant`; the others are INTID + 1, so that zeroed memory means empty. */
const NONE = 0;

/** The bank that holds `intid` for `vcpu`: its own for SGIs and PPIs, else the VM's. `intid` < INTIDS. */
export function bankOf(vm: Vm, vcpu: Vcpu, intid: u32): IrqBank {
  return intid < 32 ? vcpu.private : vm.spis[(intid >> 5) - 1];
}

/** Makes an SGI or PPI of `vcpu` pending, wherever `vcpu` is. The VM's lock is not held. */
export function raise(vm: Vm, vcpu: Vcpu, intid: u32): void {
  const cpu = nonNull(vcpu.cpu);
  if (cpu === cpus.current() && cpu.loaded === vcpu) {
    raiseLoaded(cpu, vm, vcpu, intid);
  } else {
    raiseRemotely(vcpu, bitOf(intid));
  }
}

/**
 * `what` has changed for `vcpu`, which is not loaded here; its processor is told once, however much changes until it
 * looks.
 */
function markDirty(cpu: Cpu, vcpu: Vcpu, what: u32): void {
  if (vcpu.dirty.fetchOr(what) === 0 && vcpu.state !== VcpuState.Off) {
    scheduler.tellOfInterrupts(cpu);
  }
}

/** Takes in what other processors have changed for `vcpu`, which this one runs. */
export function takeIn(vcpu: Vcpu): void {
  const vm = nonNull(vcpu.vm);
  // Cleared before `incoming` is read: what comes later sets it again.
  const what = vcpu.dirty.exchange(0);
  if (what === DIRTY_INCOMING) {
    for (let rest = vcpu.incoming.exchange(0); rest !== 0; rest &= rest - 1) {
      raiseRunning(vm, vcpu, countTrailingZeros(rest));
    }
  } else if (what !== 0) {
    vm.lock.acquire();
    refill(vcpu);
    vm.lock.release();
  }
}

/** The same for the vCPU that is loaded on this processor, `cpu`: nobody else touches its private bank. @hot */
export function raiseLoaded(cpu: Cpu, vm: Vm, vcpu: Vcpu, intid: u32): void {
  raiseRunning(vm, vcpu, intid);
  scheduler.wake(cpu, vcpu);
}

/**
 * The same for the vCPU that this processor runs. An interrupt that nothing stands before takes the short way, into a list
 * register without a look at any other. @noinline
 * @hot
 */
export function raiseRunning(vm: Vm, vcpu: Vcpu, intid: u32): void {
  const bank = vcpu.private;
  const bit = bitOf(intid);
  const index = countTrailingZeros(listRegisters.empty());
  if ((bank.enabled & bit) === 0 || vcpu.backlog || index >= listRegisters.count || (vm.groupsEnabled & groupOf(bank, bit)) === 0) {
    raiseSlowly(vm, vcpu, intid);
    return;
  }
  // Most often the first free list register had this interrupt last. An SPI that was there belongs to the VM's banks.
  const occupant = vcpu.occupant[index];
  if (occupant !== intid + 1) {
    if (occupant > 32 || (bank.queued & bit) !== 0) {
      raiseSlowly(vm, vcpu, intid);
      return;
    }
    if (occupant !== NONE) {
      bank.queued &= ~bitOf(occupant - 1);
    }
  }
  enqueue(vcpu, bank, index, intid, bank.pending | bit);
}

/** @noinline */
function raiseSlowly(vm: Vm, vcpu: Vcpu, intid: u32): void {
  vcpu.private.pending |= bitOf(intid);
  vm.lock.acquire();
  refill(vcpu);
  vm.lock.release();
}

/** The line of SPI `intid` goes high or low. The VM's lock is held. */
export function setLine(vm: Vm, intid: u32, high: boolean): void {
  const bank = vm.spis[(intid >> 5) - 1];
  const bit = bitOf(intid);
  const before = bank.line;
  bank.line = high ? before | bit : before & ~bit;
  if (high && (before & bit) === 0) {
    if ((bank.edge & bit) !== 0) {
      bank.pending |= bit;
    }
    changed(vm.vcpu(u32(bank.target[intid & 31])));
  }
}

/** Something about `vcpu`'s interrupts changed: refill its list registers, now or when it is loaded. The VM's lock is held. */
export function changed(vcpu: Vcpu): void {
  const cpu = nonNull(vcpu.cpu);
  if (cpu === cpus.current() && cpu.loaded === vcpu) {
    refill(vcpu);
    scheduler.wake(cpu, vcpu);
  } else {
    markDirty(cpu, vcpu, DIRTY_BANKS);
  }
}

/** `caller` has changed registers of the VM: refills its own list registers and those of other vCPUs that it concerns. */
export function changedByRegisters(vm: Vm, caller: Vcpu): void {
  refill(caller);
  for (let i: u32 = 0; i < vm.vcpuCount; i += 1) {
    const vcpu = vm.vcpu(i);
    if (vcpu !== caller && mostUrgent(vm, vcpu, true) !== INTIDS) {
      changed(vcpu);
    }
  }
}

/** SGIs and PPIs `mask` of `vcpu`, whose own processor adds them to its bank, become pending. */
export function raiseRemotely(vcpu: Vcpu, mask: u32): void {
  vcpu.incoming.fetchOr(mask);
  markDirty(nonNull(vcpu.cpu), vcpu, DIRTY_INCOMING);
}

/** Fills the list registers of `vcpu`, which is loaded here, with its most urgent candidates. The VM's lock is held. @hot */
export function refill(vcpu: Vcpu): void {
  const vm = nonNull(vcpu.vm);
  // Cleared before `incoming` is read: what comes later marks it again.
  vcpu.dirty.store(0);
  vcpu.private.pending |= vcpu.incoming.exchange(0);
  let free = retire(vm, vcpu);
  let sorted = false;
  repeat(vm, vcpu);
  while (true) {
    // Without a free list register it only matters whether there is one at all.
    const intid = mostUrgent(vm, vcpu, free === 0);
    if (intid !== INTIDS && free === 0 && !sorted) {
      // What is pending in list registers competes again, so that the most urgent ones get them.
      sorted = true;
      unqueue(vm, vcpu);
      free = retire(vm, vcpu);
      repeat(vm, vcpu);
      continue;
    }
    if (intid === INTIDS || free === 0) {
      vcpu.backlog = intid !== INTIDS;
      listRegisters.control(vcpu.backlog);
      return;
    }
    const index = countTrailingZeros(free);
    free &= free - 1;
    const bank = bankOf(vm, vcpu, intid);
    enqueue(vcpu, bank, index, intid, bank.pending | (bank.line & ~bank.edge));
  }
}

/** Forgets interrupts whose list register the guest has emptied. Returns a bit for each free list register. */
function retire(vm: Vm, vcpu: Vcpu): u32 {
  // List registers written earlier in this exception count.
  isb();
  const free = listRegisters.clearEnded() | listRegisters.empty();
  for (let rest: u32 = free; rest !== 0; rest &= rest - 1) {
    forgetOccupant(vm, vcpu, countTrailingZeros(rest));
  }
  return free;
}

/** List register `index` is empty: what was in it is queued no longer. */
function forgetOccupant(vm: Vm, vcpu: Vcpu, index: u32): void {
  const occupant = vcpu.occupant[index];
  if (occupant !== NONE) {
    bankOf(vm, vcpu, occupant - 1).queued &= ~bitOf(occupant - 1);
    vcpu.occupant[index] = NONE;
  }
}

/** The list register that `intid` was put into last; LIST_REGISTERS_MAX if none is known. */
export function listRegisterOf(vcpu: Vcpu, intid: u32): u32 {
  let index: u32 = 0;
  while (index < LIST_REGISTERS_MAX && vcpu.occupant[index] !== intid + 1) {
    index += 1;
  }
  return index;
}

/** The interrupt's group, as its bit in GICD_CTLR. */
function groupOf(bank: IrqBank, bit: u32): u32 {
  return (bank.group1 & bit) !== 0 ? 2 : 1;
}

/** An interrupt that became pending again while its list register still holds it is pending there too. */
function repeat(vm: Vm, vcpu: Vcpu): void {
  for (let index: u32 = 0; index < listRegisters.count; index += 1) {
    const occupant = vcpu.occupant[index];
    if (occupant !== NONE) {
      const bank = bankOf(vm, vcpu, occupant - 1);
      const bit = bitOf(occupant - 1);
      const value = listRegisters.read(index);
      if ((bank.pending & bank.enabled & bit) !== 0 && ListRegister.get(value, 'HW') === 0n) {
        bank.pending &= ~bit;
        listRegisters.write(index, ListRegister.with(value, { PENDING: 1n }));
      }
    }
  }
}

/** The candidate of highest priority, the lowest INTID among equals, or, if `any` will do, the first; INTIDS if there is none. */
function mostUrgent(vm: Vm, vcpu: Vcpu, any: boolean): u32 {
  let best: u32 = INTIDS;
  let bestPriority: u32 = 0x100;
  for (let word: u32 = 0; word <= SPI_BANKS; word += 1) {
    const bank = word === 0 ? vcpu.private : vm.spis[word - 1];
    const enabled0 = (vm.groupsEnabled & 1) !== 0 ? ~bank.group1 : 0;
    const enabled1 = (vm.groupsEnabled & 2) !== 0 ? bank.group1 : 0;
    for (let rest: u32 = bank.candidates() & (enabled0 | enabled1); rest !== 0 && bestPriority !== 0; rest &= rest - 1) {
      const index = countTrailingZeros(rest);
      const priority = u32(bank.priority[index]);
      // What most often fails comes first: a guest may have every interrupt pending.
      if (priority < bestPriority && (word === 0 || u32(bank.target[index]) === vcpu.index)) {
        best = word * 32 + index;
        bestPriority = any ? 0 : priority;
      }
    }
  }
  return best;
}

/** Moves the state of `intid` from its bank to list register `index`; `pending` has the bank's pending bits. */
function enqueue(vcpu: Vcpu, bank: IrqBank, index: u32, intid: u32, pending: u32): void {
  const bit = bitOf(intid);
  let value =
    ListRegister.of({ VINTID: u64(intid), PRIORITY: u64(bank.priority[intid & 31]) }) |
    ((pending & bit) !== 0 ? ListRegister.of({ PENDING: 1n }) : 0n) |
    ((bank.active & bit) !== 0 ? ListRegister.of({ ACTIVE: 1n }) : 0n) |
    ((bank.group1 & bit) !== 0 ? ListRegister.of({ GROUP: 1n }) : 0n);
  if (intid < 32 && (TIMERS & bit) !== 0) {
    value |= ListRegister.of({ HW: 1n, PINTID: u64(intid) });
  } else if ((bank.edge & bit) === 0) {
    // The line may still be high when the guest ends the interrupt: look again then.
    value |= ListRegister.of({ EOI: 1n });
  }
  bank.latched = (bank.latched & ~bit) | (bank.pending & bit);
  bank.pending &= ~bit;
  bank.active &= ~bit;
  bank.queued |= bit;
  vcpu.occupant[index] = intid + 1;
  listRegisters.write(index, value);
}

/**
 * Takes what is pending out of the list registers of `vcpu`, loaded here, back to the banks, so that the guest's view of
 * them is exact and can be changed; what is active stays. Ends with `refill`. The VM's lock is held.
 */
export function unqueue(vm: Vm, vcpu: Vcpu): void {
  const held = ~retire(vm, vcpu);
  for (let index: u32 = 0; index < listRegisters.count; index += 1) {
    const one: u32 = 1;
    const occupant = vcpu.occupant[index];
    if ((held & (one << index)) !== 0 && occupant !== NONE) {
      const intid = occupant - 1;
      const bank = bankOf(vm, vcpu, intid);
      const value = listRegisters.read(index);
      if (ListRegister.get(value, 'PENDING') === 1n) {
        // A line is pending by itself, while it is high; an edge, or what the guest made pending by ISPENDR, is remembered.
        if (((bank.edge | bank.latched) & bitOf(intid)) !== 0 || intid < 32) {
          bank.pending |= bitOf(intid);
        }
        if (ListRegister.get(value, 'ACTIVE') === 1n) {
          listRegisters.write(index, ListRegister.with(value, { PENDING: 0n }));
        } else {
          listRegisters.write(index, 0n);
          bank.queued &= ~bitOf(intid);
          vcpu.occupant[index] = NONE;
        }
      }
    }
  }
}

/** The active interrupts of word `word` that list registers of `vcpu`, loaded here, hold. */
export function activeInListRegisters(vcpu: Vcpu, word: u32): u32 {
  let active: u32 = 0;
  for (let index: u32 = 0; index < listRegisters.count; index += 1) {
    const intid = vcpu.occupant[index];
    if (intid !== NONE && (intid - 1) >> 5 === word && ListRegister.get(listRegisters.read(index), 'ACTIVE') === 1n) {
      active |= bitOf(intid - 1);
    }
  }
  return active;
}

/** Ends the active interrupts `mask` of word `word` without the guest's end of interrupt. */
export function deactivateInListRegisters(vcpu: Vcpu, word: u32, mask: u32): void {
  for (let index: u32 = 0; index < listRegisters.count; index += 1) {
    const intid = vcpu.occupant[index];
    if (intid !== NONE && (intid - 1) >> 5 === word && (mask & bitOf(intid - 1)) !== 0) {
      const value = listRegisters.read(index);
      if (ListRegister.get(value, 'HW') === 1n && ListRegister.get(value, 'ACTIVE') === 1n) {
        gic.deactivate(intid - 1);
      }
      listRegisters.write(index, ListRegister.with(value, { ACTIVE: 0n }));
    }
  }
}

/** Deactivates the timers among `mask`, whose pending state the guest takes away: while the line is high they fire again. */
export function endTimers(mask: u32): void {
  for (let rest: u32 = mask & TIMERS; rest !== 0; rest &= rest - 1) {
    gic.deactivate(countTrailingZeros(rest));
  }
}

/** Whether an interrupt waits for `vcpu`, loaded here, to take it. */
export function hasPending(vcpu: Vcpu): boolean {
  if (vcpu.dirty.load() !== 0 || vcpu.backlog || listRegisters.needsMaintenance()) {
    return true;
  }
  const held = ~listRegisters.empty();
  for (let index: u32 = 0; index < listRegisters.count; index += 1) {
    const one: u32 = 1;
    if ((held & (one << index)) !== 0 && ListRegister.get(listRegisters.read(index), 'PENDING') === 1n) {
      return true;
    }
  }
  return false;
}
