/** How many of what there may be. */
export const MACHINES_MAX = 32;
/** Volumes of all machines. */
export const VOLUMES_MAX = 32;
/** Queues of one device, and entries of one queue that a machine may ask for. */
export const QUEUES_MAX = 2;
export const QUEUE_SIZE_MAX = 128;
/** Pieces of data in one request, which are told to machines as `seg_max`: with header and status they fill a table. */
export const SEGMENTS_MAX = QUEUE_SIZE_MAX - 2;
/** What one queue is served of before others have their turn: as much as the longest has room for, so that no machine keeps us to itself. */
export const CHAINS_MAX = QUEUE_SIZE_MAX;
/** Where our own RAM ends: the host tool gives us 32 MiB. */
export const RAM_END = 0x4200_0000n;
/** Of it, at its end, what outlives a crash of ours: for each machine what is known of its pictures (screen-device.ts). */
export const KEPT_BYTES_EACH = 0x4_1000n;
export const KEPT = 0x417e_0000n;
