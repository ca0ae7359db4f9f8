/** Types and codes of input events, as virtio takes them from Linux. [Linux, include/uapi/linux/input-event-codes.h] */
export const EV_SYN = 0;
export const EV_KEY = 1;
export const EV_ABS = 3;
export const EV_REP = 0x14;
export const ABS_X = 0;
export const ABS_Y = 1;
export const ABS_MT_SLOT = 0x2f;
export const ABS_MT_POSITION_X = 0x35;
export const ABS_MT_POSITION_Y = 0x36;
export const ABS_MT_TRACKING_ID = 0x39;
export const BTN_LEFT = 0x110;
export const BTN_TOUCH = 0x14a;
export const KEY_F11 = 87;
export const KEY_F12 = 88;
/** Keys of a keyboard are below. */
export const KEYS = 128;
/** A key's value when it is pressed. */
export const PRESSED = 1;
