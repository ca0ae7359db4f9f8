/**
 * What at the end of a machine's RAM is not for its system to use as it likes: the picture of a simple screen, and below it the pool through which
 * all that devices read and write passes, if the device machine is to see no more than that.
 */
import { alignUp, MIB, RAM_BASE } from '../image/virtual-handset.ts';

/** Stage 2 maps blocks of that much. */
export const BLOCK_MIB = 2;
/** Blue first, then green, red and a byte of no meaning. */
const PIXEL_BYTES = 4;

export interface MemoryRange {
  readonly ipa: number;
  readonly bytes: number;
}

export interface Framebuffer extends MemoryRange {
  readonly width: number;
  readonly height: number;
  /** Bytes from a row to the next. */
  readonly stride: number;
}

export interface ReservedMemory {
  readonly framebuffer: Framebuffer | null;
  readonly pool: MemoryRange | null;
  /** All of it, which is what the device machine sees of a machine with a pool. */
  readonly all: MemoryRange;
}

interface Wishes {
  readonly memoryMib: number;
  /** In pixels; null for none. */
  readonly simpleScreen: { readonly width: number; readonly height: number } | null;
  readonly poolMib: number | null;
}

export function reservedMemory({ memoryMib, simpleScreen, poolMib }: Wishes): ReservedMemory {
  const end = RAM_BASE + memoryMib * MIB;
  const stride = (simpleScreen?.width ?? 0) * PIXEL_BYTES;
  const pictureBytes = alignUp(stride * (simpleScreen?.height ?? 0), BLOCK_MIB * MIB);
  const poolBytes = (poolMib ?? 0) * MIB;
  const bytes = pictureBytes + poolBytes;
  return {
    framebuffer: simpleScreen && { ...simpleScreen, stride, ipa: end - pictureBytes, bytes: pictureBytes },
    pool: poolMib === null ? null : { ipa: end - bytes, bytes: poolBytes },
    all: { ipa: end - bytes, bytes },
  };
}
