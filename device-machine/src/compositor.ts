/**
 * What is on the panel: one machine's screen over all of it, or the screens of all machines side by side, made smaller, each under a bar with
 * its name, its state and its use of the processor. Only what has changed is drawn.
 */
import { MACHINE_PAUSED, MACHINE_RUNNING, MACHINE_WAITS } from '@thimble/abi/slot-layout.ts';
import * as arena from './arena.ts';
import * as canvas from './canvas.ts';
import * as hypervisor from './hypervisor.ts';
import { MACHINES_MAX } from './limits.ts';
import * as machine from './machine.ts';
import * as meters from './meters.ts';
import * as panel from './panel.ts';
import * as pixels from './pixels.ts';
import * as screenDevice from './screen-device.ts';
import * as settings from './settings.ts';
import * as simpleScreen from './simple-screen.ts';

/** Of the bar over a screen. */
const BAR = 64;
const BAR_MARGIN = 8;
const TEXT_SCALE = 3;
const NAME_CHARACTERS = 9;
/** What a use of several processors takes, with its sign; and the longest word for a state. */
const USE_CHARACTERS = 4;
const STATE_CHARACTERS = 6;
const METER_HEIGHT = 12;
const BACKGROUND = 0x10_1418;
const BAR_COLOUR = 0x20_2830;
const FOCUS_COLOUR = 0x2f_4a63;
const TEXT_COLOUR = 0xf0_f0f0;
const PAUSED_COLOUR = 0xe0_b040;
const OFF_COLOUR = 0x80_8080;
const METER_COLOUR = 0x30_3c48;
const METER_FULL_COLOUR = 0x4c_c27a;

/** Machines with screens, by place. */
const shown = fixedArray(u32, MACHINES_MAX);
export let count: u32 = 0;
/** The place of the machine that has the input, and, unless `isOverview`, the panel. */
export let focus: u32 = 0;
export let isOverview: boolean = true;
/** In the overview: how much smaller screens are, and how many are side by side. */
let scale: u32 = 1;
let columns: u32 = 1;
/** There is a panel, the screens are known, and what they show may be drawn. */
let isOpen: boolean = false;
/** `scale` rows of a picture. */
let rows: u64 = 0n;
const ROW_BYTES = 4096 * 4;

export function screenWidth(): u32 {
  return panel.width;
}

export function screenHeight(): u32 {
  return panel.height;
}

/** Machine `index` has a screen. */
export function add(index: u32): void {
  shown[count] = index;
  count += 1;
}

/** All machines are known: draws the panel for the first time. */
export function open(): void {
  if (panel.width === 0 || count === 0) {
    return;
  }
  while (!fits()) {
    scale += 1;
  }
  rows = arena.take(u64(scale) * u64(ROW_BYTES));
  isOpen = true;
  recall();
  redraw();
}

/** In the note of the machine that has the input: that it has, and whether it has the panel too. */
const NOTE_FOCUS = 1;
const NOTE_ALONE = 2;

/** As it was before a crash of ours. */
function recall(): void {
  for (let place: u32 = 0; place < count; place += 1) {
    const note = machine.note(shown[place]);
    if ((note & NOTE_FOCUS) !== 0) {
      focus = place;
      isOverview = (note & NOTE_ALONE) === 0;
    }
  }
}

function remember(): void {
  for (let place: u32 = 0; place < count; place += 1) {
    machine.setNote(shown[place], place !== focus ? 0 : isOverview ? NOTE_FOCUS : NOTE_FOCUS | NOTE_ALONE);
  }
}

/** Whether all screens fit on the panel, made smaller by `scale`. */
function fits(): boolean {
  columns = scale;
  const lines = (count + columns - 1) / columns;
  return lines * (panel.height / scale + BAR) <= panel.height;
}

function placeOf(index: u32): u32 {
  for (let place: u32 = 0; place < count; place += 1) {
    if (shown[place] === index) {
      return place;
    }
  }
  return count;
}

/** The machine at `place`. */
export function machineAt(place: u32): u32 {
  return shown[place];
}

function tileX(place: u32): u32 {
  return (place % columns) * (panel.width / scale);
}

function tileY(place: u32): u32 {
  return (place / columns) * (panel.height / scale + BAR);
}

/** Whether the screen of machine `index` is on the panel. */
export function isShown(index: u32): boolean {
  return isOpen && (isOverview || shown[focus] === index);
}

/** What a machine shows, whichever kind of screen it has: how large it is, and its pixels. */
function pictureWidth(index: u32): u32 {
  return simpleScreen.isThere(index) ? simpleScreen.width(index) : screenDevice.pictureWidth(index);
}

function pictureHeight(index: u32): u32 {
  return simpleScreen.isThere(index) ? simpleScreen.height(index) : screenDevice.pictureHeight(index);
}

