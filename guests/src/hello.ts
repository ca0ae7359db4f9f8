/** The smallest machine: says hello, and powers itself off. */
import { prepare } from './runtime/start.ts';
import * as firmware from './runtime/firmware.ts';
import * as uart from './runtime/uart.ts';

export function main(): never {
  uart.line('hello from a machine in TypeScript');
  firmware.powerOff();
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
