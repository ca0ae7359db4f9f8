/**
 * Where things are in EL2's own address space: 30 bits, so that translation starts at level 2.
 *
 *     0x3c00_0000  the image: code and constants, read-only         } one level 3 table
 *     0x3c01_0000  the workspace: variables, stacks, frames         }
 *     0x3c20_0000  device registers                                   one level 3 table
 *     0x3c40_0000  a flattened device tree while it is read           two 2 MiB blocks
 *     0x3c80_0000  windows into guest memory: two a processor         2 MiB blocks
 *
 * The base is the linker script's, and no board has its RAM or its image there, so nothing is at an
 * address that equals its physical one by accident.
 */
export const IMAGE_VA = 0x3c00_0000n;
export const WORKSPACE_VA = 0x3c01_0000n;
export const DEVICES_VA = 0x3c20_0000n;
export const BLOB_VA = 0x3c40_0000n;
export const WINDOWS_VA = 0x3c80_0000n;

export const PAGE_BYTES = 0x1000n;
export const PAGE_SHIFT = 12n;
export const BLOCK_BYTES = 0x20_0000n;
export const BLOCK_SHIFT = 21n;

/** Physical processors at most; further ones of a board stay off. */
export const CPUS_MAX = 8;
export const MACHINES_MAX = 32;
/** vCPUs of all machines together. */
export const VCPUS_MAX = 64;
/** vCPUs of one machine. */
export const MACHINE_VCPUS_MAX = 8;
