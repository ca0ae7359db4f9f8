/**
 * What the device tree says of the board: processors, RAM, interrupt controller, firmware calls, serial line. One
 * walk fills everything; nothing of the tree is needed afterwards.
 */
import { smc, hvc } from '@thimble/arm64/instructions.ts';
import { MPIDR_EL1 } from '@thimble/arm64/registers-el1.ts';
import { NodeKind } from './compatible.ts';
import * as cpus from './cpu.ts';
import { ControllerKind } from './controller-kind.ts';
import { ConsolePath } from './console-path.ts';
import type { Fdt } from './fdt.ts';
import * as frames from './frames.ts';
import { NodeScan, SPI_FIRST } from './node-scan.ts';
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
/** Index in uart-kinds.ts's table, and the tree's reg-shift; meaningful if `uart` is there. */
export let uartKind: u32 = 0;
export let uartSpacing: u32 = 0;
/** INTID of the UART's interrupt; 0 if the tree gives none. On the Raspberry Pi 3: 32 for each bank before its own, and 32. */
export let uartInterrupt: u32 = 0;
/** INTIDs of the interrupts private to a processor that the hypervisor knows, by `Private`. */
export const privates = fixedArray(u32, 4);
export let hasTimer: boolean = false;
/** Processors that the tree lists without a way to start them. */
export let cpusOff: u32 = 0;
export let hasPsci: boolean = false;
let psciByHvc: boolean = false;
let cpuOn: u64 = 0n;

/** Physical range of the file that was booted and of the workspace behind it. */
export const image = new Region();

const RESERVATIONS_MAX = 64;
const reservations = fixedArray(Region, RESERVATIONS_MAX);
/** May exceed the table, which `reserve` then refuses. */
let reservationCount: u32 = 0;

const SYSTEM_OFF = 0x8400_0008n;
const CPU_ON = 0xc400_0003n;
const NOT_SUPPORTED = 0xffff_ffff_ffff_ffffn;
const AFFINITY = MPIDR_EL1.mask('AFF0') | MPIDR_EL1.mask('AFF1') | MPIDR_EL1.mask('AFF2') | MPIDR_EL1.mask('AFF3');
/** A GIC-400 on a bus of 64 KiB pages: each page of 4 KiB is repeated in 64 KiB, and the two that count meet in the middle. */
const REPEATED_BYTES = 0x2_0000n;
const REPEATED_OFFSET = 0xf000n;
const INTERFACE_BYTES = 0x2000n;
/** The timer's are in the order of its binding [Linux, Documentation/devicetree/bindings/timer/arm,arch_timer.yaml "interrupts"]. */
export enum Private {
  Maintenance,
  PhysicalTimer,
  VirtualTimer,
  HypervisorTimer,
}

const scan = new NodeScan();
const consolePath = new ConsolePath();

/** Reads the tree. False if it is damaged. */
export function discover(tree: Fdt): boolean {
  // Unless the tree says otherwise: the numbers of the Base System Architecture.
  privates[u32(Private.Maintenance)] = 25;
  privates[u32(Private.PhysicalTimer)] = 30;
  privates[u32(Private.VirtualTimer)] = 27;
  privates[u32(Private.HypervisorTimer)] = 26;
  consolePath.find(tree);
  scan.start(tree);
  while (true) {
    const kind = scan.next(tree);
    if (kind === u32(NodeKind.End)) {
      break;
    }
    if (kind >= u32(NodeKind.Uart)) {
      takeUart(kind - u32(NodeKind.Uart));
    } else {
      take(kind);
    }
  }
  for (let i: u32 = 0; tree.readReservation(i); i += 1) {
    addReservation(tree.reservedBase, tree.reservedBytes);
  }
  return !tree.damaged;
}

