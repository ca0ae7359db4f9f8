/**
 * Walks a board's device tree node by node: gathers the properties of a node that matter, and says what kind of node
 * it was once they have all been seen. [Devicetree 0.4, 2.3 "Standard Properties", 3 "Device Node Requirements"]
 */
import { kindOf, NodeKind } from './compatible.ts';
import { Token, type Fdt } from './fdt.ts';
import { SPACING_USUAL } from './uart.ts';

const DEPTH_MAX = 16;
const SLASH = 0x2f;
const NOT_INSIDE = 0;
/** The first cell of `interrupts` in the GIC's binding is 0 for an SPI; else it is a PPI. */
const SPI_TYPE = 0;
export const SPI_FIRST = 32;
const PPI_FIRST = 16;
const INTID_LAST = 1019;

/** A node on the way down to the one being gathered: its name, which ends with a NUL, and as a bus: how its children write their `reg`, and where those addresses are on the bus above. */
class Bus {
  name: u64 = 0n;
  addressCells: u32 = 0;
  sizeCells: u32 = 0;
  hasRanges: boolean = false;
  ranges: u64 = 0n;
  rangesLength: u32 = 0;
}

export class NodeScan {
  private readonly buses = fixedArray(Bus, DEPTH_MAX);
  /** Depth of the node being gathered, and of the one last returned. */
  private depth: u32 = 0;
  /** The next node's BeginNode has been read already. */
  private hasBegun: boolean = false;
  private kind: u32 = 0;
  private isDisabled: boolean = false;
  /** Lengths are in cells. */
  private reg: u64 = 0n;
  private regLength: u32 = 0;
  private interrupts: u64 = 0n;
  private interruptsLength: u32 = 0;
  /** Each interrupt begins with the phandle of its controller. */
  private isExtended: boolean = false;
  /** Depth of /reserved-memory while inside it, else NOT_INSIDE, which is no node's depth. */
  private reservedDepth: u32 = 0;

  /** What `readReg` and `readDevice` found. */
  base: u64 = 0n;
  bytes: u64 = 0n;

  /** What the node said, where its kind has such a thing. */
  regShift: u32 = 0;
  isStartedByPsci: boolean = false;
  /** Else the word that it waits for, of which there is none but with the method spin-table. */
  releaseAddress: u64 = 0n;
  methodIsHvc: boolean = false;
  cpuOn: u32 = 0;
  seed: u64 = 0n;
  seedBytes: u32 = 0;

  start(tree: Fdt): void {
    tree.rewind();
    this.depth = 0;
    this.hasBegun = false;
    this.reservedDepth = NOT_INSIDE;
  }

  /** The NodeKind of the next node whose properties are all known; disabled nodes and uninteresting ones are Other. */
  next(tree: Fdt): u32 {
    if (this.hasBegun) {
      this.begin(tree);
      this.hasBegun = false;
    }
    while (true) {
      switch (tree.advance()) {
        case Token.BeginNode:
          if (this.depth > 0) {
            this.hasBegun = true;
            return this.finish();
          }
          this.begin(tree);
          break;
        case Token.EndNode: {
          const finished = this.finish();
          if (this.reservedDepth > tree.depth) {
            this.reservedDepth = NOT_INSIDE;
          }
          if (finished !== u32(NodeKind.Other)) {
            return finished;
          }
          break;
        }
        case Token.Property:
          if (this.depth < DEPTH_MAX) {
            this.property(tree);
          }
          break;
        case Token.End:
          return u32(NodeKind.End);
      }
    }
  }

  private begin(tree: Fdt): void {
    this.depth = tree.depth;
    this.kind = u32(NodeKind.Other);
    this.isDisabled = false;
    this.regLength = 0;
    this.interruptsLength = 0;
    this.isExtended = false;
    this.regShift = SPACING_USUAL;
    this.isStartedByPsci = false;
    this.releaseAddress = 0n;
    this.seedBytes = 0;
    if (this.depth < DEPTH_MAX) {
      // The defaults of [Devicetree 0.4, 2.3.5 "#address-cells and #size-cells"].
      const bus = this.buses[this.depth];
      bus.name = tree.name;
      bus.addressCells = 2;
      bus.sizeCells = 1;
      bus.hasRanges = false;
    }
    if (this.reservedDepth !== NOT_INSIDE) {
      this.kind = u32(NodeKind.Reserved);
    } else if (tree.isNamed('reserved-memory')) {
      this.reservedDepth = this.depth;
    } else if (tree.isNamed('chosen')) {
      this.kind = u32(NodeKind.Chosen);
    }
  }

  /** The node's properties are complete. Later calls for the same node find nothing. */
  private finish(): u32 {
    const kind = this.isDisabled || this.depth > DEPTH_MAX ? u32(NodeKind.Other) : this.kind;
    this.kind = u32(NodeKind.Other);
    return kind;
  }

  private property(tree: Fdt): void {
    const cells = tree.valueBytes / 4;
    const bus = this.buses[this.depth];
    if (tree.isNamed('reg')) {
      this.reg = tree.value;
      this.regLength = cells;
    } else if (tree.isNamed('compatible')) {
      const kind = kindOf(tree);
      if (kind !== u32(NodeKind.Other)) {
        this.kind = kind;
      }
    } else if (tree.isNamed('#address-cells')) {
      bus.addressCells = tree.cell(0) & 3;
    } else if (tree.isNamed('#size-cells')) {
      bus.sizeCells = tree.cell(0) & 3;
    } else if (tree.isNamed('ranges')) {
      bus.hasRanges = true;
      bus.ranges = tree.value;
      bus.rangesLength = cells;
    } else if (tree.isNamed('device_type')) {
      if (tree.valueBegins('cpu')) {
        this.kind = u32(NodeKind.Cpu);
      } else if (this.depth === 2 && tree.valueBegins('memory')) {
        this.kind = u32(NodeKind.Memory);
      }
    } else if (tree.isNamed('status')) {
      this.isDisabled = !tree.valueBegins('ok');
    } else if (tree.isNamed('interrupts')) {
      this.interrupts = tree.value;
      this.interruptsLength = cells;
    } else if (tree.isNamed('interrupts-extended')) {
      this.interrupts = tree.value;
      this.interruptsLength = cells;
      this.isExtended = true;
    } else {
      this.rareProperty(tree);
    }
  }

