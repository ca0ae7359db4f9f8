/**
 * What the device tree says of the board: processors, RAM, interrupt controller, firmware calls, serial line. One
 * walk fills everything; nothing of the tree is needed afterwards.
 */
import { smc, hvc } from '@thimble/arm64/instructions.ts';
import { MPIDR_EL1 } from '@thimble/arm64/registers-el1.ts';
import * as console from './console.ts';
import * as cpus from './cpu.ts';
import type { Cpu } from './cpu.ts';
import { ControllerKind } from './controller-kind.ts';
import { interrupt, kindOf, readDevice, readReg, Region, SPI_FIRST, timerWidth } from './device-node.ts';
import { cells, type Fdt, type Node } from './fdt.ts';
import * as frames from './frames.ts';
import { Meaning, Property, SLASH } from './names.ts';
import * as ram from './ram.ts';
import * as random from './random.ts';
import { SPACING_USUAL } from './uart.ts';

/** Says nothing unless the board has a distributor or `localController`. */
export let controllerKind: ControllerKind = ControllerKind.Gicv3;
/** Of a GIC, as its node lists them: the distributor; then a GICv3's redistributors, or a GICv2's GICC, GICH and GICV. */
const gic = fixedArray(Region, 4);
export function distributor(): Region {
  return gic[0];
}
export function redistributors(): Region {
  return gic[1];
}
export function cpuInterface(): Region {
  return gic[1];
}
/** This and the next have 0 bytes where a GICv2 does not virtualize. */
export function hypervisorInterface(): Region {
  return gic[2];
}
export function guestInterface(): Region {
  return gic[3];
}
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
/** The processor that boots, if the tree lists it. */
export let bootCpu: Cpu | null = null;
/** Processors that the tree lists without a way to start them. */
export let cpusOff: u32 = 0;
export let hasPsci: boolean = false;
let psciByHvc: boolean = false;
let cpuOn: u64 = 0n;

/** Physical range of the file that was booted and of the workspace behind it. */
export const image = new Region();

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

/** What `readReg` finds. */
const found = new Region();

/**
 * The console is what /chosen's stdout-path says, a path or one of /aliases' names, with options after a colon; else what /aliases calls
 * serial0 [Devicetree 0.4, 3.3 "/aliases node", 3.6 "/chosen Node"]. These may stand behind the UARTs, and either behind the other: three
 * walks at most find it. Paths are their hashes, with a slash behind each name; 0 is none.
 */
let chosenPath: u32 = 0;
let aliasPath: u32 = 0;
/** That of the UART taken. */
let uartPath: u32 = 0;
const CONSOLE_WALKS = 3;
/** Walks that are needed whatever the console is: what is reserved is taken out of the RAM when all RAM is known. */
let walks: u32 = 0;
const COLON = 0x3a;

/** Reads the tree; what is not free is no RAM from then on. False if it is damaged. */
export function discover(tree: Fdt): boolean {
  // The numbers of the Base System Architecture.
  privates[u32(Private.Maintenance)] = 25;
  privates[u32(Private.PhysicalTimer)] = 30;
  privates[u32(Private.VirtualTimer)] = 27;
  privates[u32(Private.HypervisorTimer)] = 26;
  walks = 1;
  for (let walk: u32 = 0; walk < walks || (walk < CONSOLE_WALKS && uartPath !== consolePath()); walk = wrappingAdd(walk, 1)) {
    tree.rewind();
    for (let node = tree.next(); node !== null; node = tree.next()) {
      const kind = kindOf(node, tree.top());
      if (walk === 0) {
        take(node, kind);
      }
      takeRam(node, kind, walk);
      takeConsole(tree, node, kind);
    }
    if (tree.damaged) {
      return false;
    }
  }
  for (let i: u32 = 0; tree.readReservation(i); i = wrappingAdd(i, 1)) {
    ram.reserve(tree.reservedBase, tree.reservedBytes);
  }
  ram.reserve(image.base, image.bytes);
  return true;
}

function take(node: Node, kind: u32): void {
  switch (kind) {
    case u32(Meaning.Reserved):
      walks = 2;
      break;
    case u32(Meaning.Cpu):
      takeCpu(node);
      break;
    case u32(Meaning.Gicv3):
      takeGic(node, ControllerKind.Gicv3);
      break;
    case u32(Meaning.Gicv2):
      takeGic(node, ControllerKind.Gicv2);
      break;
    case u32(Meaning.LocalController):
      // The Raspberry Pi 4 has one too, beside its GIC.
      if (distributor().bytes === 0n) {
        controllerKind = ControllerKind.Bcm2836;
      }
      readDevice(node, 0, localController);
      break;
    case u32(Meaning.GpuController):
      readDevice(node, 0, gpuController);
      break;
    case u32(Meaning.Timer):
      takeTimer(node);
      break;
    case u32(Meaning.Psci):
      takePsci(node, CPU_ON);
      break;
    case u32(Meaning.PsciOld):
      takePsci(node, node.number(Property.CpuOn));
      break;
    default:
      break;
  }
}