function copyRow(index: u32, x: u32, y: u32, across: u32, to: u64): void {
  if (simpleScreen.isThere(index)) {
    simpleScreen.copyRow(index, x, y, across, to);
  } else {
    screenDevice.copyRow(index, x, y, across, to);
  }
}

/** Machine `index` shows another picture, or none. */
export function screenChanged(index: u32): void {
  const place = placeOf(index);
  if (isOpen && place < count && (isOverview || place === focus)) {
    clearScreen(place);
    areaChanged(index, 0, 0, screenDevice.pictureWidth(index), screenDevice.pictureHeight(index));
  }
}

function clearScreen(place: u32): void {
  if (isOverview) {
    block(tileX(place), tileY(place) + BAR, panel.width / scale, panel.height / scale, BACKGROUND);
  } else {
    block(0, 0, panel.width, panel.height, BACKGROUND);
  }
}

function block(x: u32, y: u32, across: u32, down: u32, colour: u32): void {
  canvas.fill(x, y, across, down, colour);
  panel.changed(x, y, across, down);
}

/** Part of the picture that machine `index` shows has changed; what of it is on the panel is drawn. */
export function areaChanged(index: u32, x: u32, y: u32, across: u32, down: u32): void {
  const place = placeOf(index);
  if (!isOpen || place >= count || x >= panel.width || y >= panel.height) {
    return;
  }
  const right = x + (across < panel.width - x ? across : panel.width - x);
  const bottom = y + (down < panel.height - y ? down : panel.height - y);
  if (isOverview) {
    drawSmall(place, x / scale, y / scale, (right + scale - 1) / scale, (bottom + scale - 1) / scale);
  } else if (place === focus) {
    for (let row = y; row < bottom; row += 1) {
      copyRow(index, x, row, right - x, panel.pixelAt(x, row));
    }
    panel.changed(x, y, right - x, bottom - y);
  }
}

/** Draws the columns from `left` to before `right` and the rows from `top` to before `bottom` of a screen in the overview. */
function drawSmall(place: u32, left: u32, top: u32, right: u32, bottom: u32): void {
  const index = shown[place];
  const across = smaller(smaller(right, panel.width / scale), pictureWidth(index) / scale);
  const down = smaller(smaller(bottom, panel.height / scale), pictureHeight(index) / scale);
  if (left >= across) {
    return;
  }
  for (let row = top; row < down; row += 1) {
    for (let i: u32 = 0; i < scale; i += 1) {
      copyRow(index, left * scale, row * scale + i, (across - left) * scale, rows + u64(i * ROW_BYTES));
    }
    const to = panel.pixelAt(tileX(place) + left, tileY(place) + BAR + row);
    if (scale === 2) {
      pixels.halve(to, rows, rows + u64(ROW_BYTES), u64(across - left));
    } else {
      for (let i: u32 = 0; i < across - left; i += 1) {
        memory.store32(to + u64(i) * 4n, mean(i));
      }
    }
  }
  panel.changed(tileX(place) + left, tileY(place) + BAR + top, across - left, down > top ? down - top : 0);
}

function smaller(a: u32, b: u32): u32 {
  return a < b ? a : b;
}

/** The mean of `scale` by `scale` pixels. */
function mean(column: u32): u32 {
  let blue: u32 = 0;
  let green: u32 = 0;
  let red: u32 = 0;
  for (let y: u32 = 0; y < scale; y += 1) {
    for (let x: u32 = 0; x < scale; x += 1) {
      const pixel = memory.load32(rows + u64(y * ROW_BYTES + (column * scale + x) * 4));
      blue += pixel & 0xff;
      green += (pixel >> 8) & 0xff;
      red += (pixel >> 16) & 0xff;
    }
  }
  const pixels = scale * scale;
  return blue / pixels + ((green / pixels) << 8) + ((red / pixels) << 16);
}

/** Draws everything. */
export function redraw(): void {
  if (!isOpen) {
    return;
  }
  if (isOverview) {
    block(0, 0, panel.width, panel.height, BACKGROUND);
    for (let place: u32 = 0; place < count; place += 1) {
      drawBar(place);
    }
  } else if (pictureWidth(shown[focus]) < panel.width || pictureHeight(shown[focus]) < panel.height) {
    clearScreen(focus);
  }
  for (let place: u32 = 0; place < count; place += 1) {
    const index = shown[place];
    if (!simpleScreen.isThere(index)) {
      areaChanged(index, 0, 0, screenDevice.pictureWidth(index), screenDevice.pictureHeight(index));
    } else if (isShown(index)) {
      simpleScreen.redraw(index);
    }
  }
  if (!isOverview) {
    drawState();
  }
  panel.send();
}

/** Over all of the panel, a machine that does not run has its bar too: nothing else would tell it from one that does. */
function drawState(): void {
  if (hypervisor.machineState(shown[focus]) !== MACHINE_RUNNING) {
    drawBarAt(focus, 0, 0, panel.width);
  }
}

