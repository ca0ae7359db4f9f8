/** Every board by its name. A board is added by one file of data and one line here. */
import type { Board } from './board.ts';
import { qemuVirt } from './qemu-virt.ts';
import { qemuVirtGicv2 } from './qemu-virt-gicv2.ts';
import { raspi3b } from './raspi3b.ts';
import { xlnxZcu102 } from './xlnx-zcu102.ts';

export type { Board } from './board.ts';

export const boards = {
  'qemu-virt': qemuVirt,
  'qemu-virt-gicv2': qemuVirtGicv2,
  raspi3b,
  'xlnx-zcu102': xlnxZcu102,
} as const satisfies Readonly<Record<string, Board>>;

export type BoardName = keyof typeof boards;
