/**
 * The guest's two EL1 timers. While a vCPU is loaded they run in hardware: the virtual one lags behind by the VM's offset,
 * and their interrupts arrive as physical PPIs, which stay active until the guest ends them through its
 * list register. Off the processor, a vCPU's timers are a deadline that the scheduler watches.
 */
import { CNTHCTL_EL2, CNTHP_CTL_EL2, CNTVOFF_EL2 } from '@thimble/arm64/registers-el2.ts';
import { CNTP_CTL_EL0, CNTP_CVAL_EL0, CNTV_CTL_EL0, CNTV_CVAL_EL0 } from '@thimble/arm64/registers-timer.ts';
import { ListRegister } from '@thimble/arm64/registers-gic.ts';
import * as board from './board.ts';
import { Private } from './board.ts';
import type { Cpu } from './cpu.ts';
import * as gic from './gic.ts';
import { bitOf, PENDING } from './irq-bank.ts';
import { NEVER, type Vcpu } from './vcpu.ts';
import { TIMERS } from './virtual-interrupts.ts';
import type { Vm } from './vm.ts';

/** What every guest calls the interrupts of its timers, by the numbers of the Base System Architecture; the board has its own. */
export const INTID_VIRTUAL = 27;
const INTID_PHYSICAL = 30;
const CONTROL_ENABLE = 1n;
const CONTROL_MASK = 3n;
const LINE_HIGH = CNTV_CTL_EL0.of({ ENABLE: 1n, ISTATUS: 1n });
const LINE_MASK = LINE_HIGH | CNTV_CTL_EL0.mask('IMASK');

/** For each SGI and PPI of a guest, what its list register says of the board's interrupt that it ends: 0 but for the timers. */
export const links = fixedArray(u64, 32);

/** What a guest calls interrupt `intid` of the board; 0 if that is not one of its timers. @inline */
export function guestsName(intid: u32): u32 {
  return intid === board.privates[u32(Private.VirtualTimer)] ? INTID_VIRTUAL : intid === board.privates[u32(Private.PhysicalTimer)] ? INTID_PHYSICAL : 0;
}

/** What the board calls the guest's `timer`. */
function boardsName(timer: u32): u32 {
  return u32(ListRegister.get(links[timer & 31], 'PINTID'));
}

/** EL1 reads the physical counter and uses the physical timer without a trap. */
export function startCpu(): void {
  link(INTID_VIRTUAL, board.privates[u32(Private.VirtualTimer)]);
  link(INTID_PHYSICAL, board.privates[u32(Private.PhysicalTimer)]);
  CNTHCTL_EL2.write(CNTHCTL_EL2.of({ EL1PCTEN: 1n, EL1PCEN: 1n }));
  // Firmware may have left its timers on.
  CNTV_CTL_EL0.write(0n);
  CNTP_CTL_EL0.write(0n);
  CNTHP_CTL_EL2.write(0n);
}

/**
 * Of `pending`, interrupts of the vCPU that is loaded on `cpu`, those that a timer has raised are so while its line is high, whether the
 * board has told of that or not.
 */
export function followLines(cpu: Cpu, pending: u32): u32 {
  return (pending & ~cpu.activeTimers) | lineOf(CNTV_CTL_EL0.read(), INTID_VIRTUAL) | lineOf(CNTP_CTL_EL0.read(), INTID_PHYSICAL);
}

function lineOf(control: u64, timer: u32): u32 {
  return (control & LINE_MASK) === LINE_HIGH ? bitOf(timer) : 0;
}

function link(timer: u32, intid: u32): void {
  links[timer] = ListRegister.of({ HW: 1n, PINTID: u64(intid) & 31n });
}

/** Stops the timers of `vcpu`, which is leaving `cpu`, and computes when they would have fired. Its list registers are saved. */
export function save(cpu: Cpu, vm: Vm, vcpu: Vcpu): void {
  const virtualControl = CNTV_CTL_EL0.read();
  const virtualCompare = CNTV_CVAL_EL0.read();
  vcpu.virtualTimer.control = virtualControl;
  vcpu.virtualTimer.compare = virtualCompare;
  CNTV_CTL_EL0.write(0n);
  const physicalControl = CNTP_CTL_EL0.read();
  const physicalCompare = CNTP_CVAL_EL0.read();
  vcpu.physicalTimer.control = physicalControl;
  vcpu.physicalTimer.compare = physicalCompare;
  CNTP_CTL_EL0.write(0n);
  const virtual = deadline(virtualControl, virtualCompare, vm.counterOffset);
  const physical = deadline(physicalControl, physicalCompare, 0n);
  vcpu.deadline = virtual < physical ? virtual : physical;

  // The physical interrupts stay behind: pending ones fire again when the timers are back, as their lines do.
  // What the guest did to its own registers does not matter: the processor remembers what is active.
  if (((vcpu.private.queued | vcpu.private.state[PENDING] | cpu.activeTimers) & TIMERS) !== 0) {
    vcpu.private.state[PENDING] &= ~TIMERS;
    dropUnlessActive(vcpu);
    gic.clearActive(cpu);
    cpu.activeTimers = 0;
  }
}

/** Takes the timers' interrupts out of the saved list registers, but for those whose handler the guest is in. */
function dropUnlessActive(vcpu: Vcpu): void {
  const held = vcpu.interface.listRegister;
  for (let i: u32 = 0; i < held.length; i += 1) {
    // SPIs that were passed on are HW as well.
    const isTimer = ListRegister.get(held[i], 'HW') === 1n && ListRegister.get(held[i], 'VINTID') < 32n;
    if (isTimer && ListRegister.get(held[i], 'ACTIVE') === 0n) {
      vcpu.private.queued &= ~bitOf(u32.wrap(held[i]));
      held[i] = 0n;
    }
  }
}

/** Starts the timers of `vcpu` on `cpu`. Its list registers are still to be loaded from memory. */
export function load(cpu: Cpu, vm: Vm, vcpu: Vcpu): void {
  CNTVOFF_EL2.write(vm.counterOffset);
  if ((vcpu.private.queued & TIMERS) !== 0) {
    // The guest is in a timer's handler: its end of interrupt must find the physical interrupt active.
    cpu.activeTimers = vcpu.private.queued & TIMERS;
    for (let rest: u32 = cpu.activeTimers; rest !== 0; rest &= rest - 1) {
      gic.setActive(cpu, boardsName(countTrailingZeros(rest)));
    }
  }
  CNTV_CVAL_EL0.write(vcpu.virtualTimer.compare);
  CNTV_CTL_EL0.write(vcpu.virtualTimer.control & CONTROL_MASK);
  CNTP_CVAL_EL0.write(vcpu.physicalTimer.compare);
  CNTP_CTL_EL0.write(vcpu.physicalTimer.control & CONTROL_MASK);
}

/** The physical counter's value at which a timer raises its line; NEVER while it is off, masked or past all time. @inline */
function deadline(control: u64, compare: u64, offset: u64): u64 {
  const time = wrappingAdd(compare, offset);
  return (control & CONTROL_MASK) === CONTROL_ENABLE && time >= offset ? time : NEVER;
}
