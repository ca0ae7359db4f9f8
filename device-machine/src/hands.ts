/**
 * Who feels a finger or a key: the machine under the finger or, for keys, the one that has the input. What begins at an edge of the panel is for us:
 *
 *     from the left or right edge inward   the next machine
 *     from the top edge down               all side by side, or the one that has the input alone
 *     on the bar of a machine              that machine alone
 *     F12, F11                             the next machine; all or one
 */
import { SLOTS_MAX } from '@thimble/abi/slot-layout.ts';
import * as compositor from './compositor.ts';
import * as codes from './event-codes.ts';
import { EventSource } from './event-source.ts';
import * as inputDevice from './input-device.ts';
import * as panel from './panel.ts';
import * as servedDevice from './served-device.ts';
import type { ServedDevice } from './served-device.ts';
import * as settings from './settings.ts';

/** How near to an edge a gesture begins, and how far it goes, in pixels. */
const EDGE = 24;
const SWIPE = 120;
/** Of the tablet's axes. */
const AXIS_MAX = 0x8000n;

enum Touch {
  None,
  /** A machine feels it. */
  Machine,
  LeftEdge,
  RightEdge,
  TopEdge,
  /** It has had its effect, or has none. */
  Spent,
}

const tablet = new EventSource();
const keyboard = new EventSource();

let x: u32 = 0;
let y: u32 = 0;
let isDown: boolean = false;
let touch: Touch = Touch.None;
let startX: u32 = 0;
let startY: u32 = 0;
/** Of the machine that feels the finger. */
let touched: u32 = 0;
const isHeld = fixedArray(bool, codes.KEYS);

/** Takes device `index` of the settings into use, a tablet or a keyboard. False if it does not work. */
export function open(index: u32, isKeyboard: boolean): boolean {
  return isKeyboard ? keyboard.open(index) : tablet.open(index);
}

/** Deals with the interrupt `intid`. False if it is neither device's. */
export function interrupt(intid: u32): boolean {
  if (tablet.interruptsBy(intid)) {
    while (tablet.take()) {
      feel(tablet.type, tablet.code, tablet.value);
    }
    tablet.goOn();
    return true;
  }
  if (keyboard.interruptsBy(intid)) {
    while (keyboard.take()) {
      if (keyboard.type === codes.EV_KEY && keyboard.code < codes.KEYS) {
        key(keyboard.code, keyboard.value);
      }
    }
    keyboard.goOn();
    return true;
  }
  return false;
}

/** The touch screen or the keyboard of the machine at `place`, if it has one. */
function deviceOf(place: u32, isKeyboard: boolean): ServedDevice | null {
  const index = compositor.machineAt(place);
  for (let slot: u32 = 0; slot < SLOTS_MAX; slot += 1) {
    const device = servedDevice.at(index, slot);
    if (device.type === settings.TYPE_INPUT && inputDevice.isKeyboard(device) === isKeyboard) {
      return device;
    }
  }
  return null;
}

function feel(type: u32, code: u32, value: u32): void {
  if (type === codes.EV_ABS) {
    if (code === codes.ABS_X) {
      x = along(value, panel.width);
    } else if (code === codes.ABS_Y) {
      y = along(value, panel.height);
    }
  } else if (type === codes.EV_KEY && code === codes.BTN_LEFT) {
    isDown = value === codes.PRESSED;
  } else if (type === codes.EV_SYN && compositor.count !== 0) {
    move();
  }
}

/** A position on an axis of the tablet, in pixels. */
function along(value: u32, pixels: u32): u32 {
  const position = (u64(value) * u64(pixels)) / AXIS_MAX;
  return position < u64(pixels) ? u32(position) : pixels - 1;
}

/** The finger is where it is. */
function move(): void {
  if (!isDown) {
    if (touch === Touch.Machine) {
      tellTouch(false);
    }
    touch = Touch.None;
    return;
  }
  switch (touch) {
    case Touch.None:
      begin();
      break;
    case Touch.Machine:
      tellTouch(true);
      break;
    case Touch.LeftEdge:
      if (x > startX + SWIPE) {
        compositorNext();
      }
      break;
    case Touch.RightEdge:
      if (x + SWIPE < startX) {
        compositorNext();
      }
      break;
    case Touch.TopEdge:
      if (y > startY + SWIPE) {
        touch = Touch.Spent;
        toggle();
      }
      break;
    case Touch.Spent:
      break;
  }
}

/** The machine at `place` has the input: in full if `isInFull`, or if one of them is. */
export function turnTo(place: u32, isInFull: boolean): void {
  if (place !== compositor.focus) {
    releaseKeys();
  }
  if (isInFull || !compositor.isOverview) {
    compositor.showOne(place);
  } else {
    compositor.focusOn(place);
  }
}

export function showAll(): void {
  compositor.showAll();
}

function compositorNext(): void {
  touch = Touch.Spent;
  releaseKeys();
  compositor.next();
}

function toggle(): void {
  if (compositor.isOverview) {
    compositor.showOne(compositor.focus);
  } else {
    compositor.showAll();
  }
}

function begin(): void {
  startX = x;
  startY = y;
  if (x < EDGE) {
    touch = Touch.LeftEdge;
  } else if (x + EDGE >= panel.width) {
    touch = Touch.RightEdge;
  } else if (y < EDGE) {
    touch = Touch.TopEdge;
  } else if (!compositor.isOverview) {
    touched = compositor.focus;
    touch = Touch.Machine;
    tellTouch(true);
  } else {
    beginInOverview();
  }
}

function beginInOverview(): void {
  const place = compositor.placeAt(x, y);
  touch = Touch.Spent;
  if (place < compositor.count) {
    if (place !== compositor.focus) {
      releaseKeys();
    }
    if (compositor.isBar(y)) {
      compositor.showOne(place);
    } else {
      compositor.focusOn(place);
      touched = place;
      touch = Touch.Machine;
      tellTouch(true);
    }
  }
}

/** The machine that feels the finger hears where it is; outside of its screen it is at the edge. */
function tellTouch(isTouching: boolean): void {
  const device = deviceOf(touched, false);
  if (device !== null) {
    inputDevice.post(device, codes.EV_ABS, codes.ABS_X, compositor.screenX(touched, x));
    inputDevice.post(device, codes.EV_ABS, codes.ABS_Y, compositor.screenY(touched, y));
    inputDevice.post(device, codes.EV_KEY, codes.BTN_TOUCH, isTouching ? 1 : 0);
    inputDevice.synchronize(device);
  }
}

function key(code: u32, value: u32): void {
  if (code === codes.KEY_F12 || code === codes.KEY_F11) {
    if (value === codes.PRESSED && compositor.count !== 0) {
      if (code === codes.KEY_F11) {
        toggle();
      } else {
        releaseKeys();
        compositor.next();
      }
    }
    return;
  }
  // The release of a key that was pressed for another machine is nobody's.
  if (value !== 0 || isHeld[code]) {
    isHeld[code] = value !== 0;
    tellKey(code, value);
  }
}

function tellKey(code: u32, value: u32): void {
  const device = compositor.count === 0 ? null : deviceOf(compositor.focus, true);
  if (device !== null) {
    inputDevice.post(device, codes.EV_KEY, code, value);
    inputDevice.synchronize(device);
  }
}

/** The input goes elsewhere: the machine that had it sees all keys released. */
function releaseKeys(): void {
  for (let code: u32 = 0; code < codes.KEYS; code += 1) {
    if (isHeld[code]) {
      isHeld[code] = false;
      tellKey(code, 0);
    }
  }
}
