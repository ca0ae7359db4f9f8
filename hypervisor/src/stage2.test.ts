/** Stage 2 as the processor walks it, for VMs of all sizes side by side, with frames.ts under it. */
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BootFunctions } from '../test/boot-functions.ts';
import { load, type ProgramUnderTest } from '../test/program-under-test.ts';
import { FRAMES_VA, walk } from '../test/stage2-walk.ts';

const BLOCK = 1n << 21n;
const RAM_IPA = 0x4000_0000n;
const NONE = 0xffff_ffff_ffff_ffffn;

let boot: ProgramUnderTest<BootFunctions>;
beforeAll(async () => {
  boot = await load<BootFunctions>('boot-under-test', { hooks: { linker_symbol___workspace_end: () => FRAMES_VA } });
});
beforeEach(() => boot.reset());

interface Built { readonly vttbr: bigint; readonly blocks: Map<bigint, bigint>; readonly shown: bigint }

/** VMs of that many blocks, each mapped from RAM_IPA on, as manifest.ts does it. */
function build(sizes: readonly number[], framesPa: bigint): Built[] {
  boot.call.ramAddBank(framesPa, 0x40_0000n);
  boot.call.ramAddBank(0x8000_0000n, BigInt(sizes.reduce((sum, size) => sum + size, 0)) * BLOCK);
  expect(boot.call.framesPrepare(BigInt(sizes.reduce((sum, size) => sum + boot.call.stage2FrameCount(size), 0)))).toBe(true);
  boot.call.ramReserve(framesPa, 0x40_0000n);
  return sizes.map((size, index) => {
    const vttbr = boot.call.stage2Create(BigInt(index) + 1n);
    const blocks = new Map<bigint, bigint>();
    for (let block = 0; block < size; block += 1) {
      const pa = boot.call.ramClaim(BLOCK, BLOCK);
      expect(pa).not.toBe(NONE);
      blocks.set(RAM_IPA + BigInt(block) * BLOCK, pa);
      boot.call.stage2MapBlock(vttbr, RAM_IPA + BigInt(block) * BLOCK, pa);
    }
    return { vttbr, blocks, shown: boot.call.stage2Show(vttbr, RAM_IPA + BigInt(size) * BLOCK) };
  });
}

describe('stage 2', () => {
  it('leads to the blocks of its own VM, to all of them, and to nothing else', () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(511, 512, 513)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(sizes, fc.array(fc.bigInt({ min: 0n, max: (1n << 40n) - 1n }), { maxLength: 20 }), (counts, anywhere) => {
        boot.reset();
        // Frames are handed out zeroed whatever was there.
        boot.program.memory.bytes(FRAMES_VA, 0x4_0000).fill(0xff);
        const framesPa = 0x4_7fe0_0000n;
        const owners = new Map<bigint, number>();
        const vms = build(counts, framesPa);
        for (const [index, { vttbr, blocks, shown }] of vms.entries()) {
          expect(vttbr >> 48n).toBe(BigInt(index) + 1n);
          for (const [ipa, pa] of blocks) {
            expect(owners.get(pa), 'a block of two VMs').toBeUndefined();
            owners.set(pa, index);
            expect(walk(boot.program.memory, framesPa, vttbr, ipa + 0x1234n)?.pa).toBe(pa + 0x1234n);
            expect(boot.call.stage2Translate(vttbr, ipa + 0x1f_ffffn)).toBe(pa + 0x1f_ffffn);
          }
          const end = RAM_IPA + BigInt(blocks.size) * BLOCK;
          expect(walk(boot.program.memory, framesPa, vttbr, end + 0x123n)?.pa, 'the page behind it').toBe(shown - FRAMES_VA + framesPa + 0x123n);
          expect(owners.has(shown), 'whose memory is no VM\'s RAM').toBe(false);
          for (const ipa of [0n, 0x800_0000n, 0x900_0000n, RAM_IPA - 1n, end + 0x1000n, end + BLOCK, end + (1n << 30n), ...anywhere]) {
            if (ipa < RAM_IPA || ipa >= end + 0x1000n) expect(walk(boot.program.memory, framesPa, vttbr, ipa), ipa.toString(16)).toBeNull();
          }
        }
      }),
      { numRuns: 12, seed: 7 },
    );
  });

  it('makes RAM normal, cached, shareable, readable, writable and executable for the guest', () => {
    const framesPa = 0x7000_0000n;
    const [vm] = build([1], framesPa);
    const { attributes } = walk(boot.program.memory, framesPa, vm!.vttbr, RAM_IPA)!;
    // Valid block; MemAttr 0b1111; S2AP 0b11; SH inner; AF; XN 0.
    expect(attributes).toBe(0x1n | (0xfn << 2n) | (3n << 6n) | (3n << 8n) | (1n << 10n));
  });

  it('lets the guest only read what it is shown, a page of zeros', () => {
    const framesPa = 0x7000_0000n;
    boot.program.memory.bytes(FRAMES_VA, 0x4_0000).fill(0xff);
    const [vm] = build([512], framesPa);
    const { attributes } = walk(boot.program.memory, framesPa, vm!.vttbr, RAM_IPA + 512n * BLOCK)!;
    // Valid page; MemAttr 0b1111; S2AP 0b01, which is read-only; SH inner; AF; XN 1.
    expect(attributes).toBe(0x3n | (0xfn << 2n) | (1n << 6n) | (3n << 8n) | (1n << 10n) | (1n << 54n));
    expect(boot.program.memory.bytes(vm!.shown, 0x1000).every((byte) => byte === 0)).toBe(true);
  });

  it('takes exactly the frames that it says', () => {
    expect([1, 512, 513, 1024, 1536].map((blocks) => boot.call.stage2FrameCount(blocks))).toEqual([4, 5, 5, 6, 7]);
    build([513, 1], 0x7000_0000n);
    expect(boot.call.framesBytes()).toBe(9n * 0x1000n);
    expect(() => boot.call.stage2Create(9n)).toThrow('trapped');
    boot.restart();
  });

  it('is walked from level 1 with 39 bits of address, as wide as the processor, at most 48 bits', () => {
    for (const [implemented, used] of [[0n, 0n], [2n, 2n], [5n, 5n], [6n, 5n]] as const) {
      boot.program.registers.set('ID_AA64MMFR0_EL1', implemented);
      const control = boot.call.stage2Control();
      expect([control & 0x3fn, (control >> 6n) & 3n, (control >> 16n) & 7n, (control >> 31n) & 1n]).toEqual([25n, 1n, used, 1n]);
    }
  });
});

describe('frames', () => {
  it('are refused where EL2 has no address space for them, or the board no RAM', () => {
    expect(boot.call.framesPrepare(1n)).toBe(false);
    boot.call.ramAddBank(0x8000_0000n, 0x1000_0000n);
    expect(boot.call.framesPrepare(512n - (FRAMES_VA - 0x3c00_0000n) / 0x1000n + 1n)).toBe(false);
    expect(boot.call.framesPrepare(512n - (FRAMES_VA - 0x3c00_0000n) / 0x1000n)).toBe(true);
  });
});
