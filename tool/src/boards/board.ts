/**
 * What the tool must know of a board to start it. The hypervisor needs none of this: it reads the device tree.
 */
export interface Board {
  readonly name: string;
  /** QEMU's `-machine`: type and properties, EL2 included. */
  readonly machine: string;
  /** The same board without EL2, for measuring what a guest costs without a hypervisor. */
  readonly machineNative: string | null;
  /** The version of its interrupt controller; null if it has none that virtualizes. */
  readonly gic: 2 | 3 | null;
  /** Its device tree in Debian's kernel package, if QEMU makes none; it says how many CPUs there are. */
  readonly deviceTree: string | null;
  /** Which of QEMU's serial lines is the console. */
  readonly serial: number;
  /** Its virtio-mmio transports: registers, and the first one's SPI; null if it has none. */
  readonly virtio: { readonly base: number; readonly bytesEach: number; readonly spi: number } | null;
  /** Its clock, a PL031: its page of registers, and its SPI; null if it has none. */
  readonly clock: { readonly base: number; readonly spi: number } | null;
  /** CPU models that the board may have, the default first. */
  readonly cpuModels: readonly [string, ...string[]];
  /** Those of them that have AArch32 at EL1. */
  readonly cpuModelsAarch32: readonly string[];
  readonly cpus: number;
  readonly cpusMin: number;
  readonly cpusMax: number;
  readonly memoryMib: number;
  readonly memoryMibMin: number;
  readonly memoryMibMax: number;
  /** Anything else on QEMU's command line. */
  readonly arguments: readonly string[];
}
