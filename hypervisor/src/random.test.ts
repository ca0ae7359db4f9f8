/** Random bytes for guests, against RFC 8439 and against OpenSSL's ChaCha20. */
import { createCipheriv } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BootFunctions } from '../test/boot-functions.ts';
import { load, type ProgramUnderTest } from '../test/program-under-test.ts';

const FILL_BYTES = 32;
let boot: ProgramUnderTest<BootFunctions>;
let buffer: bigint;

beforeAll(async () => {
  boot = await load<BootFunctions>('boot-under-test');
  buffer = boot.allocate(0x1_0000);
});
beforeEach(() => boot.reset());

const setTime = (time: bigint): unknown => boot.program.registers.set('CNTPCT_EL0', time);

function fill(): Buffer {
  boot.call.randomFill(buffer);
  return Buffer.from(boot.program.memory.bytes(buffer, FILL_BYTES));
}

function seed(bytes: Uint8Array): void {
  boot.program.memory.bytes(buffer, bytes.length).set(bytes);
  boot.call.randomSeed(buffer, bytes.length);
}

/** A block of ChaCha20: OpenSSL takes the counter's 4 bytes and the nonce's 12 as one. */
function block(key: Uint8Array, counter: number, time: bigint): Buffer {
  const start = Buffer.alloc(16);
  start.writeUInt32LE(counter);
  start.writeBigUInt64LE(time, 4);
  return createCipheriv('chacha20', key, start).update(Buffer.alloc(64));
}

describe('random bytes', () => {
  it('are those of RFC 8439, appendix A.1, test vector 2: key, nonce zero, counter 1', () => {
    expect(fill().toString('hex')).toBe('9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed');
  });

  it('take the second half of a block as the next key', () => {
    const key = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
    // The nonce of RFC 8439 2.3.2, but for the counter, which starts at 1.
    const time = 0x4a00_0000_0900_0000n;
    setTime(time);
    seed(key);
    const first = block(key, 1, time);
    expect(fill()).toEqual(first.subarray(0, 32));
    setTime(time + 5n);
    const second = block(first.subarray(32), 2, time + 5n);
    expect(fill()).toEqual(second.subarray(0, 32));
    expect(fill()).toEqual(block(second.subarray(32), 3, time + 5n).subarray(0, 32));
  });

  it('depend on every byte of the seed, however long', () => {
    const base = Buffer.alloc(70, 7);
    const outputs = [base, ...Array.from(base, (_, index) => Buffer.from(base.map((byte, at) => (at === index ? byte ^ (index < 32 ? 0x80 : index < 64 ? 0x40 : 0x20) : byte))))].map((bytes) => {
      boot.reset();
      seed(bytes);
      return fill().toString('hex');
    });
    expect(new Set(outputs).size).toBe(71);
  });

  it('leave nothing of the seed where the firmware put it, which may become the RAM of a guest', () => {
    seed(Buffer.alloc(40, 9));
    expect(Buffer.from(boot.program.memory.bytes(buffer, 40)).equals(Buffer.alloc(40))).toBe(true);
  });

  it('do not come twice, though the counter stands still', () => {
    const outputs = Array.from({ length: 1000 }, () => fill().toString('hex'));
    expect(new Set(outputs).size).toBe(1000);
  });

  it('lie in their 32 bytes only', () => {
    const around = boot.program.memory.bytes(buffer, 96);
    around.fill(0xaa);
    boot.call.randomFill(buffer + 32n);
    expect(Buffer.from(around.subarray(0, 32)).equals(Buffer.alloc(32, 0xaa))).toBe(true);
    expect(Buffer.from(around.subarray(64)).equals(Buffer.alloc(32, 0xaa))).toBe(true);
  });
});
