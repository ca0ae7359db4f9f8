/**
 * The board's interrupt controller, whatever its kind: `board.controllerKind` chooses at run time. All physical interrupts have one
 * priority, and ending one takes two steps: its priority drops when it is taken, and it is deactivated here, or, for a guest's
 * timer, by the guest through its list register.
 */
import { ICC_DIR_EL1, ICC_EOIR1_EL1, ICC_IAR1_EL1 } from '@thimble/arm64/registers-gic.ts';
import { dsbIshst } from '@thimble/arm64/instructions.ts';
import * as bcm2836 from './bcm2836.ts';
import * as board from './board.ts';
import { ControllerKind } from './controller-kind.ts';
import type { Cpu } from './cpu.ts';
import * as distributor from './gic-distributor.ts';
import * as gicV2 from './gic-v2.ts';
import * as gicV3 from './gic-v3.ts';

/** The SGI by which processors tell one another. The private interrupts that the hypervisor takes have the board's numbers, `board.privates`. */
export const INTID_KICK = 0;
/** 1020 and above: no interrupt to take. */
export const INTID_SPECIAL = 1020;

/** Finds and starts what all processors share. False if the board's tree lacks some of it. */
export function start(): boolean {
  if (board.controllerKind === ControllerKind.Bcm2836) {
    return bcm2836.start();
  }
  if (board.distributor().bytes === 0n) {
    return false;
  }
  if (board.controllerKind === ControllerKind.Gicv3) {
    return gicV3.start();
  }
  gicV2.start();
  return true;
}

/** Enables the interrupts of this processor that the hypervisor takes, and opens its CPU interface. */
export function startCpu(cpu: Cpu): void {
  if (board.controllerKind === ControllerKind.Gicv3) {
    gicV3.startCpu(cpu);
  } else if (board.controllerKind === ControllerKind.Gicv2) {
    gicV2.startCpu(cpu);
  } else {
    bcm2836.startCpu(cpu);
  }
}

/** Routes SPI `intid` to `cpu` and enables it. */
export function enableSpi(intid: u32, cpu: Cpu): void {
  if (board.controllerKind === ControllerKind.Bcm2836) {
    bcm2836.enable(intid, cpu);
    return;
  }
  if (board.controllerKind === ControllerKind.Gicv3) {
    gicV3.route(intid, cpu);
  } else {
    gicV2.route(intid, cpu);
  }
  distributor.enableSpi(intid);
}

/** Has `intid`, a PPI of `cpu`, which is this processor, or an SPI, never interrupt again. */
export function disable(cpu: Cpu, intid: u32): void {
  if (board.controllerKind === ControllerKind.Bcm2836) {
    bcm2836.disable(intid);
  } else {
    distributor.disable(cpu, intid);
  }
}

/** Takes the most urgent pending interrupt: active from here on, and the next of the same priority may come. INTID_SPECIAL or above if there is none. @inline */
export function take(): u32 {
  if (board.controllerKind !== ControllerKind.Gicv3) {
    return takeElsewhere();
  }
  const intid = ICC_IAR1_EL1.read();
  if (intid < u64(INTID_SPECIAL)) {
    ICC_EOIR1_EL1.write(intid);
  }
  return u32.wrap(intid);
}

/** @noinline */
function takeElsewhere(): u32 {
  return board.controllerKind === ControllerKind.Gicv2 ? gicV2.take() : bcm2836.take();
}

/** Before this processor sleeps until an interrupt pends. */
export function beforeSleep(): void {
  if (board.controllerKind === ControllerKind.Gicv2) {
    gicV2.lookAgain();
  }
}

/** Ends `intid`: it may be taken again. */
export function deactivate(intid: u32): void {
  if (board.controllerKind === ControllerKind.Gicv3) {
    ICC_DIR_EL1.write(u64(intid));
  } else if (board.controllerKind === ControllerKind.Gicv2) {
    gicV2.deactivate(intid);
  } else {
    bcm2836.deactivate(intid);
  }
}

/** Interrupts `cpu` with the hypervisor's SGI. */
export function kick(cpu: Cpu): void {
  // What the kick is about is visible before the kick itself.
  dsbIshst();
  if (board.controllerKind === ControllerKind.Gicv3) {
    gicV3.kick(cpu);
  } else if (board.controllerKind === ControllerKind.Gicv2) {
    gicV2.kick(cpu);
  } else {
    bcm2836.kick(cpu);
  }
}

/** Forgets which PPIs of this processor, `cpu`, are active: their guest is leaving it, and the hypervisor's own have been ended. */
export function clearActive(cpu: Cpu): void {
  if (board.controllerKind === ControllerKind.Bcm2836) {
    bcm2836.clearActive(cpu);
  } else {
    distributor.clearActive(cpu);
  }
}

/** Restores the active state of PPI `intid`, whose guest is in its handler. */
export function setActive(cpu: Cpu, intid: u32): void {
  if (board.controllerKind === ControllerKind.Bcm2836) {
    bcm2836.setActive(cpu, intid);
  } else {
    distributor.setActive(cpu, intid);
  }
}
