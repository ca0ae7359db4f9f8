/**
 * What a node of a board's device tree is, where its registers are, and its interrupts.
 * [Devicetree 0.4, 2.3 "Standard Properties", 3 "Device Node Requirements"]
 */
import { cells, type Node } from './fdt.ts';
import { Meaning, meaningOf, Property } from './names.ts';

/** The first cell of `interrupts` in the GIC's binding is 0 for an SPI; else it is a PPI. */
const SPI_TYPE = 0;
export const SPI_FIRST = 32;
const PPI_FIRST = 16;
const INTID_LAST = 1019;

/** Registers of a device, or RAM, physical; 0 bytes if there are none. */
export class Region {
  base: u64 = 0n;
  bytes: u64 = 0n;
}

/** What kind of node it is, below the root's child `top` or that child itself; disabled and uninteresting ones are Unknown. */
export function kindOf(node: Node, top: Node): u32 {
  if (node.has(Property.Status) && node.meaning(Property.Status) !== u32(Meaning.Okay)) {
    return u32(Meaning.Unknown);
  }
  if (top !== node && meaningOf(top.path) === u32(Meaning.Reserved)) {
    return u32(Meaning.Reserved);
  }
  let kind = node.meaning(Property.DeviceType);
  if (kind === u32(Meaning.Unknown)) {
    // Nodes that are known by their path are no devices.
    kind = node.has(Property.Compatible) ? node.meaning(Property.Compatible) : meaningOf(node.path);
  }
  return kind === u32(Meaning.Memory) && top !== node ? u32(Meaning.Unknown) : kind;
}

/** Cells of an address, and of a length, in the `reg` of `bus`'s children [Devicetree 0.4, 2.3.5 "#address-cells and #size-cells"]. */
function addressCells(bus: Node): u32 {
  return bus.smallNumber(Property.AddressCells, 2);
}
function sizeCells(bus: Node): u32 {
  return bus.smallNumber(Property.SizeCells, 1);
}

/** Reads entry `index` of the node's `reg`, as it stands. False if there is none. */
export function readReg(node: Node, index: u32, into: Region): boolean {
  const bus = nonNull(node.above);
  const width = addressCells(bus);
  const stride = wrappingAdd(width, sizeCells(bus));
  node.open(Property.Reg);
  cells.take(wrappingMul(index, stride));
  const isThere = stride !== 0 && stride <= cells.left;
  into.base = cells.take(width);
  into.bytes = cells.take(wrappingSub(stride, width));
  return isThere;
}

/** As `readReg`, but `base` becomes physical, through all buses [Devicetree 0.4 "ranges"]; no bytes if none leads there. */
export function readDevice(node: Node, index: u32, into: Region): void {
  if (!readReg(node, index, into)) {
    into.bytes = 0n;
  }
  let bus = nonNull(node.above);
  while (bus.depth > 1) {
    const above = nonNull(bus.above);
    if (!climb(bus, addressCells(above), into)) {
      into.bytes = 0n;
    }
    bus = above;
  }
}

/** Turns `place.base`, an address on `bus`, into the one on the bus above, whose addresses have `aboveCells`. False if nothing leads there. */
function climb(bus: Node, aboveCells: u32, place: Region): boolean {
  const width = addressCells(bus);
  const size = sizeCells(bus);
  const stride = wrappingAdd(wrappingAdd(width, aboveCells), size);
  bus.open(Property.Ranges);
  if (cells.left === 0) {
    return bus.has(Property.Ranges);
  }
  while (stride !== 0 && stride <= cells.left) {
    const offset = wrappingSub(place.base, cells.take(width));
    const above = cells.take(aboveCells);
    if (offset < cells.take(size)) {
      place.base = wrappingAdd(above, offset);
      return true;
    }
  }
  return false;
}

/** INTID of interrupt `index` of the node, each of `width` cells; 0 if there is none, or none that a GIC has. */
export function interrupt(node: Node, index: u32, width: u32): u32 {
  let first = wrappingMul(index, width);
  node.open(Property.Interrupts);
  if (node.has(Property.InterruptsExtended)) {
    // Each begins with the phandle of its controller.
    node.open(Property.InterruptsExtended);
    first = wrappingAdd(first, 1);
  }
  const isPair = cells.left === 2;
  cells.take(first);
  if (cells.left < 2) {
    return 0;
  }
  const type = u32.wrap(cells.next());
  let base: u32 = type === SPI_TYPE ? SPI_FIRST : PPI_FIRST;
  if (isPair) {
    // The Raspberry Pi's: a bank of 32, and a number in it.
    base = wrappingMul(wrappingAdd(type, 1), SPI_FIRST);
  }
  const intid = wrappingAdd(base, u32.wrap(cells.next()));
  return intid <= INTID_LAST ? intid : 0;
}

/** Cells an interrupt of the timer takes, of which it has four or five; 0 if they are not a GIC's. */
export function timerWidth(node: Node): u32 {
  const cells = wrappingAdd(node.cells(Property.Interrupts), node.cells(Property.InterruptsExtended));
  if (cells < 12) {
    return 0;
  }
  return cells < 16 ? 3 : 4;
}
