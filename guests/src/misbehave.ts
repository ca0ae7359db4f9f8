/**
 * A machine that does wrong: each character typed on its console is one misdeed. It prints `misdeed <character>`, what came of
 * it, and `done <character>`, unless it is one that no machine outlives. The scenarios watch that nobody else is harmed.
 */
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';
import * as addresses from './misbehave/addresses.ts';
import * as consoleAbuse from './misbehave/console-abuse.ts';
import * as devices from './misbehave/devices.ts';
import * as endings from './misbehave/endings.ts';
import * as exceptionNotes from './misbehave/exception-notes.ts';
import * as firmwareCalls from './misbehave/firmware-calls.ts';
import * as registers from './misbehave/registers.ts';
import * as sweep from './misbehave/sweep.ts';
import * as timers from './misbehave/timers.ts';
import * as translation from './misbehave/translation.ts';
import * as userMode from './misbehave/user-mode.ts';
import * as vectorRegisters from './misbehave/vector-registers.ts';

/** Kept in the image, not zeroed at the start: it is 1 in every life that begins with the image as it was. */
let life: u64 = 1n;

function act(key: u8): boolean {
  return (
    addresses.act(key) ||
    translation.act(key) ||
    devices.act(key) ||
    registers.act(key) ||
    vectorRegisters.act(key) ||
    firmwareCalls.act(key) ||
    timers.act(key) ||
    sweep.act(key) ||
    userMode.act(key) ||
    consoleAbuse.act(key) ||
    endings.act(key)
  );
}

function say(what: string, key: u8): void {
  uart.text(what);
  uart.send(key);
  uart.line('');
}

export function main(): never {
  endings.goOnResetting();
  exceptionNotes.open();
  uart.text('ready to misbehave, life ');
  uart.decimal(life);
  uart.line('');
  life += 1n;
  while (true) {
    const key = uart.receive();
    say('misdeed ', key);
    say(act(key) ? 'done ' : 'not a misdeed: ', key);
  }
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
