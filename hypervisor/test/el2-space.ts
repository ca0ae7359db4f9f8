/**
 * EL2's own translation tables as a processor walks them: from a virtual address of src/layout.ts to the physical one, and
 * what may be done there. Level 2 at the start of the workspace, 30 bits of address. [DDI0487 D8.3 "Translation table descriptor formats"]
 */
import type { ProgramMemory } from '@thimble/compiler/host-run';

const VALID = 1n;
const TABLE = 2n;
const READ_ONLY = 1n << 7n;
const EXECUTE_NEVER = 1n << 54n;
const ADDRESS = 0xffff_ffff_f000n;
const BLOCK_BYTES = 1n << 21n;
const PAGE_BYTES = 1n << 12n;
const ENTRIES = 512;

export interface Mapping {
  readonly va: bigint;
  readonly bytes: bigint;
  readonly pa: bigint;
  readonly writable: boolean;
  readonly executable: boolean;
  /** Index in MAIR_EL2. */
  readonly attribute: number;
}

function leaf(descriptor: bigint, va: bigint, bytes: bigint): Mapping {
  return {
    va, bytes, pa: descriptor & ADDRESS & ~(bytes - 1n), writable: (descriptor & READ_ONLY) === 0n,
    executable: (descriptor & EXECUTE_NEVER) === 0n, attribute: Number((descriptor >> 2n) & 7n),
  };
}

/** All that the tables at `tables` map; `at` says where in the program's memory a table of physical address `pa` lies. */
export function mappings(memory: ProgramMemory, tables: bigint, at: (pa: bigint) => bigint): Mapping[] {
  const found: Mapping[] = [];
  for (let index2 = 0; index2 < ENTRIES; index2 += 1) {
    const entry2 = memory.load64(tables + BigInt(index2 * 8));
    const va2 = BigInt(index2) * BLOCK_BYTES;
    if ((entry2 & VALID) === 0n) continue;
    if ((entry2 & TABLE) === 0n) {
      found.push(leaf(entry2, va2, BLOCK_BYTES));
      continue;
    }
    const table = at(entry2 & ADDRESS);
    for (let index3 = 0; index3 < ENTRIES; index3 += 1) {
      const entry3 = memory.load64(table + BigInt(index3 * 8));
      if ((entry3 & VALID) !== 0n) {
        if ((entry3 & TABLE) === 0n) throw new Error('a level 3 entry of the reserved form');
        found.push(leaf(entry3, va2 + BigInt(index3) * PAGE_BYTES, PAGE_BYTES));
      }
    }
  }
  return found;
}

/** The mapping that holds `va`, or undefined where an access would fault. */
export function lookUp(all: readonly Mapping[], va: bigint): Mapping | undefined {
  return all.find((one) => va >= one.va && va < one.va + one.bytes);
}
