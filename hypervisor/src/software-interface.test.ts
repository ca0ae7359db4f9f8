/** The CPU interface that traps, register by register, against what the architecture says of each. */
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Handset, SLICE } from '../test/handset.ts';

const DISTRIBUTOR = 0x800_0000n;
const INTERFACE = 0x801_0000n;
const [CTLR, PMR, BPR, IAR, EOIR, RPR, HPPIR, ABPR, AIAR, AEOIR, AHPPIR, APR, IIDR, DIR] = [
  0x00n, 0x04n, 0x08n, 0x0cn, 0x10n, 0x14n, 0x18n, 0x1cn, 0x20n, 0x24n, 0x28n, 0xd0n, 0xfcn, 0x1000n,
];
const PSCI_VERSION = 0x8400_0000n;
const NOTHING = 1023;
const OTHER_GROUP = 1022;
/** As many as there are list registers, of a bank each or two. */
const INTIDS = [20, 40, 41, 64];

const handset = new Handset('bcm2836');
beforeAll(() => handset.start());
beforeEach(() => setUp());
function setUp(): void {
  handset.reset(1, [{ on: [0] }, { on: [0] }]);
  handset.call.startVcpu(0, 0x4000_0000n);
  expect(handset.enter()).toBe(0);
  handset.call.startVcpu(1, 0x4000_0000n);
  handset.hypercall(PSCI_VERSION);
  expect(handset.enter()).toBe(0);
}
const read = (offset: bigint, sizeLog2 = 2n): number => Number(handset.load(INTERFACE + offset, sizeLog2));
const write = (offset: bigint, value: number, sizeLog2 = 2n): void => handset.store(INTERFACE + offset, BigInt(value >>> 0), sizeLog2);
const lines = (): bigint => (handset.registers.get('HCR_EL2') ?? 0n) & 0xc0n;
const bitRegister = (first: bigint, intid: number): bigint => DISTRIBUTOR + first + BigInt((intid >> 5) * 4);

interface Interrupt { readonly intid: number; readonly priority: number; readonly group: number; isPending: boolean; isActive: boolean }

/** One processor's interface, its registers as numbers and what is active as a list of priorities. */
class Reference {
  control = 0;
  mask = 0;
  binary = 2;
  aliasBinary = 3;
  active = new Set<number>();
  constructor(readonly all: readonly Interrupt[]) {}

  groupPriority(one: Interrupt): number {
    const own = one.group === 1 && (this.control & 0x10) === 0;
    const unit = own ? 1 << this.aliasBinary : 2 << this.binary;
    return one.priority - (one.priority % unit);
  }
  get running(): number {
    return Math.min(0x100, ...this.active);
  }
  /** The pending ones of the highest priority: any of them may be the one that the interface looks at. */
  urgent(): Interrupt[] {
    const pending = this.all.filter(({ isPending, isActive }) => isPending && !isActive);
    return pending.filter(({ priority }) => priority === Math.min(...pending.map((one) => one.priority)));
  }
  isTakable(one: Interrupt): boolean {
    return ((this.control >> one.group) & 1) === 1 && one.priority < this.mask && this.groupPriority(one) < this.running;
  }
  /** What a register of `group` says of it. */
  identity(one: Interrupt, isAlias: boolean): number {
    if (isAlias) return one.group === 1 ? one.intid : NOTHING;
    return one.group === 0 || (this.control & 4) !== 0 ? one.intid : OTHER_GROUP;
  }
  line(one: Interrupt): bigint {
    return one.group === 0 && (this.control & 8) !== 0 ? 0x40n : 0x80n;
  }
}

type Step =
  | { readonly kind: 'control' | 'mask' | 'binary' | 'aliasBinary'; readonly value: number }
  | { readonly kind: 'raise'; readonly which: number }
  | { readonly kind: 'end' | 'deactivate'; readonly which: number }
  | { readonly kind: 'acknowledge' | 'look'; readonly isAlias: boolean }
  | { readonly kind: 'switch' };