/** Machine `index` has another state, perhaps. */
export function stateChanged(index: u32): void {
  if (!isOpen) {
    return;
  }
  const place = placeOf(index);
  if (isOverview && place < count) {
    drawBar(place);
    panel.send();
  } else if (place === focus) {
    redraw();
  }
}

function stateWord(state: u32): string {
  switch (state) {
    case MACHINE_PAUSED:
      return 'paused';
    case MACHINE_WAITS:
      return 'starts';
    default:
      return 'off';
  }
}

function nameColour(state: u32): u32 {
  switch (state) {
    case MACHINE_RUNNING:
      return TEXT_COLOUR;
    case MACHINE_PAUSED:
      return PAUSED_COLOUR;
    default:
      return OFF_COLOUR;
  }
}

/** The bar over the screen at `place`. */
function drawBar(place: u32): void {
  drawBarAt(place, tileX(place), tileY(place), panel.width / scale);
}

function drawBarAt(place: u32, x: u32, y: u32, across: u32): void {
  const index = shown[place];
  const state = hypervisor.machineState(index);
  block(x, y, across - 2, BAR - 2, place === focus ? FOCUS_COLOUR : BAR_COLOUR);
  const isRunning = state === MACHINE_RUNNING;
  const use = isRunning ? meters.useOf(index) : 0;
  // The name gives way to the number or the word for its state, and both to the neighbour's bar.
  const room = (across - 2 * BAR_MARGIN) / canvas.textWidth(1, TEXT_SCALE);
  const taken: u32 = isRunning ? USE_CHARACTERS : STATE_CHARACTERS;
  const hasRoom = room > taken;
  const characters = smaller(hasRoom ? room - taken : room, NAME_CHARACTERS);
  canvas.text(x + BAR_MARGIN, y + BAR_MARGIN, TEXT_SCALE, settings.machineName(index), characters, nameColour(state));
  const right = x + across - BAR_MARGIN;
  if (hasRoom && isRunning) {
    const sign = right - canvas.textWidth(1, TEXT_SCALE);
    canvas.character(sign, y + BAR_MARGIN, TEXT_SCALE, 0x25, TEXT_COLOUR);
    canvas.number(sign, y + BAR_MARGIN, TEXT_SCALE, use, TEXT_COLOUR);
  } else if (hasRoom) {
    canvas.word(right, y + BAR_MARGIN, TEXT_SCALE, stateWord(state), nameColour(state));
  }
  const length = across - 2 * BAR_MARGIN;
  const full = (length * smaller(use, 100)) / 100;
  const meterY = y + BAR - BAR_MARGIN - METER_HEIGHT;
  canvas.fill(x + BAR_MARGIN, meterY, full, METER_HEIGHT, METER_FULL_COLOUR);
  canvas.fill(x + BAR_MARGIN + full, meterY, length - full, METER_HEIGHT, METER_COLOUR);
}

/** The meters say something else. */
export function drawBars(): void {
  if (isOverview && isOpen) {
    for (let place: u32 = 0; place < count; place += 1) {
      drawBar(place);
    }
    panel.send();
  }
}

/** Shows machine at `place` over all of the panel, with the input. */
export function showOne(place: u32): void {
  focus = place % count;
  isOverview = false;
  remember();
  redraw();
}

/** Shows all side by side. */
export function showAll(): void {
  isOverview = true;
  remember();
  redraw();
}

/** The next machine has the input, and the panel if one of them has it. */
export function next(): void {
  focus = (focus + 1) % count;
  remember();
  redraw();
}

export function focusOn(place: u32): void {
  focus = place;
  remember();
  drawBars();
}

/** In the overview, the place whose tile is at a point of the panel; `count` if there is none. */
export function placeAt(x: u32, y: u32): u32 {
  const column = x / (panel.width / scale);
  const line = y / (panel.height / scale + BAR);
  const place = line * columns + column;
  return column < columns && place < count ? place : count;
}

/** Whether the point is in the bar of its tile. */
export function isBar(y: u32): boolean {
  return y % (panel.height / scale + BAR) < BAR;
}

/** A point of the panel in the pixels of the screen at `place`, at its edge if it is beyond. */
export function screenX(place: u32, x: u32): u32 {
  const from = isOverview ? tileX(place) : 0;
  return x < from ? 0 : smaller((x - from) * (isOverview ? scale : 1), panel.width - 1);
}

export function screenY(place: u32, y: u32): u32 {
  const from = isOverview ? tileY(place) + BAR : 0;
  return y < from ? 0 : smaller((y - from) * (isOverview ? scale : 1), panel.height - 1);
}

/** Sends what was drawn to the panel. */
export function send(): void {
  if (isOpen) {
    panel.send();
  }
}
