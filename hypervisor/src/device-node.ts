/**
 * What a node of a board's device tree is, where its registers are, and its interrupts.
 * [Devicetree 0.4, 2.3 "Standard Properties", 3 "Device Node Requirements"]
 */
import type { Node } from './fdt.ts';
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

/** What kind of node it is; disabled and uninteresting ones are Unknown. */
export function kindOf(node: Node): u32 {
  if (node.has(Property.Status) && node.meaning(Property.Status) !== u32(Meaning.Okay)) {
    return u32(Meaning.Unknown);
  }
  let top = node;
  while (top.depth > 2) {
    top = nonNull(top.above);
  }
  if (top !== node && meaningOf(top.path) === u32(Meaning.ReservedMemory)) {
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
  return widthOf(bus, Property.AddressCells, 2);
}
function sizeCells(bus: Node): u32 {
  return widthOf(bus, Property.SizeCells, 1);
}
/** @noinline */
function widthOf(bus: Node, property: Property, usual: u32): u32 {
  return bus.has(property) ? bus.cell(property, 0) & 3 : usual;
}

/** Reads entry `index` of the node's `reg`, as it stands. False if there is none. */
export function readReg(node: Node, index: u32, into: Region): boolean {
  const bus = nonNull(node.above);
  const width = addressCells(bus);
  const stride = wrappingAdd(width, sizeCells(bus));
  const first = wrappingMul(index, stride);
  into.base = node.number(Property.Reg, first, width);
  into.bytes = node.number(Property.Reg, wrappingAdd(first, width), wrappingSub(stride, width));
  return stride !== 0 && wrappingAdd(first, stride) <= node.cells(Property.Reg);
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
  const middle = wrappingAdd(width, aboveCells);
  const size = sizeCells(bus);
  const stride = wrappingAdd(middle, size);
  const all = bus.cells(Property.Ranges);
  for (let at: u32 = 0; stride !== 0 && wrappingAdd(at, stride) <= all; at = wrappingAdd(at, stride)) {
    const offset = wrappingSub(place.base, bus.number(Property.Ranges, at, width));
    if (offset < bus.number(Property.Ranges, wrappingAdd(at, middle), size)) {
      place.base = wrappingAdd(bus.number(Property.Ranges, wrappingAdd(at, width), aboveCells), offset);
      return true;
    }
  }
  return bus.has(Property.Ranges) && all === 0;
}

/** INTID of interrupt `index` of the node, each of `width` cells; 0 if there is none, or none that a GIC has. */
export function interrupt(node: Node, index: u32, width: u32): u32 {
  let property = Property.Interrupts;
  let first = wrappingMul(index, width);
  if (node.has(Property.InterruptsExtended)) {
    // Each begins with the phandle of its controller.
    property = Property.InterruptsExtended;
    first = wrappingAdd(first, 1);
  }
  const cells = node.cells(property);
  if (wrappingAdd(first, 2) > cells) {
    return 0;
  }
  const type = node.cell(property, first);
  let base: u32 = type === SPI_TYPE ? SPI_FIRST : PPI_FIRST;
  if (cells === 2) {
    // The Raspberry Pi's: a bank of 32, and a number in it.
    base = wrappingMul(wrappingAdd(type, 1), SPI_FIRST);
  }
  const intid = wrappingAdd(base, node.cell(property, wrappingAdd(first, 1)));
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
