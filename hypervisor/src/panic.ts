/**
 * Our own fault: the registers and the return addresses to the console, then this processor stops for good.
 * The host tool adds the names (docs/abi.md).
 */
import { ELR_EL2, ESR_EL2, FAR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { wfi } from '@thimble/arm64/instructions.ts';
import * as console from './console.ts';
import { IMAGE_VA, WORKSPACE_VA } from './layout.ts';

const REGISTERS = 32;
const FRAME_POINTER = 29n;
const RETURN_ADDRESS = 30n;
const STACK_POINTER = 31n;
const DEPTH_MAX = 32;

/** x0 to x30 and SP are at `registers`. */
export function report(registers: u64): never {
  console.beginPanic();
  console.field('panic: esr=', ESR_EL2.read());
  console.field(' elr=', ELR_EL2.read());
  console.field(' far=', FAR_EL2.read());
  console.field(' sp=', memory.load64(registers + STACK_POINTER * 8n));
  newLine();
  for (let i: u32 = 0; i < REGISTERS - 1; i += 1) {
    console.text(' x');
    console.decimal(u64(i));
    console.field('=', memory.load64(registers + u64(i) * 8n));
    if ((i & 3) === 3) {
      newLine();
    }
  }
  newLine();
  backtrace(memory.load64(registers + FRAME_POINTER * 8n), memory.load64(registers + RETURN_ADDRESS * 8n));
  while (true) {
    wfi();
  }
}

/** Follows the frame records [AAPCS64 "The Frame Pointer"] as far as they lie in the workspace. */
function backtrace(framePointer: u64, returnAddress: u64): void {
  at(ELR_EL2.read());
  at(returnAddress);
  let frame: u64 = framePointer;
  for (let depth: u32 = 0; depth < DEPTH_MAX; depth += 1) {
    if (frame < WORKSPACE_VA || frame >= linkerSymbol('__workspace_end') - 8n || (frame & 7n) !== 0n) {
      return;
    }
    at(memory.load64(frame + 8n));
    const next = memory.load64(frame);
    if (next <= frame) {
      return;
    }
    frame = next;
  }
}

function at(address: u64): void {
  if (address >= IMAGE_VA && address < WORKSPACE_VA) {
    console.field('  at ', address);
    newLine();
  }
}

function newLine(): void {
  console.text('\r\n');
}
