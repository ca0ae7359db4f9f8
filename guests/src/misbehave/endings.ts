/** Ways for a machine to be of no more use to anybody. */
import { VBAR_EL1 } from '@thimble/arm64/registers-el1.ts';
import { isb } from '@thimble/arm64/instructions.ts';
import * as firmware from '../runtime/firmware.ts';

/** RAM that the image does not cover: what lies there outlives a reset. */
const RESETS_LEFT = 0x4030_0000n;
const RESETS = 300n;

/** At its own vector again after each exception: an undefined instruction, which is nobody else's business. */
export const undefinedForever = naked<() => void>(
  asm`
    .balign 2048
    .skip 0x200
    udf   #0`,
  { align: 2048 },
);
/** The same with a load that traps. */
export const abortForever = naked<() => void>(
  asm`
    .balign 2048
    .skip 0x200
    mov   x0, #0x30000000
    ldr   x0, [x0]`,
  { align: 2048 },
);

function spinMasked(): void {
  asm`msr daifset, #15`;
  while (true) {
    // Nothing comes in any more.
  }
}

function undefine(): void {
  asm`udf #0`;
  while (true) {
    // The exception above has no end.
  }
}

/** The vectors are where nothing is: the next exception has nowhere to go. */
function withoutVectors(): void {
  VBAR_EL1.write(0n);
  isb();
  undefine();
}

function exceptionLoop(): void {
  VBAR_EL1.write(linkerSymbol('endings_undefinedForever'));
  isb();
  undefine();
}

function abortLoop(): void {
  VBAR_EL1.write(linkerSymbol('endings_abortForever'));
  isb();
  undefine();
}

/** Resets itself as its first act, many times in a row. */
function resetStorm(): void {
  memory.store64(RESETS_LEFT, RESETS);
  firmware.reset();
}

/** At the start of a life: whether a storm of resets has still to go on. */
export function goOnResetting(): void {
  const left = memory.load64(RESETS_LEFT);
  if (left > 0n && left <= RESETS) {
    memory.store64(RESETS_LEFT, left - 1n);
    firmware.reset();
  }
}

/** The misdeed of that letter, if it is one of these. */
export function act(key: u8): boolean {
  switch (key) {
    case 0x4d: // M
      spinMasked();
      return true;
    case 0x56: // V
      withoutVectors();
      return true;
    case 0x78: // x
      exceptionLoop();
      return true;
    case 0x58: // X
      abortLoop();
      return true;
    case 0x53: // S
      resetStorm();
      return true;
    case 0x52: // R
      firmware.reset();
      return true;
    case 0x4f: // O
      firmware.powerOff();
      return true;
    default:
      return false;
  }
}
