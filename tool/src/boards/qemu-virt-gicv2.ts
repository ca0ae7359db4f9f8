/** QEMU's `virt` with the interrupt controller of older boards, a GICv2. */
import type { Board } from './board.ts';
import { qemuVirt } from './qemu-virt.ts';

export const qemuVirtGicv2: Board = {
  ...qemuVirt,
  name: 'qemu-virt-gicv2',
  machine: 'virt,virtualization=on,gic-version=2',
  machineNative: 'virt,gic-version=2',
  gic: 2,
  virtio: { base: 0x0a00_0000, bytesEach: 0x200, spi: 16 },
  clock: { base: 0x0901_0000, spi: 2 },
  cpuModels: ['cortex-a53', 'cortex-a57', 'cortex-a72', 'cortex-a35'],
};
