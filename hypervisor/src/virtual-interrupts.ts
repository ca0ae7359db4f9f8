/**
 * From an interrupt's state to the guest: which pending interrupts of a vCPU sit in its list registers. One
 * rule keeps this simple: only the processor that has a vCPU loaded touches its list registers; everybody else changes
 * the banks under the VM's lock, marks the vCPU dirty and kicks that processor.
 *
 *     raise / setLine -> bank.pending, bank.line -> refill -> list register -> guest acknowledges and ends it, no trap
 *                                                    ^ unqueue pulls pending ones back when the guest reconfigures
 */
import { ListRegister } from '@thimble/arm64/registers-gic.ts';
import * as cpus from './cpu.ts';
import * as gic from './gic.ts';
import { bitOf, type IrqBank } from './irq-bank.ts';
import * as listRegisters from './list-registers.ts';
import * as scheduler from './scheduler.ts';
import type { Vcpu } from './vcpu.ts';
import { SPI_BANKS, type Vm } from './vm.ts';

/** The PPIs of the guest's own timers, whose list registers are tied to the physical interrupt. */
export const TIMERS = 0x4800_0000;
export const INTIDS = 96;
/** An empty `occupant`. */
const NONE = 0;

/** The bank that holds `intid` for `vcpu`: its own for SGIs and PPIs, else the VM's. `intid` < INTIDS. */
export function bankOf(vm: Vm, vcpu: Vcpu, intid: u32): IrqBank {
  return intid < 32 ? vcpu.private : vm.spis[(intid >> 5) - 1];
}

/** Makes an SGI or PPI of `vcpu` pending. The VM's lock is not held. */
export function raise(vm: Vm, vcpu: Vcpu, intid: u32): void {
  vm.lock.acquire();
  vcpu.private.pending |= bitOf(intid);
  changed(vcpu);
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
    vcpu.dirty = true;
    scheduler.poke(cpu);
  }
}

/** Fills the list registers of `vcpu`, which is loaded here, with its most urgent candidates. The VM's lock is held. */
export function refill(vcpu: Vcpu): void {
  const vm = nonNull(vcpu.vm);
  vcpu.dirty = false;
  let free = retire(vm, vcpu);
  repeat(vm, vcpu);
  while (true) {
    const intid = mostUrgent(vm, vcpu);
    if (intid === INTIDS) {
      listRegisters.control(false);
      return;
    }
    if (free === 0) {
      listRegisters.control(true);
      return;
    }
    const index = countTrailingZeros(free);
    free &= free - 1;
    enqueue(vm, vcpu, index, intid);
  }
}

/** Forgets interrupts whose list register the guest has emptied. Returns a bit for each free list register. */
function retire(vm: Vm, vcpu: Vcpu): u32 {
  listRegisters.clearEnded();
  const free = listRegisters.empty();
  for (let rest: u32 = free; rest !== 0; rest &= rest - 1) {
    const index = countTrailingZeros(rest);
    const intid = vcpu.occupant[index];
    if (intid !== NONE) {
      // Occupants are stored as INTID + 1, so that zeroed memory means none.
      const bank = bankOf(vm, vcpu, intid - 1);
      bank.queued &= ~bitOf(intid - 1);
      vcpu.occupant[index] = NONE;
    }
  }
  return free;
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

/** The candidate of highest priority, the lowest INTID among equals; INTIDS if there is none. */
function mostUrgent(vm: Vm, vcpu: Vcpu): u32 {
  let best: u32 = INTIDS;
  let bestPriority: u32 = 0x100;
  for (let word: u32 = 0; word <= SPI_BANKS; word += 1) {
    const bank = word === 0 ? vcpu.private : vm.spis[word - 1];
    for (let rest: u32 = bank.candidates(); rest !== 0; rest &= rest - 1) {
      const index = countTrailingZeros(rest);
      const priority = u32(bank.priority[index]);
      const mine = word === 0 || u32(bank.target[index]) === vcpu.index;
      const group: u32 = (bank.group1 & bitOf(index)) !== 0 ? 2 : 1;
      if (mine && priority < bestPriority && (vm.groupsEnabled & group) !== 0) {
        best = word * 32 + index;
        bestPriority = priority;
      }
    }
  }
  return best;
}

/** Moves the state of `intid` from its bank to list register `index`. */
function enqueue(vm: Vm, vcpu: Vcpu, index: u32, intid: u32): void {
  const bank = bankOf(vm, vcpu, intid);
  const bit = bitOf(intid);
  const level = (bank.edge & bit) === 0;
  const pending = ((bank.pending | (bank.line & ~bank.edge)) & bit) !== 0;
  let value =
    ListRegister.of({ VINTID: u64(intid), PRIORITY: u64(bank.priority[intid & 31]) }) |
    (pending ? ListRegister.of({ PENDING: 1n }) : 0n) |
    ((bank.active & bit) !== 0 ? ListRegister.of({ ACTIVE: 1n }) : 0n) |
    ((bank.group1 & bit) !== 0 ? ListRegister.of({ GROUP: 1n }) : 0n);
  if (intid < 32 && (TIMERS & bit) !== 0) {
    value |= ListRegister.of({ HW: 1n, PINTID: u64(intid) });
  } else if (level) {
    // The line may still be high when the guest ends the interrupt: look again then.
    value |= ListRegister.of({ EOI: 1n });
  }
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
    if ((held & (one << index)) !== 0) {
      const intid = vcpu.occupant[index] - 1;
      const bank = bankOf(vm, vcpu, intid);
      const value = listRegisters.read(index);
      if (ListRegister.get(value, 'PENDING') === 1n) {
        // A level is pending for as long as its line is high; only an edge is remembered.
        if ((bank.edge & bitOf(intid)) !== 0 || intid < 32) {
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

/** Whether an interrupt waits for `vcpu`, loaded here, to take it. */
export function hasPending(vcpu: Vcpu): boolean {
  if (vcpu.dirty) {
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
