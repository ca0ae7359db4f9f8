/**
 * From an interrupt's state to the guest: which pending interrupts of a vCPU sit in its list registers. One
 * rule keeps this simple: only the processor that has a vCPU loaded touches its list registers; everybody else changes
 * the banks under the VM's lock, marks the vCPU dirty and kicks that processor.
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
import { ACTIVE, bitOf, ENABLED, GROUP1, PENDING, type IrqBank } from './irq-bank.ts';
import * as listRegisters from './list-registers.ts';
import { LIST_REGISTERS } from './list-registers.ts';
import * as scheduler from './scheduler.ts';
import { VcpuState, type Vcpu } from './vcpu.ts';
import * as virtualSgis from './virtual-sgis.ts';
import { SGIS } from './virtual-sgis.ts';
import { SPI_BANKS, type Vm } from './vm.ts';

/** The PPIs of the guest's own timers, whose list registers are tied to the physical interrupt. */
export const TIMERS = 0x4800_0000;
export const INTIDS = 96;
const SGI_BITS = 0xffff;
/** Bits of `dirty`: `incoming` has something; the banks have changed. */
const DIRTY_INCOMING = 1;
const DIRTY_BANKS = 2;
/** With EOI alone of these, a list register's interrupt has been ended, and that is of interest. */
const HELD = ListRegister.mask('PENDING') | ListRegister.mask('ACTIVE') | ListRegister.mask('EOI') | ListRegister.mask('HW');

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
      // The list register that this one took is no longer empty to the next.
      isb();
    }
  } else if (what !== 0) {
    refillLocked(vm, vcpu);
  }
}

/** The same for the vCPU that is loaded on this processor, `cpu`: nobody else touches its private bank. @hot */
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
  if (board.controllerKind !== ControllerKind.Gicv3 || (bank.state[ENABLED] & bit) === 0 || vcpu.backlog || (vm.groupsEnabled & groupOf(bank, bit)) === 0) {
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
  const bank = vm.spis[(intid >> 5) - 1];
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
  const bank = vm.spis[(intid >> 5) - 1];
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
export function changed(vcpu: Vcpu): void {
  const cpu = nonNull(vcpu.cpu);
  if (cpu === cpus.current() && cpu.loaded === vcpu) {
    refill(nonNull(vcpu.vm), vcpu);
    scheduler.wake(cpu, vcpu);
  } else {
    markDirty(cpu, vcpu, DIRTY_BANKS);
  }
}

/** `caller`, whose interrupts were collected, has changed registers of the VM: of its own, or of interest to other vCPUs. */
export function changedByRegisters(vm: Vm, caller: Vcpu): void {
  distribute(vm, caller);
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
  listRegisters.pull(vcpu);
  const held = vcpu.interface.listRegister;
  for (let i: u32 = 0; i < LIST_REGISTERS; i += 1) {
    const value = held[i];
    if (value !== 0n) {
      const intid = intidOf(value);
      const bank = bankOf(vm, vcpu, intid);
      const bit = bitOf(intid);
      if (ListRegister.get(value, 'PENDING') === 1n) {
        // A line is pending by itself, while it is high; an edge, or what the guest made pending by ISPENDR, is remembered.
        bank.state[PENDING] |= intid < 32 ? bit : bit & (bank.edge | bank.latched);
        if (intid < SGIS) {
          virtualSgis.putBack(vcpu, intid);
        }
      }
      if (ListRegister.get(value, 'ACTIVE') === 1n) {
        bank.state[ACTIVE] |= bit;
      }
      bank.queued &= ~bit;
      held[i] = 0n;
    }
  }
}

/** Gives the list registers, which `collect` has emptied, to what is active and the most urgent of the rest. The VM's lock is held. @noinline */
export function distribute(vm: Vm, vcpu: Vcpu): void {
  const own = vcpu.private;
  // Cleared before `incoming` is read: what comes later marks it again.
  vcpu.dirty.store(0);
  own.state[PENDING] |= vcpu.incoming.exchange(0);
  if (board.controllerKind !== ControllerKind.Gicv3) {
    own.state[PENDING] = (own.state[PENDING] & ~SGI_BITS) | virtualSgis.pending(vcpu);
  }
  for (let i: u32 = 0; i <= LIST_REGISTERS; i += 1) {
    // Without a free list register it only matters whether there is one at all.
    const intid = mostUrgent(vm, vcpu, i === LIST_REGISTERS);
    vcpu.backlog = intid !== INTIDS;
    if (intid === INTIDS || i === LIST_REGISTERS) {
      break;
    }
    enqueue(vcpu, bankOf(vm, vcpu, intid), i, intid);
  }
  listRegisters.push(vcpu);
}

/** The interrupt's group, as its bit in GICD_CTLR. */
function groupOf(bank: IrqBank, bit: u32): u32 {
  return (bank.state[GROUP1] & bit) !== 0 ? 2 : 1;
}

/** An active candidate, or else the one of highest priority, the lowest INTID among equals, or, if `any` will do, the first; INTIDS if there is none. @noinline */
function mostUrgent(vm: Vm, vcpu: Vcpu, any: boolean): u32 {
  let best: u32 = INTIDS;
  let bestRank: u32 = 0x200;
  for (let word: u32 = 0; word <= SPI_BANKS; word += 1) {
    const bank = word === 0 ? vcpu.private : vm.spis[word - 1];
    for (let rest: u32 = bank.candidates(vm.groupsEnabled); rest !== 0 && bestRank !== 0; rest &= rest - 1) {
      const index = countTrailingZeros(rest);
      const isActive = (bank.state[ACTIVE] & bitOf(index)) !== 0;
      // The guest's end of an active one looks for it in the list registers.
      const rank = isActive ? 0 : u32(bank.priority[index]) | 0x100;
      // What most often fails comes first: a guest may have every interrupt pending.
      if (rank < bestRank && (u32(bank.target[index]) & bitOf(vcpu.index)) !== 0) {
        best = word * 32 + index;
        bestRank = any ? 0 : rank;
      }
    }
  }
  return best;
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
  if (intid < 32 && (TIMERS & bit) !== 0) {
    value |= ListRegister.of({ HW: 1n, PINTID: u64(intid) });
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

/** Deactivates the timers among `mask`, whose pending state the guest takes away: while the line is high they fire again. */
export function endTimers(mask: u32): void {
  for (let rest: u32 = mask & TIMERS; rest !== 0; rest &= rest - 1) {
    gic.deactivate(countTrailingZeros(rest));
  }
}

/** Whether an interrupt waits for `vcpu`, loaded here, to take it, or one that it has ended is to be looked at. */
export function hasPending(vcpu: Vcpu): boolean {
  if (vcpu.dirty.load() !== 0 || vcpu.backlog) {
    return true;
  }
  listRegisters.pull(vcpu);
  for (const value of vcpu.interface.listRegister) {
    if (ListRegister.get(value, 'PENDING') === 1n || (value & HELD) === ListRegister.of({ EOI: 1n })) {
      return true;
    }
  }
  return false;
}
