/**
 * Random bytes for guests: ChaCha20's block function in counter mode [RFC 8439 2.3 "The ChaCha20 Block Function"], keyed with the
 * seed that the board's firmware left in the device tree, and with the counter at each request.
 */
import { CNTPCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { Lock } from './lock.ts';

const WORDS = 16;
/** 20 rounds of four. */
const QUARTER_ROUNDS = 80;
/** Bytes that `fill` writes. */
export const SEED_BYTES = 32n;

const state = fixedArray(u32, WORDS);
const block = fixedArray(u32, WORDS);
const lock = new Lock();

/** The board's firmware gave a seed. */
export let isSeeded: boolean = false;

/** Mixes `words` words at `address` into the key, and leaves zeros there: that RAM may become a guest's. */
export function takeSeed(address: u64, words: u32): void {
  for (let i: u32 = 0; i < words; i += 1) {
    const word = wrappingAdd(address, u64(i) * 4n);
    state[4 + (i & 7)] ^= memory.load32(word);
    memory.store32(word, 0);
    asm`dc cvac, ${word}`;
  }
  isSeeded = isSeeded || words !== 0;
}

/** Writes 32 fresh bytes at `address`, 4-byte aligned. */
export function fill(address: u64): void {
  lock.acquire();
  stir();
  for (let i: u32 = 0; i < 8; i += 1) {
    memory.store32(wrappingAdd(address, u64(i * 4)), block[i]);
    // The second half becomes the next key, so that no output can be computed from a later state.
    state[4 + i] = block[8 + i];
  }
  lock.release();
}

/** Computes the next block. */
function stir(): void {
  const time = CNTPCT_EL0.read();
  state[0] = 0x6170_7865;
  state[1] = 0x3320_646e;
  state[2] = 0x7962_2d32;
  state[3] = 0x6b20_6574;
  state[12] = wrappingAdd(state[12], 1);
  state[13] = u32.wrap(time);
  state[14] = u32.wrap(time >> 32n);
  for (let i: u32 = 0; i < WORDS; i += 1) {
    block[i] = state[i];
  }
  for (let n: u32 = 0; n < QUARTER_ROUNDS; n += 1) {
    quarterRound(n & 3, (n >> 2) & 1);
  }
  for (let i: u32 = 0; i < WORDS; i += 1) {
    block[i] = wrappingAdd(block[i], state[i]);
  }
}

/** On a column of the four rows, or with `slant` = 1 on the diagonal that begins in it. */
function quarterRound(column: u32, slant: u32): void {
  const at = 4 | (wrappingAdd(column, slant) & 3);
  const below = 8 | (wrappingAdd(column, slant * 2) & 3);
  const last = 12 | (wrappingAdd(column, slant * 3) & 3);
  let a = block[column];
  let b = block[at];
  let c = block[below];
  let d = block[last];
  a = wrappingAdd(a, b);
  d = rotate(d ^ a, 16);
  c = wrappingAdd(c, d);
  b = rotate(b ^ c, 12);
  a = wrappingAdd(a, b);
  d = rotate(d ^ a, 8);
  c = wrappingAdd(c, d);
  b = rotate(b ^ c, 7);
  block[column] = a;
  block[at] = b;
  block[below] = c;
  block[last] = d;
}

/** To the left. @inline */
function rotate(value: u32, left: u32): u32 {
  return (value << left) | (value >> (32 - left));
}
