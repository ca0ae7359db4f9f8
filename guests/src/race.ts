/**
 * Two vCPUs that turn a third one on at the same moment, again and again: exactly one may succeed, and the third must find what the
 * winner passed. Prints `rounds`, what came of them, and powers off.
 *
 * The MMU is off, where exclusive accesses need not work: the two meet by plain stores, each to a word of its own.
 */
import { dsbSy, hvc } from '@thimble/arm64/instructions.ts';
import { prepare } from './runtime/start.ts';
import * as firmware from './runtime/firmware.ts';
import * as uart from './runtime/uart.ts';

const ROUNDS: u64 = 100n;
const CPU_OFF = 0x8400_0002n;
const CPU_ON = 0xc400_0003n;
const AFFINITY_INFO = 0xc400_0004n;
const SUCCESS = 0n;
const ALREADY_ON = 0xffff_ffff_ffff_fffcn;
const ON_PENDING = 0xffff_ffff_ffff_fffbn;
const OFF = 1n;
/** The vCPU that the others race for. */
const PRIZE = 2n;
const STACK_BYTES = 1024n;

class Racer {
  /** How far it is: two steps a round. */
  step: u64 = 0n;
  /** What its call returned. */
  result: u64 = 0n;
}

const racers = fixedArray(Racer, 2);
/** Stack of the second racer, and the two that the prize may be given: which one tells the winner. */
const stacks = fixedArray(u64, 512);
/** Times that the prize ran, and the stack that it had last. */
const prize = fixedArray(u64, 2);

function stackOf(index: u64): u64 {
  return ((addressOf(stacks) + 15n) & ~15n) + (index + 1n) * STACK_BYTES;
}

function awaitStep(racer: u32, step: u64): void {
  const place = addressOf(racers[racer]) + u64(offsetOf(Racer, 'step'));
  while (mmio.read64(place) < step) {
    // It comes.
  }
  dsbSy();
}

/** Waits until both racers are at `step`. */
function meet(me: u32, step: u64): void {
  // What this racer stored before is seen by whoever sees the step.
  dsbSy();
  mmio.write64(addressOf(racers[me]) + u64(offsetOf(Racer, 'step')), step);
  awaitStep(1 - me, step);
}

/** One call, made when both are ready; the result is for the first racer to judge. */
function race(me: u32, round: u64): void {
  meet(me, round * 2n + 1n);
  racers[me].result = hvc(CPU_ON, PRIZE, linkerSymbol('race_prizeEntry'), stackOf(u64(me) + 1n));
  meet(me, round * 2n + 2n);
}

function isLoser(result: u64): boolean {
  return result === ALREADY_ON || result === ON_PENDING;
}

/** Waits until the prize is off again; whether the round was as it must be. */
function isFair(round: u64): boolean {
  while (hvc(AFFINITY_INFO, PRIZE, 0n, 0n) !== OFF) {
    // It has little to do.
  }
  dsbSy();
  const first = racers[0].result;
  const second = racers[1].result;
  const winner: u64 = first === SUCCESS ? 0n : 1n;
  const oneWon = (first === SUCCESS && isLoser(second)) || (second === SUCCESS && isLoser(first));
  return oneWon && memory.load64(addressOf(prize)) === round + 1n && memory.load64(addressOf(prize) + 8n) === stackOf(winner + 1n);
}

export function main(): never {
  hvc(CPU_ON, 1n, linkerSymbol('race_secondEntry'), stackOf(0n));
  let fair: u64 = 0n;
  let firstWon: u64 = 0n;
  for (let round: u64 = 0n; round < ROUNDS; round += 1n) {
    race(0, round);
    fair += isFair(round) ? 1n : 0n;
    firstWon += racers[0].result === SUCCESS ? 1n : 0n;
  }
  uart.text('rounds: ');
  uart.decimal(ROUNDS);
  uart.text(', with one winner: ');
  uart.decimal(fair);
  uart.text(', the first one: ');
  uart.decimal(firstWon);
  uart.line('');
  firmware.powerOff();
}

/** The second racer: the first one's next step says that the last round has been judged. */
export function second(): never {
  for (let round: u64 = 0n; round < ROUNDS; round += 1n) {
    race(1, round);
  }
  hvc(CPU_OFF, 0n, 0n, 0n);
  trap();
}

/** The prize notes that it ran, and on which stack; once both calls have returned it is to be had again. */
export function prizeMain(stack: u64): never {
  prize[0] += 1n;
  prize[1] = stack;
  awaitStep(0, prize[0] * 2n);
  awaitStep(1, prize[0] * 2n);
  hvc(CPU_OFF, 0n, 0n, 0n);
  trap();
}

export const secondEntry = naked<() => never>(asm`
    mov   sp, x0
    b     ${second}`);

export const prizeEntry = naked<() => never>(asm`
    mov   sp, x0
    b     ${prizeMain}`);

export const entry = naked<() => never>(
  asm`
    bl    ${prepare}
    b     ${main}`,
  { section: '.text.start' },
);
