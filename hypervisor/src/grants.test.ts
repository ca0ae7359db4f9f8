/** What the controller lets other VMs see: a model of it beside the tables, as the processor walks them, for arguments of all kinds. */
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BootFunctions } from '../test/boot-functions.ts';
import { load, type ProgramUnderTest } from '../test/program-under-test.ts';
import { FRAMES_VA, walk } from '../test/stage2-walk.ts';

const BLOCK = 1n << 21n;
const PAGE = 0x1000n;
const RAM = 0x4000_0000n;
const FRAMES_PA = 0x7000_0000n;
const GRANTS = 0x1000_0000n;
const BLOCKS = GRANTS + BLOCK;
const END = 0x4000_0000n;
const READ_ONLY = 1n;
const DEVICE_IPA = 0x0a00_3000n;
const DEVICE_PA = 0x0901_0000n;
const WINDOW = 1n << 32n;
const INVALID_PARAMETERS = 0xffff_ffff_ffff_fffen;
/** S2AP: may be written. */
const WRITABLE = 1n << 7n;
const NO_INSTRUCTIONS = 1n << 54n;
const MEMORY_TYPE = 0xfn << 2n;

let boot: ProgramUnderTest<BootFunctions>;
const drops: bigint[] = [];
beforeAll(async () => {
  boot = await load<BootFunctions>('boot-under-test', {
    hooks: { linker_symbol___workspace_end: () => FRAMES_VA, asm_tlbi: () => void drops.push(boot.program.registers.get('VTTBR_EL2') ?? 0n) },
  });
});

let target = 0n;
let controller = 0n;
/** The controller has 3 blocks of RAM, a page of a device, and a view of the 2 of the other. */
beforeEach(() => {
  boot.reset();
  drops.length = 0;
  const { call } = boot;
  call.ramAddBank(FRAMES_PA, 0x40_0000n);
  call.ramAddBank(0x8000_0000n, 16n * BLOCK);
  expect(call.framesPrepare(24n)).toBe(true);
  call.ramReserve(FRAMES_PA, 0x40_0000n);
  const vm = (vmid: bigint, blocks: bigint): bigint => {
    const vttbr = call.stage2Create(vmid);
    for (let block = 0n; block < blocks; block += 1n) call.stage2MapBlock(vttbr, RAM + block * BLOCK, call.ramClaim(BLOCK, BLOCK));
    call.stage2Show(vttbr, RAM + blocks * BLOCK);
    call.stage2PrepareGrants(vttbr);
    return vttbr;
  };
  target = vm(1n, 2n);
  controller = vm(2n, 3n);
  call.stage2MapDevice(controller, DEVICE_IPA, DEVICE_PA);
  for (let block = 0n; block < 2n; block += 1n) call.stage2MapBlock(controller, WINDOW + RAM + block * BLOCK, call.stage2Translate(target, RAM + block * BLOCK));
  boot.program.registers.set('VTTBR_EL2', controller);
});

const sees = (vttbr: bigint, ipa: bigint): ReturnType<typeof walk> => walk(boot.program.memory, FRAMES_PA, vttbr, ipa);
const grant = (at: bigint, from: bigint): boolean => boot.call.stage2Grant(target, at, controller, from);

