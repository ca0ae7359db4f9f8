/**
 * What the device tree says of the board: processors, RAM, interrupt controller, firmware calls, serial line. One
 * walk fills everything; nothing of the tree is needed afterwards.
 */
import { smc, hvc } from '@thimble/arm64/instructions.ts';
import * as cpus from './cpu.ts';
import { ControllerKind } from './controller-kind.ts';
import { ConsolePath } from './console-path.ts';
import type { Fdt } from './fdt.ts';
import * as frames from './frames.ts';
import { NodeScan, Scanned } from './node-scan.ts';
import * as ram from './ram.ts';
import * as random from './random.ts';

/** Registers of a device, physical; 0 bytes if the board has none. */
export class Region {
  base: u64 = 0n;
  bytes: u64 = 0n;
}

/** Says nothing unless the board has `distributor` or `localController`. */
export let controllerKind: ControllerKind = ControllerKind.Gicv3;
export const distributor = new Region();
/** GICv3 only. */
export const redistributors = new Region();
/** GICv2 only: GICC, GICH and GICV; the last two have 0 bytes where the controller does not virtualize. */
export const cpuInterface = new Region();
export const hypervisorInterface = new Region();
export const guestInterface = new Region();
/** bcm2836-l1-intc, and bcm2836-armctrl-ic behind it, which has the UART's interrupt. */
export const localController = new Region();
export const gpuController = new Region();
export const uart = new Region();
/** Index in uart.ts's table; meaningful if `uart` is there. */
export let uartKind: u32 = 0;
/** INTID of the UART's interrupt; 0 if the tree gives none. */
export let uartInterrupt: u32 = 0;
export let hasPsci: boolean = false;
let psciByHvc: boolean = false;

/** Physical range of the file that was booted and of the workspace behind it. */
export const image = new Region();

const RESERVATIONS_MAX = 64;
const reservations = fixedArray(Region, RESERVATIONS_MAX);
/** May exceed the table, which `reserve` then refuses. */
let reservationCount: u32 = 0;

const SYSTEM_OFF = 0x8400_0008n;
const CPU_ON = 0xc400_0003n;

const scan = new NodeScan();
const consolePath = new ConsolePath();

/** Reads the tree. False if it is damaged. */
export function discover(tree: Fdt): boolean {
  consolePath.find(tree);
  scan.start(tree);
  while (true) {
    switch (scan.next(tree, consolePath)) {
      case Scanned.Memory:
        for (let i: u32 = 0; i < scan.regCount(); i += 1) {
          ram.addBank(scan.regBase(i), scan.regBytes(i));
        }
        break;
      case Scanned.Reserved:
        for (let i: u32 = 0; i < scan.regCount(); i += 1) {
          addReservation(scan.regBase(i), scan.regBytes(i));
        }
        break;
      case Scanned.Cpu:
        cpus.add(scan.regBase(0));
        break;
      case Scanned.Gicv3:
        setRegion(distributor, 0);
        setRegion(redistributors, 1);
        break;
      case Scanned.Gicv2:
        controllerKind = ControllerKind.Gicv2;
        setRegion(distributor, 0);
        setRegion(cpuInterface, 1);
        setRegion(hypervisorInterface, 2);
        setRegion(guestInterface, 3);
        break;
      case Scanned.Psci:
        hasPsci = true;
        psciByHvc = scan.methodIsHvc;
        break;
      case Scanned.Uart:
        if (uart.bytes === 0n || scan.isConsole) {
          setRegion(uart, 0);
          uartKind = scan.uartKind;
          uartInterrupt = scan.interrupt;
        }
        break;
      case Scanned.Chosen:
        random.takeSeed(scan.seed, scan.seedBytes);
        break;
      case Scanned.Other:
        break;
      case Scanned.End:
        for (let i: u32 = 0; tree.hasReservation(i); i += 1) {
          addReservation(tree.reservationBase(i), tree.reservationBytes(i));
        }
        return !tree.damaged;
    }
  }
}

/** Takes everything that is not free out of the RAM. False if the tree reserves more regions than can be kept. */
export function reserve(): boolean {
  if (reservationCount > RESERVATIONS_MAX) {
    return false;
  }
  ram.reserve(image.base, image.bytes);
  for (let i: u32 = 0; i < reservationCount; i += 1) {
    ram.reserve(reservations[i].base, reservations[i].bytes);
  }
  return true;
}

function addReservation(base: u64, bytes: u64): void {
  if (reservationCount < RESERVATIONS_MAX) {
    reservations[reservationCount].base = base;
    reservations[reservationCount].bytes = bytes;
  }
  reservationCount += 1;
}

function setRegion(region: Region, index: u32): void {
  region.base = scan.regBase(index);
  region.bytes = scan.regBytes(index);
}

/** RAM that no VM can have because the hypervisor holds it. */
export function bytesHeld(): u64 {
  return image.bytes + frames.bytes();
}

/** Calls the board's firmware; returns x0, or NOT_SUPPORTED where there is none. */
function firmware(id: u64, a: u64, b: u64, c: u64): u64 {
  if (!hasPsci) {
    return 0xffff_ffff_ffff_ffffn;
  }
  return psciByHvc ? hvc(id, a, b, c) : smc(id, a, b, c);
}

/** Starts the processor with that affinity at `entry`, a physical address, with `context` in x0. False if it won't. */
export function startCpu(affinity: u64, entry: u64, context: u64): boolean {
  return firmware(CPU_ON, affinity, entry, context) === 0n;
}

/** Turns the board off. Comes back only if the firmware can't. */
export function powerOff(): void {
  firmware(SYSTEM_OFF, 0n, 0n, 0n);
}