/** RAM in the first walk, what is reserved of it in later ones. */
function takeRam(node: Node, kind: u32, walk: u32): void {
  const isFirst = walk === 0;
  if (kind === u32(isFirst ? Meaning.Memory : Meaning.Reserved)) {
    for (let i: u32 = 0; readReg(node, i, found); i = wrappingAdd(i, 1)) {
      if (isFirst) {
        ram.addBank(found.base, found.bytes);
      } else {
        ram.reserve(found.base, found.bytes);
      }
    }
  }
}

function takeCpu(node: Node): void {
  readReg(node, 0, found);
  const affinity = found.base;
  const isThis = affinity === (MPIDR_EL1.read() & AFFINITY);
  const startsByPsci = node.meaning(Property.EnableMethod) === u32(Meaning.StartsByPsci);
  // The word that it waits for, of which there is none but with the method spin-table.
  node.open(Property.CpuReleaseAddress);
  const releaseAddress = cells.take(2);
  if (startsByPsci || isThis || releaseAddress !== 0n) {
    const cpu = cpus.add(affinity, startsByPsci ? 0n : releaseAddress);
    if (isThis) {
      bootCpu = cpu;
    }
  } else {
    cpusOff = wrappingAdd(cpusOff, 1);
  }
}

function takeGic(node: Node, kind: ControllerKind): void {
  controllerKind = kind;
  for (let i: u32 = 0; i < gic.length; i += 1) {
    const region = gic[i];
    readDevice(node, i, region);
    // Of a GICv2 these are the CPU interfaces, of two pages.
    if (kind === ControllerKind.Gicv2 && (i & 1) !== 0 && region.bytes >= REPEATED_BYTES) {
      region.base = wrappingAdd(region.base, REPEATED_OFFSET);
      region.bytes = INTERFACE_BYTES;
    }
  }
  setPrivate(u32(Private.Maintenance), interrupt(node, 0, 3));
}

function takeTimer(node: Node): void {
  const width = timerWidth(node);
  hasTimer = true;
  for (let i = u32(Private.PhysicalTimer); i <= u32(Private.HypervisorTimer) && width !== 0; i += 1) {
    setPrivate(i, interrupt(node, i, width));
  }
}

/** What is no INTID of a private interrupt is as if the tree said nothing. */
function setPrivate(which: u32, intid: u32): void {
  if (intid >= 16 && intid < 32) {
    privates[which] = intid;
  }
}

function takePsci(node: Node, on: u64): void {
  hasPsci = true;
  psciByHvc = node.meaning(Property.Method) === u32(Meaning.Hvc);
  cpuOn = on;
}

function takeSeed(node: Node): void {
  const seed = node.values[u32(Property.RngSeed)];
  // The last word may have padding, which the tree has too.
  random.takeSeed(u64(seed.at), wrappingAdd(seed.bytes, 3) / 4);
}

function consolePath(): u32 {
  return chosenPath !== 0 ? chosenPath : aliasPath;
}

function takeConsole(tree: Fdt, node: Node, kind: u32): void {
  if (kind === u32(Meaning.Chosen)) {
    takeSeed(node);
    const name = node.text(Property.StdoutPath, COLON);
    const value = node.values[u32(Property.StdoutPath)];
    if (value.bytes !== 0 && memory.load8(u64(value.at)) === SLASH) {
      chosenPath = name;
    } else if (tree.alias !== name) {
      tree.alias = name;
      aliasPath = 0;
    }
  } else if (kind === u32(Meaning.Aliases)) {
    aliasPath = node.text(node.has(Property.Alias) ? Property.Alias : Property.Serial0, 0);
  } else if (kind >= u32(Meaning.Uart)) {
    takeUart(node, kind - u32(Meaning.Uart));
  }
}

/** The first UART, unless the console is another. */
function takeUart(node: Node, kind: u32): void {
  if (uart.bytes === 0n || node.path === consolePath()) {
    readDevice(node, 0, uart);
    uartPath = node.path;
    uartKind = kind;
    uartSpacing = node.smallNumber(Property.RegShift, SPACING_USUAL);
    const intid = interrupt(node, 0, 3);
    uartInterrupt = intid < SPI_FIRST ? 0 : intid;
  }
}

/** RAM that no VM can have because the hypervisor holds it. */
export function bytesHeld(): u64 {
  return image.bytes + frames.bytes;
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
  console.flush();
  firmware(SYSTEM_OFF, 0n, 0n);
}
