/**
 * Where fingers are on the panel, as the board's touch screen tells: several, each in a slot of its own with a number for as long as it is down (Linux'
 * multi-touch protocol B), or one, as a tablet's pointer.
 */
import * as codes from './event-codes.ts';
import type { EventSource } from './event-source.ts';
import * as panel from './panel.ts';

export const FINGERS_MAX = 10;
/** Of an axis that does not say how long it is: a tablet's. */
const AXIS_MAX = 0x7fff;
/** The number of a finger that is not there. */
const NOBODY = 0xffff_ffff;

export class Finger {
  isDown: boolean = false;
  /** In pixels. */
  x: u32 = 0;
  y: u32 = 0;
  /** Since hands.ts last looked. */
  hasChanged: boolean = false;
  /** A machine knows that it is down. */
  isTold: boolean = false;
}
const fingers = fixedArray(Finger, FINGERS_MAX);

/** Whether the touch screen tells of several. */
export let areSeveral: boolean = false;
let maxX: u32 = AXIS_MAX;
let maxY: u32 = AXIS_MAX;
/** Whose slot events are about; FINGERS_MAX for one that there is no room for. */
let slot: u32 = 0;

export function at(index: u32): Finger {
  return fingers[index];
}

/** `source` is the touch screen. */
export function open(source: EventSource): void {
  areSeveral = source.hasCode(codes.EV_ABS, codes.ABS_MT_SLOT) && source.hasCode(codes.EV_ABS, codes.ABS_MT_TRACKING_ID);
  maxX = axisOf(source, areSeveral ? codes.ABS_MT_POSITION_X : codes.ABS_X);
  maxY = axisOf(source, areSeveral ? codes.ABS_MT_POSITION_Y : codes.ABS_Y);
}

function axisOf(source: EventSource, code: u32): u32 {
  const max = source.axisMax(code);
  return max === 0 ? AXIS_MAX : max;
}

/** Takes an event in. True if it ends a group: the fingers are where they are. */
export function take(type: u32, code: u32, value: u32): boolean {
  if (type === codes.EV_ABS) {
    if (areSeveral) {
      takeOfSeveral(code, value);
    } else if (code === codes.ABS_X) {
      moveX(fingers[0], value);
    } else if (code === codes.ABS_Y) {
      moveY(fingers[0], value);
    }
  } else if (type === codes.EV_KEY && !areSeveral && (code === codes.BTN_LEFT || code === codes.BTN_TOUCH)) {
    press(fingers[0], value === codes.PRESSED);
  }
  return type === codes.EV_SYN;
}

function takeOfSeveral(code: u32, value: u32): void {
  if (code === codes.ABS_MT_SLOT) {
    slot = value < FINGERS_MAX ? value : FINGERS_MAX;
  } else if (slot < FINGERS_MAX) {
    switch (code) {
      case codes.ABS_MT_TRACKING_ID:
        press(fingers[slot], value !== NOBODY);
        break;
      case codes.ABS_MT_POSITION_X:
        moveX(fingers[slot], value);
        break;
      case codes.ABS_MT_POSITION_Y:
        moveY(fingers[slot], value);
        break;
      default:
        break;
    }
  }
}

function press(finger: Finger, isDown: boolean): void {
  finger.hasChanged = finger.hasChanged || finger.isDown !== isDown;
  finger.isDown = isDown;
}

function moveX(finger: Finger, value: u32): void {
  finger.x = along(value, maxX, panel.width);
  finger.hasChanged = true;
}

function moveY(finger: Finger, value: u32): void {
  finger.y = along(value, maxY, panel.height);
  finger.hasChanged = true;
}

/** A position on an axis, in pixels. */
function along(value: u32, max: u32, pixels: u32): u32 {
  const position = (u64(value) * u64(pixels)) / (u64(max) + 1n);
  return position < u64(pixels) ? u32(position) : pixels - 1;
}

/** The first finger that is down; FINGERS_MAX if none is. */
export function first(): u32 {
  for (let i: u32 = 0; i < FINGERS_MAX; i += 1) {
    if (fingers[i].isDown) {
      return i;
    }
  }
  return FINGERS_MAX;
}
