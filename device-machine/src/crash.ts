/** The device machine's own fault: one line that says where, and a fresh start. The others keep what is in their pages. */
import { hvc } from '@thimble/arm64/instructions.ts';
import { ELR_EL1, ESR_EL1, FAR_EL1 } from '@thimble/arm64/registers-el1.ts';
import * as log from './log.ts';

const SYSTEM_RESET = 0x8400_0009n;

export function crash(): never {
  log.text('fault');
  log.field('pc', ELR_EL1.read());
  log.field('esr', ESR_EL1.read());
  log.field('far', FAR_EL1.read());
  log.end();
  hvc(SYSTEM_RESET, 0n, 0n, 0n);
  trap();
}
