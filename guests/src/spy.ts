/**
 * A machine that reads every system register over and over while others have its processor in between, changes none of them, and tells which
 * have changed: `changed number=<n> from=<old> to=<new>`.
 */
import { CNTFRQ_EL0, CNTVCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import * as everyRegister from './runtime/every-register.ts';
import { REGISTERS } from './runtime/every-register.ts';
import * as firmware from './runtime/firmware.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';

const LOOKS = 40;
/** Between two looks everybody else has had a turn: a tenth of a second. */
const LOOKS_A_SECOND = 10n;

const first = fixedArray(u64, REGISTERS);
const again = fixedArray(u64, REGISTERS);

export function main(): never {
  everyRegister.open();
  everyRegister.readAll(addressOf(first));
  let changes: u64 = 0n;
  for (let look: u32 = 0; look < LOOKS; look += 1) {
    const due = CNTVCT_EL0.read() + CNTFRQ_EL0.read() / LOOKS_A_SECOND;
    while (CNTVCT_EL0.read() < due) {
      // The others' turns come by themselves.
    }
    everyRegister.readAll(addressOf(again));
    changes += compare();
  }
  let there: u64 = 0n;
  for (const value of first) {
    if (value !== 0n) {
      there += 1n;
    }
  }
  uart.text('spied:');
  uart.field('registers', there);
  uart.field('changes', changes);
  uart.line('');
  firmware.powerOff();
}

function compare(): u64 {
  let changes: u64 = 0n;
  for (let i: u32 = 0; i < REGISTERS; i += 1) {
    if (first[i] !== again[i]) {
      changes += 1n;
      uart.text('changed');
      uart.field('number', u64(i));
      uart.field('from', first[i]);
      uart.field('to', again[i]);
      uart.line('');
      first[i] = again[i];
    }
  }
  return changes;
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
