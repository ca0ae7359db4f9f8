/** QEMU's `virt` with a GICv2 and its virtualization extensions, like the many phones with a GIC-400. */
import type { Board } from './board.ts';

export const qemuVirtGicv2: Board = {
  name: 'qemu-virt-gicv2',
  machine: 'virt,virtualization=on,gic-version=2',
  machineNative: 'virt,gic-version=2',
  gic: 2,
  cpuModels: ['cortex-a53', 'cortex-a57', 'cortex-a72'],
  cpus: 2,
  cpusMax: 8,
  memoryMib: 1024,
  memoryMibMax: 8192,
  arguments: [],
};
