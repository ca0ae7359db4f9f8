/**
 * A machine under full load that never waits: prints `beat <n>` for each tenth of a second of its own virtual time, and
 * never gives its processor up by itself.
 */
import { CNTFRQ_EL0, CNTVCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { prepare } from './runtime/start.ts';
import * as uart from './runtime/uart.ts';

const BEATS_A_SECOND = 10n;

export function main(): never {
  const period = CNTFRQ_EL0.read() / BEATS_A_SECOND;
  let due: u64 = CNTVCT_EL0.read();
  let beat: u64 = 0n;
  while (true) {
    if (CNTVCT_EL0.read() >= due) {
      due += period;
      beat += 1n;
      uart.text('beat ');
      uart.decimal(beat);
      uart.line('');
    }
  }
}

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
