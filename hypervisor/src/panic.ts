/**
 * Our own fault: the registers and the return addresses to the console, then this processor stops for good.
 * The host tool adds the names (docs/abi.md).
 */
import { ELR_EL2, ESR_EL2, FAR_EL2, TPIDR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { InstructionWord, OPCODE_BL, wfi } from '@thimble/arm64/instructions.ts';
import * as console from './console.ts';
import { IMAGE_VA, WORKSPACE_VA } from './layout.ts';

const REGISTERS = 32;
const RETURN_ADDRESS = 30n;
const STACK_POINTER = 31n;
/** A processor's whole stack. */
const STACK_WORDS_MAX = 256;

/** x0 to x30 and SP are at `registers`. */
export function report(registers: u64): never {
  console.beginPanic();
  console.field('panic: esr=', ESR_EL2.read());
  console.field(' elr=', ELR_EL2.read());
  console.field(' far=', FAR_EL2.read());
  console.field(' sp=', memory.load64(wrappingAdd(registers, STACK_POINTER * 8n)));
  newLine();
  for (let i: u32 = 0; i < REGISTERS - 1; i += 1) {
    console.text(' x');
    console.decimal(u64(i));
    console.field('=', memory.load64(wrappingAdd(registers, u64(i) * 8n)));
    if ((i & 3) === 3) {
      newLine();
    }
  }
  newLine();
  at(ELR_EL2.read());
  returnsTo(memory.load64(wrappingAdd(registers, RETURN_ADDRESS * 8n)));
  backtrace(memory.load64(wrappingAdd(registers, STACK_POINTER * 8n)));
  while (true) {
    wfi();
  }
}

/**
 * There are no frame records: they would cost a twentieth of the image. The return addresses on the stack are those words
 * that point behind a call, from the innermost on; between them may stand one that an earlier call left behind.
 */
function backtrace(stackPointer: u64): void {
  const workspaceEnd = linkerSymbol('__workspace_end');
  // A processor's stack ends where its Cpu begins.
  const stackEnd = TPIDR_EL2.read();
  let word: u64 = stackPointer;
  for (let i: u32 = 0; i < STACK_WORDS_MAX; i += 1) {
    if (word < WORKSPACE_VA || word >= workspaceEnd || (word & 7n) !== 0n || word === stackEnd) {
      return;
    }
    returnsTo(memory.load64(word));
    word = wrappingAdd(word, 8n);
  }
}

function returnsTo(address: u64): void {
  if (address > IMAGE_VA && address < WORKSPACE_VA && (address & 3n) === 0n) {
    if (InstructionWord.get(u64(memory.load32(address - 4n)), 'OPCODE') === OPCODE_BL) {
      at(address);
    }
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
  console.endPanic();
  console.seize();
  console.flush();
}
