/** The Raspberry Pi 3 B: no GIC, processors that spin until they are called, the mini-UART as console. */
import type { Board } from './board.ts';

export const raspi3b: Board = {
  name: 'raspi3b',
  machine: 'raspi3b',
  machineNative: null,
  gic: null,
  deviceTree: 'broadcom/bcm2837-rpi-3-b.dtb',
  serial: 1,
  virtio: null,
  clock: null,
  cpuModels: ['cortex-a53'],
  cpuModelsAarch32: ['cortex-a53'],
  cpus: 4,
  cpusMin: 4,
  cpusMax: 4,
  memoryMib: 1024,
  memoryMibMin: 1024,
  memoryMibMax: 1024,
  arguments: [],
};
