/**
 * The list registers: how pending interrupts reach a guest without a trap [IHI0069 12.4 "AArch64 virtualization control System registers"]. Four
 * are used, which every processor and GIC-400 that we know has. The vCPU's memory holds what is to be in them; `pull` brings that up to date and
 * `push` puts it into effect: system registers of a GICv3, list-registers-v2.ts, or, where the board has none, the guest's CPU interface in
 * software, for which the memory is all there is. `vcpu` is the one that is loaded here.
 */
import {
  ICH_AP0R0_EL2, ICH_AP1R0_EL2, ICH_ELRSR_EL2, ICH_HCR_EL2, ICH_LR0_EL2, ICH_LR1_EL2, ICH_LR2_EL2, ICH_LR3_EL2, ICH_VMCR_EL2, ICH_VTR_EL2,
} from '@thimble/arm64/registers-gic.ts';
import { isb } from '@thimble/arm64/instructions.ts';
import * as board from './board.ts';
import { ControllerKind } from './controller-kind.ts';
import * as listRegistersV2 from './list-registers-v2.ts';
import * as softwareInterface from './software-interface.ts';
import type { InterfaceState, Vcpu } from './vcpu.ts';

export const LIST_REGISTERS = 4;
/** A bit for each. */
const ALL = 0xf;

/** Empties those of this processor that are not used: what they held at reset would reach a guest. False if it has too few. */
export function startCpu(): boolean {
  if (board.controllerKind !== ControllerKind.Gicv3) {
    return listRegistersV2.base === 0n || listRegistersV2.startCpu();
  }
  const last = ICH_VTR_EL2.get(ICH_VTR_EL2.read(), 'LISTREGS');
  if (last < 3n) {
    return false;
  }
  // Of 16 at most.
  emptyUnused(~last & 15n);
  return true;
}

const EMPTY_UNUSED = comptime(() => {
  let text = '';
  for (let i = 15; i >= LIST_REGISTERS; i -= 1) {
    text += `msr ich_lr${i}_el2, xzr\n`;
  }
  return text;
});
/** Writes zero to the list registers from 15 - `missing` down to the first unused one. */
const emptyUnused = naked<(missing: u64) => void>(asm`
    adr   x1, 1f
    add   x1, x1, x0, lsl #2
    br    x1
  1:
    ${EMPTY_UNUSED}
    ret`);

/** The memory says what the list registers hold. */
export function pull(vcpu: Vcpu): void {
  const to = vcpu.interface.listRegister;
  if (board.controllerKind === ControllerKind.Gicv3) {
    to[0] = ICH_LR0_EL2.read();
    to[1] = ICH_LR1_EL2.read();
    to[2] = ICH_LR2_EL2.read();
    to[3] = ICH_LR3_EL2.read();
  } else if (listRegistersV2.base !== 0n) {
    listRegistersV2.pull(to);
  }
}

/** How many interrupts the guest has ended that were in none, since the last `push`. */
export function endedElsewhere(): u64 {
  const control = board.controllerKind === ControllerKind.Gicv3 ? ICH_HCR_EL2.read() : listRegistersV2.control();
  return ICH_HCR_EL2.get(control, 'EOICOUNT');
}

/** The list registers hold what the memory says. More interrupts than they can hold ask for a maintenance interrupt when they run empty. */
export function push(vcpu: Vcpu): void {
  if (board.controllerKind === ControllerKind.Gicv3) {
    const from = vcpu.interface.listRegister;
    write(0, from[0]);
    write(1, from[1]);
    write(2, from[2]);
    write(3, from[3]);
    ICH_HCR_EL2.write(controlOf(vcpu));
  } else {
    pushElsewhere(vcpu);
  }
}

/** @noinline */
function pushElsewhere(vcpu: Vcpu): void {
  if (listRegistersV2.base !== 0n) {
    listRegistersV2.push(vcpu.interface.listRegister, controlOf(vcpu));
  } else {
    softwareInterface.signal(vcpu);
  }
}

/** ICH_HCR_EL2, or GICH_HCR. @inline */
function controlOf(vcpu: Vcpu): u64 {
  return vcpu.backlog ? ICH_HCR_EL2.of({ EN: 1n, UIE: 1n, LRENPIE: 1n }) : ICH_HCR_EL2.of({ EN: 1n });
}

/** A GICv3's list register `index`. */
export function write(index: u32, value: u64): void {
  // Bit by bit: two branches for each.
  if ((index & 1) === 0) {
    if ((index & 2) === 0) {
      ICH_LR0_EL2.write(value);
    } else {
      ICH_LR2_EL2.write(value);
    }
  } else if ((index & 2) === 0) {
    ICH_LR1_EL2.write(value);
  } else {
    ICH_LR3_EL2.write(value);
  }
}

/** A bit for each of a GICv3's list registers that holds nothing and asks for nothing; further ones for those that are not used. */
export function empty(): u32 {
  return u32.wrap(ICH_ELRSR_EL2.read());
}

/** Whether that is so of all of them; a GICv2's are not looked at. */
export function areEmpty(): boolean {
  return board.controllerKind === ControllerKind.Gicv3 && (empty() & ALL) === ALL;
}

/** Takes the virtual CPU interface off the processor. */
export function save(vcpu: Vcpu): void {
  pull(vcpu);
  const state = vcpu.interface;
  if (board.controllerKind === ControllerKind.Gicv3) {
    state.vmcr = ICH_VMCR_EL2.read();
    state.active0 = ICH_AP0R0_EL2.read();
    state.active1 = ICH_AP1R0_EL2.read();
    // Off: what stays in the list registers asks for no maintenance.
    ICH_HCR_EL2.write(0n);
  } else {
    saveElsewhere(vcpu);
  }
}

/** Not a GICv3's. @noinline */
function saveElsewhere(vcpu: Vcpu): void {
  if (listRegistersV2.base !== 0n) {
    listRegistersV2.save(vcpu.interface);
  } else {
    softwareInterface.silence();
  }
}

function loadElsewhere(state: InterfaceState): void {
  if (listRegistersV2.base !== 0n) {
    listRegistersV2.load(state);
  }
}

/** Puts a virtual CPU interface on the processor. */
export function load(vcpu: Vcpu): void {
  const state = vcpu.interface;
  if (board.controllerKind === ControllerKind.Gicv3) {
    ICH_VMCR_EL2.write(state.vmcr);
    ICH_AP0R0_EL2.write(state.active0);
    ICH_AP1R0_EL2.write(state.active1);
  } else {
    loadElsewhere(state);
  }
  push(vcpu);
  // `empty` tells of these list registers from here on.
  isb();
}
