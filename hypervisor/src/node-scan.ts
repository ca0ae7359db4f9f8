/**
 * Walks a board's device tree node by node: gathers the properties of a node that matter, and says what kind of node
 * it was once they have all been seen. [Devicetree 0.4, 2.3 "Standard Properties", 3 "Device Node Requirements"]
 */
import type { ConsolePath } from './console-path.ts';
import { Token, type Fdt } from './fdt.ts';
import * as uart from './uart.ts';

export enum Scanned {
  Other,
  Memory,
  Reserved,
  Cpu,
  Gicv3,
  Gicv2,
  Psci,
  Uart,
  Chosen,
  End,
}

const DEPTH_MAX = 16;
const NOT_INSIDE = 0;
/** `interrupts` in the GIC's binding: type 0 is an SPI, number 0 is INTID 32. */
const SPI_FIRST = 32;
const SPI_TYPE = 0;

/** How a node's children write their `reg`, and what is added to get a physical address. */
class Bus {
  addressCells: u32 = 0;
  sizeCells: u32 = 0;
  offset: u64 = 0n;
}

export class NodeScan {
  private readonly buses = fixedArray(Bus, DEPTH_MAX);
  /** Depth of the node being gathered, and of the one last returned. */
  private depth: u32 = 0;
  /** The next node's BeginNode has been read already. */
  private hasBegun: boolean = false;
  private kind: Scanned = Scanned.Other;
  private isDisabled: boolean = false;
  private reg: u64 = 0n;
  private regLength: u32 = 0;
  /** Depth of /reserved-memory while inside it, else NOT_INSIDE, which is no node's depth. */
  private reservedDepth: u32 = 0;

  /** What the node said, where its kind has such a thing. */
  uartKind: u32 = 0;
  /** INTID; 0 if there is none. */
  interrupt: u32 = 0;
  methodIsHvc: boolean = false;
  isConsole: boolean = false;
  seed: u64 = 0n;
  seedBytes: u32 = 0;

  start(tree: Fdt): void {
    tree.rewind();
    this.depth = 0;
    this.hasBegun = false;
    this.reservedDepth = NOT_INSIDE;
  }

  /** The kind of the next node whose properties are all known; disabled nodes and uninteresting ones are Other. */
  next(tree: Fdt, console: ConsolePath): Scanned {
    if (this.hasBegun) {
      this.begin(tree, console);
      this.hasBegun = false;
    }
    while (true) {
      switch (tree.advance()) {
        case Token.BeginNode:
          if (this.depth > 0) {
            this.hasBegun = true;
            return this.finish();
          }
          this.begin(tree, console);
          break;
        case Token.EndNode: {
          const finished = this.finish();
          if (this.reservedDepth > tree.depth) {
            this.reservedDepth = NOT_INSIDE;
          }
          if (finished !== Scanned.Other) {
            return finished;
          }
          break;
        }
        case Token.Property:
          this.property(tree);
          break;
        case Token.End:
          return Scanned.End;
      }
    }
  }

  private begin(tree: Fdt, console: ConsolePath): void {
    this.depth = tree.depth;
    this.kind = Scanned.Other;
    this.isDisabled = false;
    this.regLength = 0;
    this.interrupt = 0;
    this.seedBytes = 0;
    this.isConsole = console.enter(tree);
    if (this.depth < DEPTH_MAX) {
      // The defaults of [Devicetree 0.4, 2.3.5 "#address-cells and #size-cells"].
      const bus = this.buses[this.depth];
      bus.addressCells = 2;
      bus.sizeCells = 1;
      bus.offset = this.buses[this.depth - 1].offset;
    }
    if (this.reservedDepth !== NOT_INSIDE) {
      this.kind = Scanned.Reserved;
    } else if (tree.isNode('memory')) {
      this.kind = Scanned.Memory;
    } else if (tree.isNamed('reserved-memory')) {
      this.reservedDepth = this.depth;
    } else if (tree.isNamed('chosen')) {
      this.kind = Scanned.Chosen;
    }
  }

