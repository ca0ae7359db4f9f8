/**
 * The boards' interrupt controllers that are in memory, as far as the hypervisor uses them: a GICv2 with or without interfaces for guests, and the
 * Raspberry Pi's. Their registers lie where `mapping.device` puts them, one after the other.
 */
import type { ListRegisters } from './virtual-interface.ts';

const DEVICES = 0x3c20_0000n;
export const NO_INTERRUPT = 1023;

/** What of the processors a controller sees and does; all but `kick` is about the one at hand. */
export interface Side {
  readonly cpu: () => number;
  /** INTIDs that wait to be taken. */
  readonly pending: () => number[];
  readonly take: () => number;
  readonly kick: (cpus: number) => void;
  readonly setActive: (intid: number) => void;
  readonly clearActive: (intid: number) => void;
  /** The hypervisor has ended it. */
  readonly deactivate: (intid: number) => void;
}

export interface BoardController {
  read(address: bigint): number;
  write(address: bigint, value: number): void;
}

function bitsOf(value: number): number[] {
  return Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => ((value >>> bit) & 1) === 1);
}

/** Distributor in 16 pages, GICC in two, GICH in one. */
export class Gicv2 implements BoardController {
  /** Four list registers, GICH_HCR, GICH_VMCR and GICH_APR a processor. */
  readonly #interfaces = new Map<string, number>();
  constructor(private readonly side: Side) {}

  read(address: bigint): number {
    const offset = Number(address - DEVICES);
    if (offset === 0x800) return 1 << this.side.cpu();
    if (offset === 0x1_000c) return this.side.take();
    if (offset === 0x1_2004) return 3;
    if (offset >= 0x1_2000) return this.#interfaces.get(`${this.side.cpu()} ${offset - 0x1_2000}`) ?? 0;
    return 0;
  }

  write(address: bigint, value: number): void {
    const offset = Number(address - DEVICES);
    if (offset === 0x300) bitsOf(value).forEach(this.side.setActive);
    else if (offset === 0x380) bitsOf(value).forEach(this.side.clearActive);
    else if (offset === 0xf00) this.side.kick((value >> 16) & 0xff);
    else if (offset === 0x1_1000 && value >= 16) this.side.deactivate(value);
    else if (offset >= 0x1_2000) this.#interfaces.set(`${this.side.cpu()} ${offset - 0x1_2000}`, value);
  }

  /** The list registers of the processor at hand, in a GICv3's format. */
  listRegisters(): ListRegisters {
    const at = (index: number): bigint => DEVICES + 0x1_2100n + BigInt(index * 4);
    return {
      read: (index) => {
        const value = BigInt(this.read(at(index)) >>> 0);
        return (value & 0x3ffn) | (((value >> 10n) & 0x3ffn) << 32n) | (((value >> 23n) & 0x1fn) << 51n) | (((value >> 30n) & 3n) << 60n) | (((value >> 28n) & 3n) << 62n);
      },
      write: (index, value) => {
        const packed = (value & 0x3ffn) | (((value >> 32n) & 0x3ffn) << 10n) | (((value >> 51n) & 0x1fn) << 23n) | (((value >> 60n) & 3n) << 30n) | (((value >> 62n) & 3n) << 28n);
        this.write(at(index), Number(packed));
      },
      control: () => BigInt(this.read(DEVICES + 0x1_2000n) >>> 0),
      setControl: (value) => this.write(DEVICES + 0x1_2000n, Number(value)),
    };
  }
}

/** The local controller in one page, the other in the next, which is not used here. Active timers are masked ones. */
export class Bcm2836 implements BoardController {
  readonly #enabled = new Map<number, number>();
  constructor(private readonly side: Side) {}

  read(address: bigint): number {
    const offset = Number(address - DEVICES) - this.side.cpu() * 4;
    if (offset === 0x40) return this.#enabled.get(this.side.cpu()) ?? 0;
    if (offset !== 0x60) return 0;
    return this.side.pending().reduce((sources, intid) => sources | (intid === 0 ? 0x10 : 1 << (intid - 16)), 0);
  }

  write(address: bigint, value: number): void {
    const offset = Number(address - DEVICES);
    const { side } = this;
    const pending = side.pending();
    if (offset === 0x40 + side.cpu() * 4) {
      const before = this.#enabled.get(side.cpu()) ?? 0;
      for (const intid of bitsOf(before & ~value)) {
        side.setActive(intid + 16);
        if (pending.includes(intid + 16)) pending.splice(pending.indexOf(intid + 16), 1);
      }
      for (const intid of bitsOf(value & ~before)) side.deactivate(intid + 16);
      this.#enabled.set(side.cpu(), value);
    } else if (offset === 0xc0 + side.cpu() * 16) {
      if (pending.includes(0)) pending.splice(pending.indexOf(0), 1);
    } else if (offset >= 0x80 && offset < 0xc0) {
      side.kick(1 << ((offset - 0x80) >> 4));
    }
  }
}
