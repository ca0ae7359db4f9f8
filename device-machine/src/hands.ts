/**
 * Who feels a finger or a key: the machine under the finger or, for keys, the one that has the input. What begins at an edge of the panel is for us:
 *
 *     from the left or right edge inward   the next machine
 *     from the top edge down               all side by side, or the one that has the input alone
 *     on the bar of a machine              that machine alone
 *     F12, F11                             the next machine; all or one
 *
 * Of several fingers the one that was first down says which of these it is, and the others do as it does.
 */
import { SLOTS_MAX } from '@thimble/abi/slot-layout.ts';
import * as compositor from './compositor.ts';
import * as codes from './event-codes.ts';
import { EventSource } from './event-source.ts';
import * as fingers from './fingers.ts';
import * as inputDevice from './input-device.ts';
import * as panel from './panel.ts';
import * as servedDevice from './served-device.ts';
import type { ServedDevice } from './served-device.ts';
import * as settings from './settings.ts';

/** How near to an edge a gesture begins, and how far it goes, in pixels. */
const EDGE = 24;
const SWIPE = 120;

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

/** The finger that decides, the one that was first down; FINGERS_MAX while none is. And where it is. */
let leader: u32 = fingers.FINGERS_MAX;
let x: u32 = 0;
let y: u32 = 0;
let touch: Touch = Touch.None;
let startX: u32 = 0;
let startY: u32 = 0;
/** Of the machine that feels the fingers. */
let touched: u32 = 0;
const isHeld = fixedArray(bool, codes.KEYS);

/** Takes device `index` of the settings into use, a tablet or a keyboard. False if it does not work. */
export function open(index: u32, isKeyboard: boolean): boolean {
  if (isKeyboard) {
    return keyboard.open(index);
  }
  if (!tablet.open(index)) {
    return false;
  }
  fingers.open(tablet);
  return true;
}

/** Deals with the interrupt `intid`. False if it is neither device's. */
export function interrupt(intid: u32): boolean {
  if (tablet.interruptsBy(intid)) {
    while (tablet.take()) {
      if (fingers.take(tablet.type, tablet.code, tablet.value) && compositor.count !== 0) {
        move();
      }
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

/** The fingers are where they are. */
function move(): void {
  if (leader < fingers.FINGERS_MAX) {
    x = fingers.at(leader).x;
    y = fingers.at(leader).y;
  }
  if (leader === fingers.FINGERS_MAX || !fingers.at(leader).isDown) {
    leader = fingers.first();
    if (touch !== Touch.None && touch !== Touch.Machine) {
      // What the leader began is over, and nothing else begins before all are gone.
      touch = Touch.Spent;
    }
  }
  if (leader === fingers.FINGERS_MAX) {
    if (touch === Touch.Machine) {
      tellTouch();
    }
    touch = Touch.None;
    return;
  }
  x = fingers.at(leader).x;
  y = fingers.at(leader).y;
  switch (touch) {
    case Touch.None:
      begin();
      break;
    case Touch.Machine:
      tellTouch();
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
    tellTouch();
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
      tellTouch();
    }
  }
}

/** The machine that feels the fingers hears where they are; outside of its screen they are at the edge. */
function tellTouch(): void {
  const device = deviceOf(touched, false);
  if (device === null) {
    return;
  }
  if (fingers.areSeveral) {
    for (let slot: u32 = 0; slot < fingers.FINGERS_MAX; slot += 1) {
      tellFinger(device, slot);
    }
  }
  inputDevice.post(device, codes.EV_ABS, codes.ABS_X, compositor.screenX(touched, x));
  inputDevice.post(device, codes.EV_ABS, codes.ABS_Y, compositor.screenY(touched, y));
  inputDevice.post(device, codes.EV_KEY, codes.BTN_TOUCH, leader < fingers.FINGERS_MAX ? 1 : 0);
  inputDevice.synchronize(device);
}

/** What has changed of one of several. */
function tellFinger(device: ServedDevice, slot: u32): void {
  const finger = fingers.at(slot);
  const isNews = finger.hasChanged && (finger.isDown || finger.isTold);
  finger.hasChanged = false;
  if (!isNews) {
    return;
  }
  inputDevice.post(device, codes.EV_ABS, codes.ABS_MT_SLOT, slot);
  if (finger.isDown !== finger.isTold) {
    inputDevice.post(device, codes.EV_ABS, codes.ABS_MT_TRACKING_ID, finger.isDown ? nextId() : GONE);
    finger.isTold = finger.isDown;
  }
  if (finger.isDown) {
    inputDevice.post(device, codes.EV_ABS, codes.ABS_MT_POSITION_X, compositor.screenX(touched, finger.x));
    inputDevice.post(device, codes.EV_ABS, codes.ABS_MT_POSITION_Y, compositor.screenY(touched, finger.y));
  }
}

const GONE = 0xffff_ffff;
let lastId: u32 = 0;

/** A number for a finger while it is down. */
function nextId(): u32 {
  lastId = (lastId + 1) & inputDevice.TRACKING_ID_MAX;
  return lastId;
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