  /** The node's properties are complete. Later calls for the same node find nothing. */
  private finish(): Scanned {
    const kind = this.isDisabled || this.depth > DEPTH_MAX ? Scanned.Other : this.kind;
    this.kind = Scanned.Other;
    return kind;
  }

  private property(tree: Fdt): void {
    if (this.depth >= DEPTH_MAX) {
      return;
    }
    if (tree.isNamed('reg')) {
      this.reg = tree.value;
      this.regLength = tree.valueBytes / 4;
    } else if (tree.isNamed('compatible')) {
      this.compatible(tree);
    } else if (tree.isNamed('#address-cells')) {
      this.buses[this.depth].addressCells = tree.cell(0) & 3;
    } else if (tree.isNamed('#size-cells')) {
      this.buses[this.depth].sizeCells = tree.cell(0) & 3;
    } else if (tree.isNamed('device_type')) {
      if (tree.hasString('cpu')) {
        this.kind = Scanned.Cpu;
      }
    } else if (tree.isNamed('status')) {
      this.isDisabled = !tree.hasString('okay') && !tree.hasString('ok');
    } else if (tree.isNamed('interrupts')) {
      if (tree.cell(0) === SPI_TYPE && tree.valueBytes >= 12 && tree.cell(1) < 988) {
        this.interrupt = tree.cell(1) + SPI_FIRST;
      }
    } else if (tree.isNamed('method')) {
      this.methodIsHvc = tree.hasString('hvc');
    } else if (tree.isNamed('rng-seed')) {
      this.seed = tree.value;
      this.seedBytes = tree.valueBytes;
    }
  }

  private compatible(tree: Fdt): void {
    if (tree.hasString('arm,gic-v3')) {
      this.kind = Scanned.Gicv3;
    } else if (tree.hasString('arm,gic-400') || tree.hasString('arm,cortex-a15-gic') || tree.hasString('qcom,msm-qgic2')) {
      this.kind = Scanned.Gicv2;
    } else if (tree.hasString('arm,psci-1.0') || tree.hasString('arm,psci-0.2')) {
      this.kind = Scanned.Psci;
    } else {
      for (let i: u32 = 0; i < uart.kindCount(); i += 1) {
        if (tree.hasString(uart.compatible(i))) {
          this.kind = Scanned.Uart;
          this.uartKind = i;
        }
      }
    }
  }

  /** Entries in the node's `reg`. */
  regCount(): u32 {
    const bus = this.parent();
    const cells = bus.addressCells + bus.sizeCells;
    return cells === 0 ? 0 : this.regLength / cells;
  }

  /** Physical address of entry `index`; 0 where there is no such entry. */
  regBase(index: u32): u64 {
    const bus = this.parent();
    return index < this.regCount()
      ? wrappingAdd(this.cells(index * (bus.addressCells + bus.sizeCells), bus.addressCells), bus.offset)
      : 0n;
  }

  /** Bytes of entry `index`; 0 where there is no such entry. */
  regBytes(index: u32): u64 {
    const bus = this.parent();
    return index < this.regCount()
      ? this.cells(index * (bus.addressCells + bus.sizeCells) + bus.addressCells, bus.sizeCells)
      : 0n;
  }

  /** The bus that the gathered node sits on. */
  private parent(): Bus {
    return this.buses[this.depth > 0 && this.depth <= DEPTH_MAX ? this.depth - 1 : 0];
  }

  /** The last two of the `count` cells of `reg` from cell `first` on. */
  private cells(first: u32, count: u32): u64 {
    let value: u64 = 0n;
    for (let i: u32 = 0; i < count; i += 1) {
      value = (value << 32n) | u64(byteSwap(memory.load32(this.reg + u64(first + i) * 4n)));
    }
    return value;
  }
}