const which = fc.nat(INTIDS.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('control' as const), value: fc.constantFrom(0x3, 0x7, 0x3, 0x207, 0x203, 0x1f, 0x8f, 0x1, 0xb, 0xffff_ffff, 0) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mask' as const), value: fc.constantFrom(0xff, 0xff, 0xf8, 0x80, 0x41, 0) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('binary' as const, 'aliasBinary' as const), value: fc.constantFrom(0, 2, 3, 4, 6, 7, 0xffff_fff8) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('raise' as const), which }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('acknowledge' as const), isAlias: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('look' as const), isAlias: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('end' as const, 'deactivate' as const), which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('switch' as const) }) },
);
const interrupts = fc.tuple(...INTIDS.map((intid) => fc.record({ intid: fc.constant(intid), priority: fc.constantFrom(0, 0x40, 0x48, 0x80, 0xa0, 0xf0), group: fc.nat(1) })));

class Play {
  readonly #reference: Reference;
  constructor(all: readonly { intid: number; priority: number; group: number }[]) {
    this.#reference = new Reference(all.map((one) => ({ ...one, isPending: false, isActive: false })));
    for (const offset of [0xc04n, 0xc08n, 0xc0cn, 0xc10n]) handset.store(DISTRIBUTOR + offset, 0xaaaa_aaaan);
    for (const { intid, priority, group } of all) {
      const at = bitRegister(0x80n, intid);
      handset.store(at, handset.load(at) | (BigInt(group) << BigInt(intid & 31)));
      handset.store(DISTRIBUTOR + 0x400n + BigInt(intid), BigInt(priority), 0n);
      if (intid >= 32) handset.store(DISTRIBUTOR + 0x800n + BigInt(intid), 1n, 0n);
      handset.store(bitRegister(0x100n, intid), 1n << BigInt(intid & 31));
    }
    handset.store(DISTRIBUTOR, 3n);
  }

  step(one: Step): void {
    const reference = this.#reference;
    switch (one.kind) {
      case 'control':
        write(CTLR, one.value);
        reference.control = one.value & 0x21f;
        break;
      case 'mask':
        write(PMR, one.value);
        reference.mask = one.value & 0xf8;
        break;
      case 'binary':
        write(BPR, one.value);
        reference.binary = Math.max(one.value & 7, 2);
        break;
      case 'aliasBinary':
        write(ABPR, one.value);
        reference.aliasBinary = Math.max(one.value & 7, 3);
        break;
      case 'raise':
        handset.store(bitRegister(0x200n, INTIDS[one.which]!), 1n << BigInt(INTIDS[one.which]! & 31));
        reference.all[one.which]!.isPending = true;
        break;
      case 'acknowledge':
        this.#acknowledge(one.isAlias);
        break;
      case 'look': {
        const urgent = reference.urgent();
        const allowed = urgent.length === 0 ? [NOTHING] : urgent.map((each) => reference.identity(each, one.isAlias));
        expect(allowed, 'HPPIR').toContain(read(one.isAlias ? AHPPIR : HPPIR));
        break;
      }
      case 'end':
      case 'deactivate':
        this.#end(one);
        break;
      case 'switch':
        for (const vcpu of [1, 0]) {
          for (let turns = 0; handset.running !== vcpu; turns += 1) {
            expect(turns, 'the VM never gets its turn').toBeLessThan(10);
            handset.pass(SLICE);
          }
          if (vcpu === 1) expect(lines(), "the other VM's lines").toBe(0n);
        }
    }
    this.#compare();
  }

