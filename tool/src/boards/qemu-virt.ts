/** QEMU's `virt` with a GICv3: the default handset's board. */
import type { Board } from './board.ts';

export const qemuVirt: Board = {
  name: 'qemu-virt',
  machine: 'virt,virtualization=on,gic-version=3',
  machineNative: 'virt,gic-version=3',
  gic: 3,
  deviceTree: null,
  serial: 0,
  virtio: { base: 0x0a00_0000, bytesEach: 0x200, spi: 16 },
  clock: { base: 0x0901_0000, spi: 2 },
  cpuModels: ['cortex-a53', 'cortex-a57', 'cortex-a72', 'cortex-a35', 'cortex-a76', 'neoverse-n1', 'a64fx', 'max'],
  cpuModelsAarch32: ['cortex-a53', 'cortex-a57', 'cortex-a72', 'cortex-a35', 'max'],
  cpus: 2,
  cpusMin: 1,
  cpusMax: 8,
  memoryMib: 1024,
  memoryMibMin: 16,
  memoryMibMax: 8192,
  arguments: [],
};
