/** The numbers that a virtio GPU and its driver exchange. [virtio 1.2 "Device Operation"] */

/** Of every command and response: type, flags, fence, context. */
export const HEADER_BYTES = 24n;
export const FLAG_FENCE = 1;

export const GET_DISPLAY_INFO = 0x100;
export const RESOURCE_CREATE_2D = 0x101;
export const RESOURCE_UNREF = 0x102;
export const SET_SCANOUT = 0x103;
export const RESOURCE_FLUSH = 0x104;
export const TRANSFER_TO_HOST_2D = 0x105;
export const RESOURCE_ATTACH_BACKING = 0x106;
export const RESOURCE_DETACH_BACKING = 0x107;

export const RESPONSE_OK = 0x1100;
export const RESPONSE_DISPLAY_INFO = 0x1101;
/** And above: an error. */
export const RESPONSE_ERROR = 0x1200;
export const ERROR_OUT_OF_MEMORY = 0x1201;
export const ERROR_SCANOUT = 0x1202;
export const ERROR_RESOURCE = 0x1203;
export const ERROR_PARAMETER = 0x1205;

export const FORMAT_B8G8R8A8 = 1;
export const FORMAT_B8G8R8X8 = 2;

/** Screens that GET_DISPLAY_INFO tells of, whether there or not: a rectangle and two words each. */
export const SCREENS = 16;
export const SCREEN_BYTES = 24n;
