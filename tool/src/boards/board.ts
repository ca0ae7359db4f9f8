/**
 * What the tool must know of a board to start it. The hypervisor needs none of this: it reads the device tree.
 */
export interface Board {
  readonly name: string;
  /** QEMU's `-machine`: type and properties, EL2 included. */
  readonly machine: string;
  /** The same board without EL2, for measuring what a guest costs without a hypervisor. */
  readonly machineNative: string;
  readonly gic: 2 | 3;
  /** CPU models that the board may have, the default first. */
  readonly cpuModels: readonly [string, ...string[]];
  readonly cpus: number;
  readonly cpusMax: number;
  readonly memoryMib: number;
  readonly memoryMibMax: number;
  /** Anything else on QEMU's command line. */
  readonly arguments: readonly string[];
}