describe('a grant', () => {
  it.each<[string, bigint]>([['its RAM', RAM + BLOCK + 0x5000n], ['a device', DEVICE_IPA], ['what it sees of another', WINDOW + RAM + 0x7000n]])('shows a page of %s, with its type', (_, from) => {
    expect(grant(GRANTS + 0x3000n, from)).toBe(true);
    const there = sees(target, GRANTS + 0x3123n)!;
    const here = sees(controller, from + 0x123n)!;
    expect(there.pa).toBe(here.pa);
    expect(there.attributes & MEMORY_TYPE).toBe(here.attributes & MEMORY_TYPE);
    expect(there.attributes & (WRITABLE | NO_INSTRUCTIONS)).toBe(WRITABLE | NO_INSTRUCTIONS);
    for (const neighbour of [GRANTS + 0x2fffn, GRANTS + 0x4000n]) expect(sees(target, neighbour)).toBeNull();
  });

  it('shows a block of RAM, a device never as one', () => {
    expect([grant(BLOCKS + BLOCK, RAM + 2n * BLOCK), grant(BLOCKS, DEVICE_IPA), grant(BLOCKS, RAM + PAGE)]).toEqual([true, false, false]);
    expect(sees(target, BLOCKS + BLOCK + 0x1f_fffcn)?.pa).toBe(sees(controller, RAM + 2n * BLOCK + 0x1f_fffcn)!.pa);
    expect(sees(target, BLOCKS)).toBeNull();
  });

  it('for reading cannot be written, whatever was there before', () => {
    expect([grant(GRANTS, RAM), grant(GRANTS | READ_ONLY, RAM), grant(BLOCKS | READ_ONLY, RAM)]).toEqual([true, true, true]);
    expect([sees(target, GRANTS)!.attributes & WRITABLE, sees(target, BLOCKS)!.attributes & WRITABLE]).toEqual([0n, 0n]);
  });

  it('of what the controller may only read itself does not make it writable', () => {
    expect(grant(GRANTS, RAM + 3n * BLOCK)).toBe(true);
    expect(sees(target, GRANTS)!.attributes & WRITABLE).toBe(0n);
  });

  it('is taken away, and leaves no translation of the VM behind', () => {
    expect(grant(GRANTS, RAM)).toBe(true);
    drops.length = 0;
    expect([grant(GRANTS, 0n), sees(target, GRANTS)]).toEqual([true, null]);
    expect([drops, boot.program.registers.get('VTTBR_EL2')]).toEqual([[target], controller]);
    expect([grant(GRANTS, 0n), grant(BLOCKS, 0n), sees(target, BLOCKS)]).toEqual([true, true, null]);
  });

  const somewhere = fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.bigInt({ min: GRANTS - BLOCK, max: BLOCKS + BLOCK * 4n }), fc.bigInt({ min: RAM - PAGE, max: RAM + 4n * BLOCK }),
    fc.constantFrom(0n, DEVICE_IPA, GRANTS, BLOCKS, END - 1n, END, RAM + 3n * BLOCK, WINDOW + RAM, WINDOW + RAM + 2n * BLOCK, 1n << 39n, 0x0800_0000n, 0x0900_0000n),
  );

  it('changes what it names and nothing else, with any arguments in any order, and takes no frame', () => {
    const fixed = [0n, 0x0800_0000n, 0x0900_0000n, 0x0a00_0000n, RAM, RAM + BLOCK, RAM + 2n * BLOCK, RAM + 2n * BLOCK + PAGE, WINDOW, GRANTS - 1n];
    fc.assert(
      fc.property(fc.array(fc.tuple(somewhere, somewhere), { minLength: 1, maxLength: 40 }), (calls) => {
        const before = fixed.map((ipa) => sees(target, ipa));
        const model = new Map<bigint, bigint | null>();
        for (const [at, from] of calls) {
          const isPage = at >= GRANTS && at < BLOCKS;
          const isInRange = at >= GRANTS && at < END;
          // 39 bits of address are all that there is.
          const here = sees(controller, from & ((1n << 39n) - 1n));
          const isBlock = here !== null && (here.attributes & 2n) === 0n;
          const isFit = from === 0n || (here !== null && (isPage || (isBlock && (from & (BLOCK - 1n)) < PAGE)));
          expect(grant(at, from), `${at.toString(16)} ${from.toString(16)}`).toBe(isInRange && isFit);
          if (isInRange && isFit) {
            const size = isPage ? PAGE : BLOCK;
            model.set(at & ~(size - 1n), from === 0n ? null : here!.pa & ~(size - 1n));
          }
        }
        for (const [ipa, pa] of model) expect(sees(target, ipa)?.pa ?? null, ipa.toString(16)).toBe(pa);
        expect(fixed.map((ipa) => sees(target, ipa))).toEqual(before);
        for (const ipa of model.keys()) grant(ipa, 0n);
      }),
      { numRuns: 200, seed: 4 },
    );
  });
});

describe('the physical address', () => {
  it('is told of pages of RAM that the controller sees, and of nothing else', () => {
    for (const ipa of [RAM, RAM + 0x12_3456n, RAM + 2n * BLOCK + 0xfffn, WINDOW + RAM + BLOCK + 0x2345n]) {
      expect(boot.call.stage2PageOf(controller, ipa)).toBe(sees(controller, ipa)!.pa & ~0xfffn);
    }
    for (const ipa of [0n, DEVICE_IPA, RAM + 3n * BLOCK, RAM + 4n * BLOCK, WINDOW, WINDOW + RAM + 2n * BLOCK, 2n * WINDOW + RAM, GRANTS]) {
      expect(boot.call.stage2PageOf(controller, ipa), ipa.toString(16)).toBe(INVALID_PARAMETERS);
    }
  });
});
