/** Whatever a guest does, the hypervisor does not assert, overflow or leave an array: what a guest supplies is a guest's fault. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { Trap } from '@thimble/compiler/host-run';
import { beforeAll, describe, expect, it } from 'vitest';
import { Handset, Idle } from '../test/handset.ts';

const handset = new Handset();
beforeAll(() => handset.start());

const u64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }), fc.bigInt({ min: 0n, max: 0x1_0000n }),
  fc.constantFrom(0n, 1n, 0x4000_0000n, 0x7fff_ffff_ffff_ffffn, 0xffff_ffffn, 0xffff_ffff_ffff_ffffn),
);
/** Calls that exist, and any others. */
const call = fc.oneof(fc.integer({ min: 0, max: 0x20 }).map((id) => 0x8400_0000n + BigInt(id)), fc.integer({ min: 0, max: 0x20 }).map((id) => 0xc400_0000n + BigInt(id)), fc.constantFrom(0x8000_8000n, 0x8400_0052n, 0xc400_0053n, 0x8600_ff01n), u64);
/** Devices of the handset, their neighbours, and anywhere. */
const device = fc.tuple(fc.constantFrom(0x800_0000n, 0x800_6000n, 0x80a_0000n, 0x80b_0000n, 0x80d_0000n, 0x80e_0000n, 0x900_0000n), fc.bigInt({ min: 0n, max: 0x1000n })).map(([base, offset]) => base + offset);
const address = fc.oneof({ weight: 4, arbitrary: device }, { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 0xff_ffff_ffffn }) });
const trap = fc.record({
  exceptionClass: fc.oneof(fc.constantFrom(0x01n, 0x03n, 0x04n, 0x05n, 0x07n, 0x08n, 0x0cn, 0x12n, 0x13n, 0x16n, 0x17n, 0x18n, 0x20n), { weight: 3, arbitrary: fc.constant(0x24n) }, fc.bigInt({ min: 0n, max: 0x3fn })),
  syndrome: fc.bigInt({ min: 0n, max: 0x1ff_ffffn }),
  /** A data abort that a device may answer: a syndrome, a translation fault. */
  decoded: fc.boolean(),
  x: fc.tuple(call, u64, u64, u64),
  address, pc: u64, pstate: u64, vectors: u64,
  intid: fc.option(fc.constantFrom(0, 25, 26, 27, 30, 33, 40, 1019), { freq: 4 }),
  ticks: fc.bigInt({ min: 0n, max: 2_000_000n }),
});

type GuestTrap = typeof trap extends fc.Arbitrary<infer One> ? One : never;

const ANSWERS_A_DEVICE = (1n << 24n) | 6n;
const NOT_A_DEVICE = 0xbfn;

function play(all: readonly GuestTrap[], isAarch32: boolean): void {
  handset.reset(1, [{ on: [0, 0] }, { on: [0], priority: 1 }]);
  if (isAarch32) handset.call.makeAarch32(0);
  for (const vcpu of [0, 1, 2]) handset.call.startVcpu(vcpu, 0x4000_0000n);
  handset.enter();
  for (const one of all) {
    const { registers, running, call: hypervisor } = handset;
    for (let register = 0; register < 31; register += 1) hypervisor.setX(running, register, one.x[register % 4]!);
    for (const [name, value] of [['ELR_EL2', one.pc], ['SPSR_EL2', one.pstate], ['VBAR_EL1', one.vectors], ['FAR_EL2', one.address], ['HPFAR_EL2', (one.address >> 12n) << 4n]] as const) registers.set(name, value);
    handset.trap(one.exceptionClass, one.decoded ? (one.syndrome & ~NOT_A_DEVICE) | ANSWERS_A_DEVICE : one.syndrome);
    if (one.intid !== null) handset.raise(one.intid);
    handset.pass(one.ticks);
  }
}

describe('a guest', () => {
  it.each([['in AArch64', false], ['in AArch32', true]])('%s cannot make the hypervisor fail, whatever it does', (_, isAarch32) => {
    let idle = 0;
    fc.assert(
      fc.property(fc.array(trap, { maxLength: 30 }), (all) => {
        try {
          play(all, isAarch32);
        } catch (error) {
          if (error instanceof Trap) handset.guests.restart();
          // All guests are off or asleep for ever, which is their right.
          if (!(error instanceof Idle)) throw error;
          idle += 1;
        }
      }),
      { numRuns: 400, seed: 13 },
    );
    expect(idle, 'most plays end with a guest that runs').toBeLessThan(300);
  });
});

describe('an assertion', () => {
  it('stands in code for the boot only, where no guest runs yet', () => {
    const folder = import.meta.dirname;
    const sources = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
    expect(sources).toContain('traps.ts');
    const asserting = sources.filter((file) => /^[^/*]*\bassert\(/m.test(readFileSync(path.join(folder, file), 'utf8')));
    // frames.take: stage2.create and mapBlock, from manifest.prepareRam.
    expect(asserting).toEqual(['frames.ts']);
  });
});