  /** What few nodes have. */
  private rareProperty(tree: Fdt): void {
    if (tree.isNamed('method')) {
      this.methodIsHvc = tree.valueBegins('hvc');
    } else if (tree.isNamed('enable-method')) {
      this.isStartedByPsci = tree.valueBegins('psci');
    } else if (tree.isNamed('cpu-release-addr')) {
      this.releaseAddress = tree.number(0, tree.valueBytes / 4);
    } else if (tree.isNamed('cpu_on')) {
      this.cpuOn = tree.cell(0);
    } else if (tree.isNamed('reg-shift')) {
      this.regShift = tree.cell(0);
    } else if (tree.isNamed('rng-seed')) {
      this.seed = tree.value;
      this.seedBytes = tree.valueBytes;
    }
  }

  /** Whether the `bytes` bytes at `path` are the node's full path. */
  hasPath(path: u64, bytes: u32): boolean {
    let at: u32 = 0;
    for (let depth: u32 = 2; depth <= this.depth && depth < DEPTH_MAX; depth += 1) {
      let byte: u8 = SLASH;
      for (let name = this.buses[depth].name; byte !== 0; name += 1n) {
        if (at >= bytes || memory.load8(path + u64(at)) !== byte) {
          return false;
        }
        at += 1;
        byte = memory.load8(name);
      }
    }
    return at === bytes;
  }

  /** Reads entry `index` of the node's `reg`, as it stands. False if there is none, and then `base` and `bytes` are 0. */
  readReg(index: u32): boolean {
    const bus = this.buses[this.depth > 0 && this.depth <= DEPTH_MAX ? this.depth - 1 : 0];
    const length = bus.addressCells + bus.sizeCells;
    const first = wrappingMul(index, length);
    this.base = 0n;
    this.bytes = 0n;
    if (length === 0 || wrappingAdd(first, length) > this.regLength) {
      return false;
    }
    this.base = cells(this.reg, first, bus.addressCells);
    this.bytes = cells(this.reg, wrappingAdd(first, bus.addressCells), bus.sizeCells);
    return true;
  }

  /** As `readReg`, but `base` becomes physical, through all buses [Devicetree 0.4 "ranges"]; as if there were no entry if none leads there. */
  readDevice(index: u32): void {
    this.readReg(index);
    for (let depth = this.depth - 1; depth > 1; depth -= 1) {
      if (!this.climb(this.buses[depth], this.buses[depth - 1].addressCells)) {
        this.bytes = 0n;
      }
    }
  }

  /** Turns `base`, an address on `bus`, into the one on the bus above, whose addresses have `aboveCells`. False if nothing leads there. */
  private climb(bus: Bus, aboveCells: u32): boolean {
    const middle = bus.addressCells + aboveCells;
    const stride = middle + bus.sizeCells;
    for (let at: u32 = 0; wrappingAdd(at, stride) <= bus.rangesLength; at = wrappingAdd(at, stride)) {
      const offset = wrappingSub(this.base, cells(bus.ranges, at, bus.addressCells));
      if (offset < cells(bus.ranges, wrappingAdd(at, middle), bus.sizeCells)) {
        this.base = wrappingAdd(cells(bus.ranges, wrappingAdd(at, bus.addressCells), aboveCells), offset);
        return true;
      }
      if (stride === 0) {
        break;
      }
    }
    return bus.hasRanges && bus.rangesLength === 0;
  }

  /** INTID of interrupt `index` of the node, each of `width` cells; 0 if there is none, or none that a GIC has. */
  interrupt(index: u32, width: u32): u32 {
    const first = wrappingAdd(wrappingMul(index, width), this.isExtended ? 1 : 0);
    if (wrappingAdd(first, 2) > this.interruptsLength) {
      return 0;
    }
    const type = u32.wrap(cells(this.interrupts, first, 1));
    let base: u32 = SPI_FIRST;
    if (type !== SPI_TYPE) {
      base = PPI_FIRST;
    }
    if (this.interruptsLength === 2) {
      // The Raspberry Pi's: a bank of 32, and a number in it.
      base = wrappingMul(wrappingAdd(type, 1), SPI_FIRST);
    }
    const intid = wrappingAdd(base, u32.wrap(cells(this.interrupts, wrappingAdd(first, 1), 1)));
    return intid <= INTID_LAST ? intid : 0;
  }

  /** Cells an interrupt of the timer takes, of which it has four or five; 0 if they are not a GIC's. */
  timerWidth(): u32 {
    if (this.interruptsLength < 12) {
      return 0;
    }
    return this.interruptsLength < 16 ? 3 : 4;
  }
}

/** The last two of the `count` cells from cell `first` of `value` on. */
function cells(value: u64, first: u32, count: u32): u64 {
  let number: u64 = 0n;
  for (let i: u32 = 0; i < count; i += 1) {
    number = (number << 32n) | u64(byteSwap(memory.load32(value + u64(first + i) * 4n)));
  }
  return number;
}
