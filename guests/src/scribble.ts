/** A machine that writes whatever system register it can, all day long: first every other bit, then the others. */
import * as everyRegister from './runtime/every-register.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';

export function main(): never {
  everyRegister.open();
  uart.line('scribbling');
  let value: u64 = 0x5555_5555_5555_5555n;
  while (true) {
    everyRegister.writeAll(value);
    value = ~value;
  }
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
