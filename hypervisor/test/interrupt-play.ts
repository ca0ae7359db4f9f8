/**
 * Plays guests that use their interrupts in every way there is, on the compiled hypervisor and on the reference at once, and
 * compares after each step.
 */
import { expect } from 'vitest';
import fc from 'fast-check';
import { Class, type Handset } from './handset.ts';
import { bitRegisterOffset, InterruptReference, type BitRegister } from './interrupt-reference.ts';

const DISTRIBUTOR = 0x800_0000n;
const SGI_FRAME = 0x80b_0000n;
const SGIR = DISTRIBUTOR + 0xf00n;
/** Of a GICv2's CPU interface. */
const INTERFACE = 0x801_0000n;
const TIMER = 27;
/** SGIs, PPIs of no device, the virtual timer, SPIs of two banks. */
export const INTIDS = [1, 2, 20, 21, TIMER, 34, 40, 41, 64, 95];
const SPIS = INTIDS.filter((intid) => intid >= 32);
const GROUPS_ENABLED = 3;
const ICC_SGI1R = (3n << 20n) | (5n << 17n) | (12n << 10n) | (11n << 1n) | (3n << 5n);
const LIST_REGISTERS = 4;

export type Step =
  | { readonly kind: 'bits'; readonly register: BitRegister; readonly word: number; readonly value: number }
  | { readonly kind: 'priority' | 'trigger'; readonly intid: number; readonly value: number }
  | { readonly kind: 'line'; readonly intid: number; readonly high: boolean }
  | { readonly kind: 'sgi'; readonly intid: number; readonly from: number }
  | { readonly kind: 'target'; readonly intid: number; readonly value: number }
  | { readonly kind: 'senders'; readonly intid: number; readonly value: number; readonly isSet: boolean }
  | { readonly kind: 'groups'; readonly value: number }
  | { readonly kind: 'timer' | 'acknowledge' | 'end' | 'check' | 'switch' };

const maskOf = (word: number): number => INTIDS.filter((intid) => intid >> 5 === word).reduce((mask, intid) => mask | (1 << (intid & 31)), 0) >>> 0;
const word = fc.constantFrom(0, 1, 2);
const intid = fc.constantFrom(...INTIDS);
const registers = Object.keys(bitRegisterOffset) as BitRegister[];

/** Of `registers`, which `only` lists: some steps make sense for few of them. */
function bitsStep(only: readonly BitRegister[], without = 0): fc.Arbitrary<Step> {
  return fc.tuple(fc.constantFrom(...only), word, fc.integer({ min: 0, max: 0xffff_ffff })).map(([register, at, value]) => ({
    kind: 'bits', register, word: at, value: (value & maskOf(at) & ~(at === 0 ? without : 0)) >>> 0,
  }));
}
const timerBit = 1 << TIMER;

const always: fc.MaybeWeightedArbitrary<Step>[] = [
    { weight: 3, arbitrary: bitsStep(['setEnable', 'clearEnable']) },
    // The line of the timer is the board's: what a guest does to its latch is another test's.
    { weight: 3, arbitrary: bitsStep(['setPending', 'clearPending'], timerBit) },
    { weight: 1, arbitrary: bitsStep(['group'], 0) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('groups' as const), value: fc.constantFrom(3, 3, 3, 2, 1, 0) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('priority' as const), intid, value: fc.constantFrom(0, 8, 0x40, 0x80, 0xa0, 0xf0) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('trigger' as const), intid: fc.constantFrom(20, 21, ...SPIS), value: fc.nat(1) }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('line' as const), intid: fc.constantFrom(...SPIS), high: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('sgi' as const), intid: fc.constantFrom(1, 2), from: fc.nat(1) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('timer' as const) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('acknowledge' as const) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('end' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('switch' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('check' as const) }) },
];
const ofGicv2: fc.MaybeWeightedArbitrary<Step>[] = [
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('target' as const), intid: fc.constantFrom(...SPIS), value: fc.constantFrom(0, 1, 1) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('senders' as const), intid: fc.constantFrom(1, 2), value: fc.nat(3), isSet: fc.boolean() }) },
];
export const steps = fc.array(fc.oneof(...always), { maxLength: 60 });
/** On a GICv2, whose SGIs have senders. */
export const stepsOfGicv2 = fc.array(fc.oneof(...always, ...ofGicv2), { maxLength: 60 });

