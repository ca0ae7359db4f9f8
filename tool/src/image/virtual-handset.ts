/**
 * The virtual handset's memory map, as every guest sees it on every board.
 */
export const RAM_BASE = 0x4000_0000;
export const MIB = 2 ** 20;
export const PAGE_BYTES = 4096;

export const DISTRIBUTOR = { base: 0x0800_0000, bytes: 0x1_0000 } as const;
/** GICv2 only. */
export const CPU_INTERFACE = { base: 0x0801_0000, bytes: 0x2000 } as const;
/** GICv3 only: one for each vCPU, side by side. */
export const REDISTRIBUTORS = { base: 0x080a_0000, bytesEach: 0x2_0000 } as const;
export const UART = { base: 0x0900_0000, bytes: 0x1000, spi: 1, clockHz: 24_000_000 } as const;

/** A clock that a guest can read, where the board has one and the device machine shows it. */
export const CLOCK = { base: 0x1000_0000, bytes: 0x1000 } as const;

/** virtio-mmio transports, one page of them. */
export const VIRTIO = { base: 0x0a00_0000, bytesEach: 0x200, spi: 16, slots: 8, notify: 0x50 } as const;
/** What the controller lends: pages in the first 2 MiB, blocks of 2 MiB behind them (abi/src/slot-layout.ts). */
export const GRANTS = { base: 0x1000_0000, pageBytes: 0x20_0000, bytes: 0x3000_0000 } as const;

export type GicVersion = 2 | 3;
export const GIC_VERSIONS: readonly GicVersion[] = [2, 3];

export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
