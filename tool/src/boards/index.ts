/** Every board by its name. A board is added by one file of data and one line here. */
import type { Board } from './board.ts';
import { qemuVirt } from './qemu-virt.ts';

export type { Board } from './board.ts';

export const boards = {
  'qemu-virt': qemuVirt,
} as const satisfies Readonly<Record<string, Board>>;

export type BoardName = keyof typeof boards;
