/**
 * Simple screens: pictures in machines' RAM whose drivers never say what they have drawn. We look: each row that is another than at the last look is
 * drawn. We look only while such a screen is on the panel, at most 20 times a second; after each look that finds nothing the next one is after twice the
 * time, a second at most, and a machine that has not run meanwhile has not drawn either: its picture is not even read.
 */
import { CNTFRQ_EL0, CNTP_CTL_EL0, CNTP_CVAL_EL0, CNTPCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { isb } from '@thimble/arm64/instructions.ts';
import * as arena from './arena.ts';
import * as bytes from './bytes.ts';
import * as compositor from './compositor.ts';
import * as hypervisor from './hypervisor.ts';
import * as interrupts from './interrupts.ts';
import { MACHINES_MAX } from './limits.ts';
import * as machine from './machine.ts';
import * as settings from './settings.ts';

export const TIMER_INTID = 30;
const PIXEL_BYTES = 4;
/** Of a second. */
const SHORTEST = 20n;
const LONGEST = 1n;

class SimplePicture {
  /** Where we see it; 0 if there is none. */
  at: u64 = 0n;
  width: u32 = 0;
  height: u32 = 0;
  /** Of each row as it was drawn, 8 bytes. */
  digests: u64 = 0n;
  /** All of it is to be drawn. */
  isForgotten: boolean = true;
  /** When it was looked at. */
  ticks: u64 = 0n;
}
const pictures = fixedArray(SimplePicture, MACHINES_MAX);
/** A row of zeros. */
let blank: u64 = 0n;

let isOn: boolean = false;
/** Ticks from the last look to the next one. */
let interval: u64 = 0n;

/** Machine `index` has a picture, if all of it is where we see it. False if not. */
export function open(index: u32): boolean {
  const picture = pictures[index];
  const width = settings.pictureWidth(index);
  const height = settings.pictureHeight(index);
  picture.at = machine.memoryOf(index, settings.pictureAddress(index), u64(width * height * PIXEL_BYTES));
  if (picture.at === 0n) {
    return false;
  }
  picture.width = width;
  picture.height = height;
  picture.digests = arena.take(u64(height) * 8n);
  if (blank === 0n) {
    blank = arena.take(u64(width * PIXEL_BYTES));
    interrupts.enable(TIMER_INTID);
  }
  return true;
}

export function isThere(index: u32): boolean {
  return pictures[index].at !== 0n;
}

export function width(index: u32): u32 {
  return pictures[index].width;
}

export function height(index: u32): u32 {
  return pictures[index].height;
}

function rowAt(picture: SimplePicture, x: u32, y: u32): u64 {
  return picture.at + u64((y * picture.width + x) * PIXEL_BYTES);
}

/** The machine is about to start: what its former life, or another one, has left there is not to be seen. */
export function clear(index: u32): void {
  const picture = pictures[index];
  if (picture.at === 0n) {
    return;
  }
  const rowBytes = u64(picture.width * PIXEL_BYTES);
  for (let y: u32 = 0; y < picture.height; y += 1) {
    bytes.copy(rowAt(picture, 0, y), blank, rowBytes);
  }
  bytes.freshen(picture.at, rowBytes * u64(picture.height));
  picture.isForgotten = true;
  wake();
}

/** Copies row `y`, `count` pixels from `x` on, to `to`. */
export function copyRow(index: u32, x: u32, y: u32, count: u32, to: u64): void {
  bytes.copy(to, rowAt(pictures[index], x, y), u64(count * PIXEL_BYTES));
}

/** All of the picture of machine `index` is to be drawn: draws it. */
export function redraw(index: u32): void {
  pictures[index].isForgotten = true;
  lookAt(index);
  wake();
}

/** Draws what has changed in the picture of machine `index`. Whether something has. */
function lookAt(index: u32): boolean {
  const picture = pictures[index];
  const ticks = hypervisor.ticksRun(index);
  if (ticks === picture.ticks && !picture.isForgotten) {
    return false;
  }
  picture.ticks = ticks;
  const rowBytes = u64(picture.width * PIXEL_BYTES);
  let hasChanged = false;
  // Rows from `first` on are to be drawn, up to the one that is looked at.
  let first: u32 = 0;
  let isOpen = false;
  for (let y: u32 = 0; y < picture.height; y += 1) {
    const row = rowAt(picture, 0, y);
    bytes.freshen(row, rowBytes);
    const digest = bytes.digest(row, rowBytes);
    const place = picture.digests + u64(y) * 8n;
    const isOther = picture.isForgotten || memory.load64(place) !== digest;
    memory.store64(place, digest);
    if (isOther && !isOpen) {
      first = y;
    } else if (!isOther && isOpen) {
      compositor.areaChanged(index, 0, first, picture.width, y - first);
    }
    isOpen = isOther;
    hasChanged = hasChanged || isOther;
  }
  if (isOpen) {
    compositor.areaChanged(index, 0, first, picture.width, picture.height - first);
  }
  picture.isForgotten = false;
  return hasChanged;
}

function isOnPanel(index: u32): boolean {
  return pictures[index].at !== 0n && compositor.isShown(index);
}

/** Something happens: whatever a machine draws then is worth an early look. */
export function wake(): void {
  const shortest = CNTFRQ_EL0.read() / SHORTEST;
  if (isOn && interval === shortest) {
    return;
  }
  for (let place: u32 = 0; place < compositor.count; place += 1) {
    if (isOnPanel(compositor.machineAt(place))) {
      interval = shortest;
      setTimer();
      return;
    }
  }
}

function setTimer(): void {
  isOn = true;
  CNTP_CVAL_EL0.write(CNTPCT_EL0.read() + interval);
  CNTP_CTL_EL0.write(CNTP_CTL_EL0.of({ ENABLE: 1n }));
  isb();
}

/** The timer has fired. */
export function look(): void {
  CNTP_CTL_EL0.write(0n);
  isb();
  isOn = false;
  let hasChanged = false;
  let isSeen = false;
  for (let place: u32 = 0; place < compositor.count; place += 1) {
    const index = compositor.machineAt(place);
    if (isOnPanel(index)) {
      isSeen = true;
      hasChanged = lookAt(index) || hasChanged;
    }
  }
  if (isSeen) {
    const longest = CNTFRQ_EL0.read() / LONGEST;
    interval = hasChanged ? CNTFRQ_EL0.read() / SHORTEST : interval * 2n < longest ? interval * 2n : longest;
    setTimer();
  }
  compositor.send();
}