function take(kind: u32): void {
  switch (kind) {
    case u32(NodeKind.Memory):
      for (let i: u32 = 0; scan.readReg(i); i += 1) {
        ram.addBank(scan.base, scan.bytes);
      }
      break;
    case u32(NodeKind.Reserved):
      for (let i: u32 = 0; scan.readReg(i); i += 1) {
        addReservation(scan.base, scan.bytes);
      }
      break;
    case u32(NodeKind.Cpu):
      takeCpu();
      break;
    case u32(NodeKind.Gicv3):
      controllerKind = ControllerKind.Gicv3;
      takeDistributor();
      setRegion(redistributors, 1);
      break;
    case u32(NodeKind.Gicv2):
      controllerKind = ControllerKind.Gicv2;
      takeDistributor();
      setInterface(cpuInterface, 1);
      setRegion(hypervisorInterface, 2);
      setInterface(guestInterface, 3);
      break;
    case u32(NodeKind.LocalController):
      // The Raspberry Pi 4 has one too, beside its GIC.
      if (distributor.bytes === 0n) {
        controllerKind = ControllerKind.Bcm2836;
      }
      setRegion(localController, 0);
      break;
    case u32(NodeKind.GpuController):
      setRegion(gpuController, 0);
      break;
    case u32(NodeKind.Timer):
      takeTimer();
      break;
    case u32(NodeKind.Psci):
      takePsci(CPU_ON);
      break;
    case u32(NodeKind.PsciOld):
      takePsci(u64(scan.cpuOn));
      break;
    case u32(NodeKind.Chosen):
      random.takeSeed(scan.seed, scan.seedBytes);
      break;
    default:
      break;
  }
}

function takeCpu(): void {
  scan.readReg(0);
  const affinity = scan.base;
  if (scan.isStartedByPsci) {
    cpus.add(affinity, 0n);
  } else if (scan.releaseAddress !== 0n || affinity === affinityHere()) {
    cpus.add(affinity, scan.releaseAddress);
  } else {
    cpusOff += 1;
  }
}

/** The affinity fields of the processor that runs this. */
export function affinityHere(): u64 {
  return MPIDR_EL1.read() & AFFINITY;
}

function takeDistributor(): void {
  setRegion(distributor, 0);
  setPrivate(u32(Private.Maintenance), scan.interrupt(0, 3));
}

function takeTimer(): void {
  const width = scan.timerWidth();
  hasTimer = true;
  for (let i = u32(Private.PhysicalTimer); i <= u32(Private.HypervisorTimer) && width !== 0; i += 1) {
    setPrivate(i, scan.interrupt(i, width));
  }
}

/** What is no INTID of a private interrupt is as if the tree said nothing. */
function setPrivate(which: u32, intid: u32): void {
  if (intid >= 16 && intid < 32) {
    privates[which] = intid;
  }
}

function takePsci(on: u64): void {
  hasPsci = true;
  psciByHvc = scan.methodIsHvc;
  cpuOn = on;
}

/** The first UART, unless the console is another. */
function takeUart(kind: u32): void {
  if (uart.bytes === 0n || scan.hasPath(consolePath.path, consolePath.bytes)) {
    setRegion(uart, 0);
    uartKind = kind;
    uartSpacing = scan.regShift;
    const intid = scan.interrupt(0, 3);
    uartInterrupt = intid < SPI_FIRST ? 0 : intid;
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

/** Entry `index` of the node's `reg`; 0 bytes if no bus leads there. */
function setRegion(region: Region, index: u32): void {
  scan.readDevice(index);
  region.base = scan.base;
  region.bytes = scan.bytes;
}

/** As `setRegion`, for the two pages of a CPU interface. */
function setInterface(region: Region, index: u32): void {
  setRegion(region, index);
  if (region.bytes >= REPEATED_BYTES) {
    region.base += REPEATED_OFFSET;
    region.bytes = INTERFACE_BYTES;
  }
}

/** RAM that no VM can have because the hypervisor holds it. */
export function bytesHeld(): u64 {
  return image.bytes + frames.bytes();
}

/** Calls the board's firmware; returns x0, or NOT_SUPPORTED where there is none. */
export function firmware(id: u64, a: u64, b: u64): u64 {
  if (!hasPsci) {
    return NOT_SUPPORTED;
  }
  return psciByHvc ? hvc(id, a, b, 0n) : smc(id, a, b, 0n);
}

/** Has the firmware start the processor with that affinity at `entry`, a physical address. False if it won't. */
export function startCpu(affinity: u64, entry: u64): boolean {
  return firmware(cpuOn, affinity, entry) === 0n;
}

/** Turns the board off. Comes back only if the firmware can't. */
export function powerOff(): void {
  firmware(SYSTEM_OFF, 0n, 0n);
}