  #acknowledge(isAlias: boolean): void {
    const reference = this.#reference;
    const urgent = reference.urgent();
    const value = read(isAlias ? AIAR : IAR);
    const allowed = urgent.length === 0 ? [NOTHING] : urgent.map((each) => (reference.isTakable(each) ? reference.identity(each, isAlias) : NOTHING));
    expect(allowed, 'IAR').toContain(value);
    const taken = reference.all.find(({ intid }) => intid === value);
    if (taken === undefined) return;
    reference.active.add(reference.groupPriority(taken));
    taken.isPending = false;
    taken.isActive = true;
  }

  #end(one: { readonly kind: 'end' | 'deactivate'; readonly which: number }): void {
    const reference = this.#reference;
    const isSplit = (reference.control & 0x200) !== 0;
    const target = reference.all[one.which]!;
    write(one.kind === 'deactivate' ? DIR : one.which % 2 === 0 ? EOIR : AEOIR, target.intid);
    if (one.kind === 'end') reference.active.delete(reference.running);
    if ((one.kind === 'end') !== isSplit) target.isActive = false;
  }

  #compare(): void {
    const reference = this.#reference;
    expect([read(CTLR), read(PMR), read(BPR), read(ABPR)]).toEqual([reference.control, reference.mask, reference.binary, reference.aliasBinary]);
    expect(read(RPR)).toBe(reference.running === 0x100 ? 0xff : reference.running);
    const urgent = reference.urgent();
    const allowed = urgent.length === 0 ? [0n] : urgent.map((each) => (reference.isTakable(each) ? reference.line(each) : 0n));
    expect(allowed, 'HCR_EL2.VI and VF').toContain(lines());
    for (const each of reference.all) {
      const bit = 1n << BigInt(each.intid & 31);
      expect([each.intid, (handset.load(bitRegister(0x200n, each.intid)) & bit) !== 0n]).toEqual([each.intid, each.isPending]);
      expect([each.intid, (handset.load(bitRegister(0x300n, each.intid)) & bit) !== 0n]).toEqual([each.intid, each.isActive]);
    }
  }
}

describe('a CPU interface in software', () => {
  it('does what the architecture says, whatever a guest does', () => {
    fc.assert(
      fc.property(interrupts, fc.array(step, { maxLength: 50 }), (all, steps) => {
        setUp();
        const play = new Play(all);
        for (const one of steps) play.step(one);
      }),
      { numRuns: 300, seed: 14 },
    );
  });

  it('takes any value at any offset, in any width, and goes on', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ offset: fc.oneof(fc.nat(0x1fff), fc.nat(0x30)), value: fc.integer({ min: 0, max: 0xffff_ffff }), size: fc.nat(3), isRead: fc.boolean() }), { maxLength: 60 }),
        (all) => {
          setUp();
          const play = new Play(INTIDS.map((intid, index) => ({ intid, priority: index * 8, group: index & 1 })));
          for (const { offset, value, size, isRead } of all) {
            if (isRead) handset.load(INTERFACE + BigInt(offset), BigInt(size));
            else handset.store(INTERFACE + BigInt(offset), BigInt(value), BigInt(size));
          }
          expect(play).toBeDefined();
          // And after all that it still works.
          handset.store(bitRegister(0x380n, 20), 0xffff_ffffn);
          for (const intid of [40, 64]) handset.store(bitRegister(0x380n, intid), 0xffff_ffffn);
          write(APR, 0);
          write(PMR, 0xff);
          write(CTLR, 7);
          handset.store(bitRegister(0x200n, 40), 1n << 8n);
          const taken: number[] = [];
          for (let intid = read(IAR); intid !== NOTHING; intid = read(IAR)) {
            taken.push(intid);
            write(EOIR, intid);
          }
          expect(taken).toContain(40);
        },
      ),
      { numRuns: 300, seed: 15 },
    );
  });

  it('says that it is a GICv2', () => {
    expect((read(IIDR) >> 16) & 0xf).toBe(2);
    expect([read(0x30n), read(0xd4n), read(0x1ffcn)]).toEqual([0, 0, 0]);
  });
});
