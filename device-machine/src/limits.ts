/** How many of what there may be. */
export const MACHINES_MAX = 32;
/** Volumes of all machines. */
export const VOLUMES_MAX = 32;
/** Queues of one device, and entries of one queue that a machine may ask for. */
export const QUEUES_MAX = 4;
export const QUEUE_SIZE_MAX = 128;
/** Pieces of data in one request, which are told to machines as `seg_max`. */
export const SEGMENTS_MAX = 62;
