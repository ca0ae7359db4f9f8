/** Xilinx' ZCU102: a GIC-400 in pages of 64 KiB, a Cadence UART whose transmitter is off at first. */
import type { Board } from './board.ts';

export const xlnxZcu102: Board = {
  name: 'xlnx-zcu102',
  machine: 'xlnx-zcu102,virtualization=on',
  machineNative: 'xlnx-zcu102',
  gic: 2,
  deviceTree: 'xilinx/zynqmp-zcu102-rev1.0.dtb',
  serial: 0,
  virtio: null,
  clock: null,
  cpuModels: ['cortex-a53'],
  cpuModelsAarch32: ['cortex-a53'],
  cpus: 4,
  cpusMin: 4,
  cpusMax: 4,
  memoryMib: 1024,
  memoryMibMin: 512,
  memoryMibMax: 2048,
  // Its display would open a sound device.
  arguments: ['-audiodev', 'none,id=silence'],
};
