/**
 * Does each kind of act a few times and powers off: a storm that is short enough to be traced instruction by instruction.
 */
import { prepare } from './runtime/start.ts';
import * as firmware from './runtime/firmware.ts';
import * as acts from './storm/acts.ts';

const TIMES = 4;
/** A word of RAM below this program: a restart loads the program again, and leaves this as it is. */
const MARK = 0x4000_0000n;

export function main(): never {
  if (memory.load32(MARK) !== 0) {
    firmware.powerOff();
  }
  memory.store32(MARK, 1);
  acts.open();
  for (let kind: u64 = 0n; kind < acts.KINDS; kind += 1n) {
    for (let i: u32 = 0; i < TIMES; i += 1) {
      acts.act(kind);
    }
  }
  firmware.powerOff();
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
