/** The registers of a virtio device in memory, for whoever has them or drives them: offsets in bytes. [virtio 1.2 "MMIO Device Register Layout"] */
export const MAGIC_VALUE = 0x000;
export const VERSION = 0x004;
export const DEVICE_ID = 0x008;
export const VENDOR_ID = 0x00c;
export const DEVICE_FEATURES = 0x010;
export const DEVICE_FEATURES_SEL = 0x014;
export const DRIVER_FEATURES = 0x020;
export const DRIVER_FEATURES_SEL = 0x024;
export const QUEUE_SEL = 0x030;
export const QUEUE_NUM_MAX = 0x034;
export const QUEUE_NUM = 0x038;
export const QUEUE_READY = 0x044;
export const QUEUE_NOTIFY = 0x050;
export const INTERRUPT_STATUS = 0x060;
export const INTERRUPT_ACK = 0x064;
export const STATUS = 0x070;
/** Low half of an address; the high one is behind it. So are those of the next two. */
export const QUEUE_DESC = 0x080;
export const QUEUE_DRIVER = 0x090;
export const QUEUE_DEVICE = 0x0a0;
export const SHM_LENGTH = 0x0b0;
export const SHM_BASE_HIGH = 0x0bc;
export const CONFIGURATION = 0x100;

export const MAGIC = 0x7472_6976;

/** Of STATUS [virtio 1.2 "Device Status Field"]. */
export const ACKNOWLEDGE = 1;
export const DRIVER = 2;
export const DRIVER_OK = 4;
export const FEATURES_OK = 8;
export const NEEDS_RESET = 0x40;