export class Play {
  readonly reference: InterruptReference;
  readonly #handset: Handset;
  readonly #isGicv2: boolean;
  /** INTIDs that the guest has acknowledged and not ended, and their senders, in that order. */
  readonly #stack: (readonly [intid: number, source: number])[] = [];
  /** The physical interrupt of the timer is active: it cannot come again. */
  #timerBusy = false;

  /** vCPU 0 is the guest that is played; the reset state has everything enabled and in group 1, so that short plays do something. */
  constructor(handset: Handset) {
    this.#handset = handset;
    this.#isGicv2 = handset.kind !== 'GICv3';
    this.reference = new InterruptReference(INTIDS, this.#isGicv2);
    if (this.#isGicv2) {
      // All priorities, both groups by one register.
      handset.store(INTERFACE + 4n, 0xf8n);
      handset.store(INTERFACE, 7n);
    }
    for (const at of [0, 1, 2]) {
      this.step({ kind: 'bits', register: 'group', word: at, value: maskOf(at) });
      this.step({ kind: 'bits', register: 'setEnable', word: at, value: maskOf(at) });
    }
    this.step({ kind: 'groups', value: GROUPS_ENABLED });
    for (const one of INTIDS) this.step({ kind: 'priority', intid: one, value: 0xa0 });
  }

  #register(at: number, offset: bigint): bigint {
    return (at === 0 && !this.#isGicv2 ? SGI_FRAME : DISTRIBUTOR) + offset;
  }

  step(step: Step): void {
    this.#act(step);
    this.#handset.takeInterrupts();
    const timer = this.#handset.privates.virtualTimer;
    for (const list of [this.#handset.deactivated, this.#handset.interface.deactivated]) {
      for (const intidEnded of list.splice(0)) if (intidEnded === timer) this.#timerBusy = false;
    }
    if (this.#handset.running === 0) this.#compare();
  }

  #act(step: Step): void {
    const { reference } = this;
    switch (step.kind) {
      case 'bits':
        this.#handset.store(this.#register(step.word, bitRegisterOffset[step.register] + BigInt(step.word * 4)), BigInt(step.value));
        reference.writeBits(step.register, step.word, step.value);
        break;
      case 'priority':
        this.#handset.store(this.#register(step.intid >> 5, 0x400n + BigInt(step.intid)), BigInt(step.value), 0n);
        reference.of(step.intid).priority = step.value;
        break;
      case 'trigger':
        this.#trigger(step.intid, step.value);
        break;
      case 'groups':
        this.#handset.store(DISTRIBUTOR, BigInt(step.value));
        reference.groupsEnabled = step.value;
        break;
      case 'line':
        this.#handset.call.setLine(0, step.intid, step.high);
        reference.setLine(step.intid, step.high);
        break;
      case 'sgi':
        this.#sgi(step.intid, step.from);
        break;
      case 'target':
        // Whose an active one is that is routed away is not the business of the distributor's model here.
        if (reference.of(step.intid).active) break;
        this.#handset.store(DISTRIBUTOR + 0x800n + BigInt(step.intid), BigInt(step.value), 0n);
        reference.of(step.intid).isTarget = step.value === 1;
        break;
      case 'senders':
        this.#handset.store(DISTRIBUTOR + (step.isSet ? 0xf20n : 0xf10n) + BigInt(step.intid), BigInt(step.value), 0n);
        if (step.isSet) reference.of(step.intid).sources |= step.value;
        else reference.of(step.intid).sources &= ~step.value;
        break;
      case 'timer':
        this.#timer();
        break;
      case 'acknowledge':
        this.#acknowledge();
        break;
      case 'end':
        this.#end();
        break;
      case 'switch':
        this.#switch();
        break;
      case 'check':
        this.#checkRegisters();
    }
  }

  /** From vCPU 0, the one that is played; on a GICv2 also from vCPU 1, on a processor of its own. */
  #sgi(intidOf: number, from: number): void {
    if (!this.#isGicv2) {
      this.#handset.call.setX(0, 3, (BigInt(intidOf) << 24n) | 1n);
      this.#handset.trap(Class.systemRegister, ICC_SGI1R);
      this.reference.of(intidOf).latch = true;
      return;
    }
    this.#handset.useCpu(from);
    this.#handset.store(SGIR, 0x1_0000n | BigInt(intidOf));
    this.#handset.useCpu(0);
    this.reference.of(intidOf).sources |= 1 << from;
  }

  #trigger(intidOf: number, value: number): void {
    const at = this.#register(intidOf >> 5, 0xc00n + BigInt((intidOf >> 4) * 4));
    const shift = BigInt((intidOf & 15) * 2 + 1);
    const before = this.#handset.load(at);
    this.#handset.store(at, (before & ~(1n << shift)) | (BigInt(value) << shift));
    this.reference.of(intidOf).edge = value === 1;
  }

