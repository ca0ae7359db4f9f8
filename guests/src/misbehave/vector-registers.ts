/**
 * The vector registers, which the hypervisor hands from machine to machine only when they are used: what this machine finds in
 * them must be its own.
 */
import { CPACR_EL1 } from '@thimble/arm64/registers-el1.ts';
import { isb } from '@thimble/arm64/instructions.ts';
import * as uart from '../runtime/uart.ts';

const MARK = 0x1111_2222_3333_4444n;

const FILL = comptime(() => {
  let text = '.arch_extension simd';
  for (let i = 0; i < 32; i += 1) {
    text += `; dup v${i}.2d, x0`;
  }
  return text;
});
const COMPARE = comptime(() => {
  let text = '.arch_extension simd; mov x3, #0';
  for (let i = 0; i < 32; i += 1) {
    text += `; mov x1, v${i}.d[0]; eor x1, x1, x0; orr x3, x3, x1; mov x1, v${i}.d[1]; eor x1, x1, x0; orr x3, x3, x1`;
  }
  return text;
});

const fill = naked<(value: u64) => void>(asm`
    ${FILL}
    ret`);
/** Ones wherever any register differs from `value`. */
const differences = naked<(value: u64) => u64>(asm`
    ${COMPARE}
    mov   x0, x3
    ret`);

/** Looks for what another machine left there, which must be nothing, then leaves its mark. */
function look(): void {
  CPACR_EL1.write(CPACR_EL1.of({ FPEN: 3n }));
  isb();
  uart.text('vectors:');
  uart.field('found', differences(0n));
  fill(MARK);
  uart.field('changed', differences(MARK));
  uart.line('');
}

/** Whether they still hold what this machine left there. */
function lookAgain(): void {
  uart.text('vectors:');
  uart.field('changed', differences(MARK));
  uart.line('');
}

/** The misdeed of that letter, if it is one of these. */
export function act(key: u8): boolean {
  switch (key) {
    case 0x66: // f
      look();
      return true;
    case 0x46: // F
      lookAgain();
      return true;
    default:
      return false;
  }
}
