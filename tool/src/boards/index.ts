/** Every board by its name. A board is added by one file of data and one line here. */
import type { Board } from './board.ts';
import { qemuVirt } from './qemu-virt.ts';
import { qemuVirtGicv2 } from './qemu-virt-gicv2.ts';

export type { Board } from './board.ts';

export const boards = {
  'qemu-virt': qemuVirt,
  'qemu-virt-gicv2': qemuVirtGicv2,
} as const satisfies Readonly<Record<string, Board>>;

export type BoardName = keyof typeof boards;