  #timer(): void {
    if (this.#timerBusy || this.#handset.isActive(this.#handset.privates.virtualTimer)) return;
    this.#timerBusy = true;
    this.#handset.pending.push(this.#handset.privates.virtualTimer);
    this.reference.of(TIMER).latch = true;
  }

  #acknowledge(): void {
    const allowed = this.reference.deliverable();
    const taken = this.#handset.interface.acknowledge();
    if (taken === null) {
      expect(allowed.map(([one]) => one), 'lost: pending, but the guest is not told').toEqual([]);
      return;
    }
    const one = this.reference.of(taken);
    // A level that falls while a list register holds it may still come once, as it may on its way through a real controller.
    const mayCome = allowed.some(([intidOf]) => intidOf === taken) || (!one.edge && this.reference.isOn(one));
    expect(mayCome, `INTID ${taken} is delivered, though it must not be`).toBe(true);
    // With more than there are list registers, an urgent one may wait for a free one.
    if (one.pending && allowed.length <= LIST_REGISTERS && !this.#handset.interface.refillsAtUnderflow()) {
      expect(one.priority, `INTID ${taken} before a more urgent one`).toBe(allowed[0]![1].priority);
    }
    const { source } = this.#handset.interface;
    if (this.#isGicv2 && taken < 16) expect((one.sources >> source) & 1, `vCPU ${source} has not sent SGI ${taken}`).toBe(1);
    this.reference.acknowledge(taken, source);
    this.#stack.push([taken, source]);
  }

  #end(): void {
    const ended = this.#stack.pop();
    if (ended === undefined) return;
    this.#handset.interface.end(...ended);
    this.reference.of(ended[0]).active = false;
  }

  /** The other VM on this processor gets its turn, and then this one again. */
  #switch(): void {
    const { running } = this.#handset;
    this.#handset.pass(10_000_000n);
    for (let turns = 0; this.#handset.running !== running; turns += 1) {
      expect(turns, 'the VM never gets its turn again').toBeLessThan(10);
      this.#handset.pass(10_000_000n);
    }
    // The physical interrupt of a timer that was pending stayed behind; it comes again, as the timer's line is still high.
    const { virtualTimer } = this.#handset.privates;
    if (this.reference.of(TIMER).latch && !this.#handset.isActive(virtualTimer)) this.#handset.pending.push(virtualTimer);
  }

  #checkRegisters(): void {
    for (const at of [0, 1, 2]) {
      for (const kind of registers) {
        const value = this.#handset.load(this.#register(at, bitRegisterOffset[kind] + BigInt(at * 4)));
        // The timer pends as its own registers say, which nobody sets here.
        const mask = at === 0 && kind.endsWith('Pending') ? maskOf(0) & ~timerBit : maskOf(at);
        expect((Number(value) & mask) >>> 0, `${kind} of bank ${at}`).toBe((this.reference.readBits(kind, at) & mask) >>> 0);
      }
    }
  }

  /** Nothing is in two list registers, nothing waits there that must not be delivered, and nothing is left out while one is free. */
  #compare(): void {
    const held = this.#handset.interface.held();
    expect(new Set(held.map((one) => one.intid)).size, 'an INTID in two list registers').toBe(held.length);
    for (const one of held) {
      const reference = this.reference.of(one.intid);
      if (one.pending) {
        expect(reference.pending || !reference.edge, `INTID ${one.intid} pends without a reason`).toBe(true);
        if (!one.active) expect(this.reference.isOn(reference), `INTID ${one.intid} pends though it is off`).toBe(true);
      }
      if (one.active) expect(reference.active, `INTID ${one.intid} is active`).toBe(true);
    }
    // With more interrupts than list registers, the rest comes when at most one is left in them.
    if (held.length === LIST_REGISTERS || (held.length > 1 && this.#handset.interface.refillsAtUnderflow())) return;
    for (const [one, reference] of this.reference.all) {
      if (this.reference.isDeliverable(reference)) expect(held.some((slot) => slot.intid === one && slot.pending), `INTID ${one} is lost`).toBe(true);
    }
  }
}
