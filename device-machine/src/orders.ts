/**
 * Orders about the panel from whoever holds the serial line, typed on our console: DC1, and a letter.
 *
 *     @          all screens side by side
 *     A to 0x60  the screen of machine 0 to 31 in full
 *     a to 0x80  machine 0 to 31 has the input; its screen is in full if the last one's was
 *
 * Whatever changes what is in front, an order, a finger or a key, it is said on the console, and so is what an order left as it was:
 *
 *     panel shows work                 in full
 *     panel shows all, input to work   side by side
 *
 * What is typed without DC1 means nothing.
 */
import * as uart from '@thimble/guests/runtime/uart.ts';
import * as compositor from './compositor.ts';
import * as hands from './hands.ts';
import * as interrupts from './interrupts.ts';
import { MACHINES_MAX } from './limits.ts';
import * as log from './log.ts';
import * as settings from './settings.ts';

/** Of the console's UART. */
export const INTID = 33;
const DC1 = 0x11;
const SHOW_ALL = 0x40;
const SHOW_FIRST = 0x41;
const GIVE_FIRST = 0x61;

/** The next byte is an order. */
let isOrder: boolean = false;
/** What was said last. */
let saidFocus: u32 = 0;
let saidOverview: boolean = true;

/** The panel is drawn. */
export function open(): void {
  if (compositor.count !== 0) {
    interrupts.enable(INTID);
    uart.openReceiveInterrupt();
    say();
  }
}

/** Takes what was typed. */
export function take(): void {
  while (uart.hasByte()) {
    const byte = uart.receive();
    if (isOrder) {
      isOrder = false;
      obey(u32(byte));
    } else {
      isOrder = byte === DC1;
    }
  }
}

function obey(letter: u32): void {
  if (letter === SHOW_ALL) {
    hands.showAll();
  } else if (letter >= SHOW_FIRST && letter < SHOW_FIRST + MACHINES_MAX) {
    turnTo(letter - SHOW_FIRST, true);
  } else if (letter >= GIVE_FIRST && letter < GIVE_FIRST + MACHINES_MAX) {
    turnTo(letter - GIVE_FIRST, false);
  }
  say();
}

function turnTo(machine: u32, isInFull: boolean): void {
  for (let place: u32 = 0; place < compositor.count; place += 1) {
    if (compositor.machineAt(place) === machine) {
      hands.turnTo(place, isInFull);
    }
  }
}

/** Says what is in front, if that has changed. */
export function report(): void {
  if (compositor.focus !== saidFocus || compositor.isOverview !== saidOverview) {
    say();
  }
}

function say(): void {
  saidFocus = compositor.focus;
  saidOverview = compositor.isOverview;
  log.text(saidOverview ? 'panel shows all, input to ' : 'panel shows ');
  log.bytes(settings.machineName(compositor.machineAt(saidFocus)), settings.NAME_BYTES);
  log.end();
}
