/**
 * A GICv2's CPU interface for guests of a board that has none to lend them: a board without a GIC, or with one that does not
 * virtualize. Its registers trap; what they show is what a GIC-400's virtual interface would. The list registers are `vcpu.interface`'s
 * memory, and HCR_EL2 tells the guest that there is something to take. After each change `signal` works out what all registers read as.
 * [IHI0048 "CPU interface register descriptions", "GIC virtual CPU interface registers", "Interrupt handling and prioritization"]
 */
import {
  GICC_ABPR, GICC_AEOIR, GICC_AHPPIR, GICC_AIAR, GICC_APR, GICC_BPR, GICC_CTLR, GICC_DIR, GICC_EOIR, GICC_HPPIR, GICC_IAR, GICC_IIDR,
  GICC_PMR, GICC_RPR, InterfaceControl,
} from '@thimble/arm64/gic-frames.ts';
import { HCR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { ListRegister } from '@thimble/arm64/registers-gic.ts';
import * as gic from './gic.ts';
import { bitOf } from './irq-bank.ts';
import { LIST_REGISTERS } from './list-registers.ts';
import type { InterfaceState, Vcpu } from './vcpu.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';
import type { Vm } from './vm.ts';

/** Places of registers: an offset by its words. */
const CTLR = GICC_CTLR / 4;
const PMR = GICC_PMR / 4;
const BPR = GICC_BPR / 4;
const IAR = GICC_IAR / 4;
const RPR = GICC_RPR / 4;
const HPPIR = GICC_HPPIR / 4;
const ABPR = GICC_ABPR / 4;
const AIAR = GICC_AIAR / 4;
const AHPPIR = GICC_AHPPIR / 4;
const KEPT_END = GICC_AHPPIR + 4;
/** What a guest can change. There are 32 priorities: the lower three bits are zero. */
const CTLR_MASK = u16(InterfaceControl.mask('GROUPS') | InterfaceControl.mask('ACKCTL') | InterfaceControl.mask('FIQEN') | InterfaceControl.mask('CBPR') | InterfaceControl.mask('EOIMODE'));
const PMR_MASK = 0xf8;
const BPR_MASK = 7;
const WRITABLE: readonly u16[] = [CTLR_MASK, PMR_MASK, BPR_MASK, 0, 0, 0, 0, BPR_MASK, 0, 0, 0];
/** The least that a binary point can be with 32 priorities: each is a group of its own. Group 1's own counts from one more. */
const BPR_MIN = 2;
const ABPR_MIN = 3;
const PRIORITY_SHIFT = 3;
const NO_PRIORITY = 0x100n;
const IDLE_PRIORITY = 0xff;
const INTID_MASK = 0x3ff;
const SPECIAL = 1020;
/** Nothing to take; something, but of the group that the other register tells of. */
const SPURIOUS = 1023;
const OTHER_GROUP = 1022;
const SOURCE_SHIFT = 10;
/** Architecture version 2, product "T". */
const IIDR_VALUE = 0x5402_043bn;
const LINES = HCR_EL2.mask('VI') | HCR_EL2.mask('VF');

/** The reset state, from zeros. */
export function reset(vcpu: Vcpu): void {
  vcpu.interface.register[BPR] = BPR_MIN;
  vcpu.interface.register[ABPR] = ABPR_MIN;
}

/** Works out what the registers of `vcpu`, loaded here, tell of its list registers, and says to its guest whether there is something to take. */
export function signal(vcpu: Vcpu): void {
  const state = vcpu.interface;
  const register = state.register;
  let urgent: u64 = 0n;
  let priority: u64 = NO_PRIORITY;
  for (let i: u32 = 0; i < LIST_REGISTERS; i += 1) {
    const value = state.listRegister[i];
    if (ListRegister.get(value, 'PENDING') !== 0n && ListRegister.get(value, 'PRIORITY') < priority) {
      urgent = value;
      priority = ListRegister.get(value, 'PRIORITY');
      state.urgent = i;
    }
  }
  const running = countTrailingZeros(u32.wrap(state.active0));
  register[RPR] = running === 32 ? IDLE_PRIORITY : running << PRIORITY_SHIFT;
  let identity: u32 = SPURIOUS;
  let alias: u32 = SPURIOUS;
  let lines: u64 = 0n;
  if (urgent !== 0n) {
    const control = u64(register[CTLR]);
    const source = ListRegister.get(urgent, 'HW') === 0n ? u32(ListRegister.get(urgent, 'PINTID')) & 7 : 0;
    identity = u32.wrap(urgent) | (source << SOURCE_SHIFT);
    let shift = (register[BPR] & BPR_MASK) + 1;
    let line = InterfaceControl.get(control, 'FIQEN') === 0n ? HCR_EL2.mask('VI') : HCR_EL2.mask('VF');
    if (ListRegister.get(urgent, 'GROUP') !== 0n) {
      line = HCR_EL2.mask('VI');
      alias = identity;
      if (InterfaceControl.get(control, 'ACKCTL') === 0n) {
        identity = OTHER_GROUP;
      }
      if (InterfaceControl.get(control, 'CBPR') === 0n) {
        shift = register[ABPR] & BPR_MASK;
      }
    }
    // A bit of `active0` stands for a group of priorities.
    state.level = ((u32(priority) >> shift) << shift) >> PRIORITY_SHIFT;
    const isOn = ((control >> ListRegister.get(urgent, 'GROUP')) & 1n) !== 0n;
    if (isOn && u32(priority) < register[PMR] && state.level < running) {
      lines = line;
    }
  }
  register[HPPIR] = identity;
  register[AHPPIR] = alias;
  register[IAR] = lines === 0n ? SPURIOUS : identity;
  register[AIAR] = lines === 0n ? SPURIOUS : alias;
  HCR_EL2.write((HCR_EL2.read() & ~LINES) | lines);
}

/** Nothing is loaded here. */
export function silence(): void {
  HCR_EL2.write(HCR_EL2.read() & ~LINES);
}

/** Register `offset` as `vcpu`'s guest, which runs here, reads it. */
export function read(vcpu: Vcpu, offset: u32): u64 {
  const state = vcpu.interface;
  if (offset >= KEPT_END) {
    return offset === GICC_APR ? state.active0 : offset === GICC_IIDR ? IIDR_VALUE : 0n;
  }
  const value = state.register[offset / 4];
  if ((offset === GICC_IAR || offset === GICC_AIAR) && (value & INTID_MASK) < SPECIAL) {
    state.active0 |= u64(bitOf(state.level));
    state.listRegister[state.urgent & (LIST_REGISTERS - 1)] ^= ListRegister.mask('PENDING') | ListRegister.mask('ACTIVE');
    signal(vcpu);
  }
  return u64(value);
}

/** The guest that runs here writes to register `offset`. */
export function write(vm: Vm, vcpu: Vcpu, offset: u32, value: u32): void {
  const state = vcpu.interface;
  const intid = value & INTID_MASK;
  const isSplit = InterfaceControl.get(u64(state.register[CTLR]), 'EOIMODE') !== 0n;
  switch (offset) {
    case GICC_APR:
      state.active0 = u64(value);
      break;
    case GICC_EOIR:
    case GICC_AEOIR:
      if (intid >= SPECIAL) {
        return;
      }
      // Whichever it is, the one that is running ends.
      state.active0 &= wrappingSub(state.active0, 1n);
      if (!isSplit) {
        deactivate(vm, vcpu, intid);
      }
      break;
    case GICC_DIR:
      if (isSplit) {
        deactivate(vm, vcpu, intid);
      }
      break;
    default:
      if (offset >= KEPT_END) {
        return;
      }
      keep(state, offset / 4, value);
  }
  signal(vcpu);
}

/** The register at `place` takes `value` as far as it can; of those that a guest cannot change `signal` works out the value again. */
function keep(state: InterfaceState, place: u32, value: u32): void {
  const least: u32 = place === BPR ? BPR_MIN : place === ABPR ? ABPR_MIN : 0;
  const kept = value & u32(WRITABLE[place]);
  state.register[place] = kept < least ? least : kept;
}

/** `intid` is active no longer, if it was. */
function deactivate(vm: Vm, vcpu: Vcpu, intid: u32): void {
  const held = vcpu.interface.listRegister;
  for (let i: u32 = 0; i < LIST_REGISTERS; i += 1) {
    const value = held[i];
    // One whose end is of interest, and any while others wait for its place, takes the long way.
    if (u32.wrap(value) === intid && ListRegister.get(value, 'ACTIVE') !== 0n && ListRegister.get(value, 'EOI') === 0n && !vcpu.backlog) {
      held[i] = value & ~ListRegister.mask('ACTIVE');
      if (ListRegister.get(value, 'HW') !== 0n) {
        gic.deactivate(u32(ListRegister.get(value, 'PINTID')));
      }
      return;
    }
  }
  virtualInterrupts.deactivate(vm, vcpu, intid);
}
