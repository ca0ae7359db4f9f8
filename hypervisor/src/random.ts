/**
 * Random bytes for guests: ChaCha20's block function in counter mode [RFC 8439 2.3 "The ChaCha20 Block Function"], keyed with the
 * seed that the board's firmware left in the device tree, and with the counter at each request.
 */
import { CNTPCT_EL0 } from '@thimble/arm64/registers-timer.ts';
import { Lock } from './lock.ts';

const WORDS = 16;
const ROUND_PAIRS = 10;
/** Bytes that `fill` writes. */
export const SEED_BYTES = 32n;

const state = fixedArray(u32, WORDS);
const block = fixedArray(u32, WORDS);
const lock = new Lock();

/** The board's firmware gave a seed. */
export let isSeeded: boolean = false;

/** Mixes `bytes` bytes at `address` into the key, and leaves zeros there: that RAM may become a guest's. */
export function takeSeed(address: u64, bytes: u32): void {
  for (let i: u32 = 0; i < bytes; i += 1) {
    const at = 4 + ((i >> 2) & 7);
    const byte = address + u64(i);
    state[at] ^= u32(memory.load8(byte)) << ((i & 3) * 8);
    memory.store8(byte, 0);
    asm`dc cvac, ${byte}`;
  }
  isSeeded = isSeeded || bytes !== 0;
  stir();
}

/** Writes 32 fresh bytes at `address`, 4-byte aligned. */
export function fill(address: u64): void {
  lock.acquire();
  stir();
  for (let i: u64 = 0n; i < SEED_BYTES; i += 4n) {
    memory.store32(address + i, block[u32.wrap(i >> 2n)]);
  }
  // The second half becomes the next key, so that no output can be computed from a later state.
  for (let i: u32 = 0; i < 8; i += 1) {
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
  for (let round: u32 = 0; round < ROUND_PAIRS; round += 1) {
    for (let i: u32 = 0; i < 4; i += 1) {
      quarterRound(i, 4 + i, 8 + i, 12 + i);
    }
    for (let i: u32 = 0; i < 4; i += 1) {
      quarterRound(i, 4 + ((i + 1) & 3), 8 + ((i + 2) & 3), 12 + ((i + 3) & 3));
    }
  }
  for (let i: u32 = 0; i < WORDS; i += 1) {
    block[i] = wrappingAdd(block[i], state[i]);
  }
}

function quarterRound(a: u32, b: u32, c: u32, d: u32): void {
  mix(a, b, d, 16);
  mix(c, d, b, 12);
  mix(a, b, d, 8);
  mix(c, d, b, 7);
}

/** to += from; spin = (spin ^ to) rotated left. */
function mix(to: u32, from: u32, spin: u32, left: u32): void {
  block[to] = wrappingAdd(block[to], block[from]);
  const value = block[spin] ^ block[to];
  block[spin] = (value << left) | (value >> (32 - left));
}
