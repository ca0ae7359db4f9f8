/** Stage 2 as the processor walks it. */
import type { ProgramMemory } from '@thimble/compiler/host-run';
import { expect } from 'vitest';

const BLOCK = 1n << 21n;
/** Where the tests have EL2's frames. */
export const FRAMES_VA = 0x3c04_0000n;
const ADDRESS = 0xffff_ffff_f000n;

/** A read of the processor's table walk: physical frames are where `frames` has mapped them. */
export function walk(memory: ProgramMemory, framesPa: bigint, vttbr: bigint, ipa: bigint): { pa: bigint; attributes: bigint } | null {
  const at = (pa: bigint): bigint => pa - framesPa + FRAMES_VA;
  if (ipa >> 39n !== 0n) return null;
  const entry1 = memory.load64(at(vttbr & ADDRESS) + (ipa >> 30n) * 8n);
  if ((entry1 & 1n) === 0n) return null;
  expect(entry1 & 3n, 'level 1 points to a table').toBe(3n);
  const entry2 = memory.load64(at(entry1 & ADDRESS) + ((ipa >> 21n) & 511n) * 8n);
  if ((entry2 & 1n) === 0n) return null;
  if ((entry2 & 2n) !== 0n) {
    const entry3 = memory.load64(at(entry2 & ADDRESS) + ((ipa >> 12n) & 511n) * 8n);
    if ((entry3 & 1n) === 0n) return null;
    expect(entry3 & 3n, 'level 3 is a page').toBe(3n);
    return { pa: (entry3 & ADDRESS) + (ipa & 0xfffn), attributes: entry3 & ~ADDRESS };
  }
  return { pa: (entry2 & ADDRESS & ~(BLOCK - 1n)) + (ipa & (BLOCK - 1n)), attributes: entry2 & ~ADDRESS };
}
