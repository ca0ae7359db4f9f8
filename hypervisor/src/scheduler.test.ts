/** Who runs, for how long, and when a processor sleeps: priorities, slices, timers, and the hypervisor's own alarm. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Class, Handset, SLICE } from '../test/handset.ts';

const PSCI_VERSION = 0x8400_0000n;
const CPU_OFF = 0x8400_0002n;
const handset = new Handset();
beforeAll(() => handset.start());

/** One VM a priority, a vCPU each, all on one processor. */
function setUp(...priorities: readonly number[]): void {
  handset.reset(1, priorities.map((priority) => ({ on: [0], priority })));
  priorities.forEach((_, vcpu) => handset.call.startVcpu(vcpu, 0x4000_0000n));
  handset.enter();
}
/** Who ran how many ticks while `ticks` passed, looked at in steps. */
function shares(vcpus: number, ticks: bigint, step = SLICE / 10n): bigint[] {
  const run = Array.from({ length: vcpus }, () => 0n);
  for (let passed = 0n; passed < ticks; passed += step) {
    run[handset.running]! += step;
    handset.pass(step);
  }
  return run;
}
const alarmIsOff = (): boolean => handset.registers.get('CNTHP_CTL_EL2') !== 1n;
const waitUntil = (time: bigint): void => {
  handset.registers.set('CNTV_CTL_EL0', 1n);
  handset.registers.set('CNTV_CVAL_EL0', time);
  handset.trap(Class.wfx);
};

describe('equals', () => {
  it.each([2, 3, 5])('%i of them take turns of a slice', (count) => {
    setUp(...Array.from({ length: count }, () => 1));
    const run = shares(count, SLICE * BigInt(count) * 10n);
    for (const ticks of run) expect(ticks).toBe(SLICE * 10n);
  });

  it('take turns though some sleep now and then', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { minLength: 20, maxLength: 60 }), (naps) => {
        setUp(1, 1, 1);
        const ran = [0n, 0n, 0n];
        for (const [length, gap] of naps) {
          if (handset.running === 2) waitUntil(handset.time + (SLICE / 10n) * BigInt(length));
          const now = shares(3, (SLICE / 10n) * BigInt(gap + 1));
          now.forEach((ticks, index) => (ran[index]! += ticks));
        }
        // Two that never sleep get the same, but for the slice that is running and those that a waker cut off.
        const difference = ran[0]! - ran[1]!;
        expect(difference < 0n ? -difference : difference).toBeLessThanOrEqual(SLICE * 2n);
        expect(ran[2]!).toBeLessThanOrEqual(ran[0]! + SLICE * 2n);
      }),
      { numRuns: 60, seed: 12 },
    );
  });
});

describe('a higher priority', () => {
  it('runs alone for as long as it wants', () => {
    setUp(1, 3, 2);
    expect(shares(3, SLICE * 10n)).toEqual([0n, SLICE * 10n, 0n]);
    handset.hypercall(CPU_OFF);
    expect(shares(3, SLICE * 10n)).toEqual([0n, 0n, SLICE * 10n]);
    handset.hypercall(CPU_OFF);
    expect(shares(3, SLICE * 10n)).toEqual([SLICE * 10n, 0n, 0n]);
  });

  it('gets the processor at the tick that its timer says', () => {
    setUp(1, 3);
    expect(handset.running).toBe(1);
    waitUntil(1_000_000n);
    expect([handset.running, handset.call.alarmOf(0)]).toEqual([0, 1_000_000n]);
    handset.pass(999_999n);
    expect(handset.running).toBe(0);
    handset.pass(1n);
    expect(handset.running).toBe(1);
  });

  it('is not woken for by the timer of a lower one', () => {
    setUp(1, 3);
    waitUntil(5_000_000n);
    expect(handset.running).toBe(0);
    waitUntilIdle(1_000_000n, 0);
    handset.pass(4_000_000n);
    expect(handset.running).toBe(1);
    expect(alarmIsOff(), 'no alarm for who could not run anyway').toBe(true);
  });

  /** The running vCPU sleeps until then; the processor has nobody else, so that time passes at once. */
  function waitUntilIdle(time: bigint, vcpu: number): void {
    waitUntil(time);
    expect([handset.running, handset.time]).toEqual([vcpu, time]);
  }
});

describe('the alarm', () => {
  it('is off while one runs alone', () => {
    setUp(1);
    expect(alarmIsOff()).toBe(true);
    handset.pass(SLICE * 100n);
    expect([handset.running, handset.call.exits(0)]).toEqual([0, 0n]);
  });

  it('is off on a handset where all wait for something that is no time', () => {
    setUp(1);
    expect(() => handset.trap(Class.wfx)).toThrow('nothing would wake');
    expect(alarmIsOff()).toBe(true);
  });

  it('is set for the end of a slice that somebody waits for, and never for one in the past', () => {
    setUp(1, 1);
    for (let round = 0; round < 50; round += 1) {
      expect(handset.call.alarmOf(0)).toBeGreaterThan(handset.time);
      expect(handset.call.alarmOf(0)).toBeLessThanOrEqual(handset.time + SLICE);
      handset.pass(SLICE / 3n);
    }
  });

  it('does not fire at once again and again for a timer that has fired already', () => {
    setUp(1, 1);
    waitUntil(handset.time - 1n < 0n ? 0n : handset.time - 1n);
    handset.pass(SLICE * 20n);
    const exits = handset.call.exits(0) + handset.call.exits(1);
    expect(exits).toBeLessThan(60n);
  });
});

describe('waiting', () => {
  it('steps over WFI', () => {
    setUp(1, 1);
    const first = handset.running;
    handset.registers.set('ELR_EL2', 0x4000_0100n);
    waitUntil(1_000n);
    expect(handset.running).not.toBe(first);
    handset.pass(SLICE * 2n);
    while (handset.running !== first) handset.pass(SLICE);
    expect(handset.registers.get('ELR_EL2')).toBe(0x4000_0104n);
  });

  it('does not begin while an interrupt is pending', () => {
    setUp(1, 1);
    const first = handset.running;
    handset.store(0x80b_0080n, 0xffff_ffffn);
    handset.store(0x80b_0100n, 0xffff_ffffn);
    handset.store(0x800_0000n, 3n);
    handset.raise(27);
    handset.trap(Class.wfx);
    expect(handset.running).toBe(first);
  });

  it('of everybody ends with the earliest timer', () => {
    setUp(1, 1, 2);
    for (const time of [9_000_000n, 4_000_000n, 7_000_000n]) waitUntil(time);
    expect(handset.time).toBe(4_000_000n);
  });

  it('keeps every register of who waits', () => {
    setUp(1, 1);
    const first = handset.running;
    const names = ['SCTLR_EL1', 'TTBR0_EL1', 'VBAR_EL1', 'SP_EL1', 'TPIDR_EL0', 'ELR_EL1', 'SPSR_EL1', 'CNTKCTL_EL1', 'ICH_VMCR_EL2', 'CNTP_CVAL_EL0'];
    names.forEach((name, index) => handset.registers.set(name, BigInt(index) + 0x1_0000_0000n));
    handset.registers.set('ELR_EL2', 0x4000_2000n);
    handset.hypercall(PSCI_VERSION);
    handset.pass(SLICE);
    expect(handset.running).not.toBe(first);
    for (const name of names) expect(handset.registers.get(name), name).not.toBe(BigInt(names.indexOf(name)) + 0x1_0000_0000n);
    handset.pass(SLICE);
    expect(handset.running).toBe(first);
    names.forEach((name, index) => expect(handset.registers.get(name), name).toBe(BigInt(index) + 0x1_0000_0000n));
    expect(handset.registers.get('ELR_EL2')).toBe(0x4000_2000n);
  });
});

describe('a budget', () => {
  /** The first VM may run `budget` of every `period` ticks. */
  function setUpBudget(budget: bigint, period: bigint, ...priorities: readonly number[]): void {
    handset.reset(1, priorities.map((priority) => ({ on: [0], priority })));
    handset.call.setBudget(0, budget, period);
    priorities.forEach((_, vcpu) => handset.call.startVcpu(vcpu, 0x4000_0000n));
    handset.enter();
  }

  it('is what a higher priority gets of each period; the lower one has the rest', () => {
    setUpBudget(3_000n, 10_000n, 5, 1);
    for (let period = 0; period < 20; period += 1) expect(shares(2, 10_000n, 100n), `period ${period}`).toEqual([3_000n, 7_000n]);
  });

  it('is a bound for one that is alone: the processor sleeps in between', () => {
    setUpBudget(3_000n, 10_000n, 1);
    const ran: bigint[] = [];
    for (let i = 0; i < 300; i += 1) {
      ran.push(handset.time % 10_000n);
      handset.pass(100n);
    }
    expect(ran.filter((time) => time >= 3_000n)).toEqual([]);
    expect(handset.time).toBeGreaterThanOrEqual(90_000n);
  });

  it('never gives more than itself in one period, however it sleeps and others disturb it', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 50n }), fc.bigInt({ min: 0n, max: 50n }), fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { minLength: 10, maxLength: 60 }), (budget, more, naps) => {
        const period = (budget + more) * 100n;
        setUpBudget(budget * 100n, period, 3, 3, 1);
        const ran = new Map<bigint, bigint>();
        for (const [nap, work] of naps) {
          if (handset.running !== 2) waitUntil(handset.time + BigInt(nap) * 100n);
          for (let step = 0; step <= work; step += 1) {
            const at = handset.time / period;
            if (handset.running === 0) ran.set(at, (ran.get(at) ?? 0n) + 100n);
            handset.pass(100n);
          }
        }
        for (const [at, ticks] of ran) expect(ticks, `period ${at}`).toBeLessThanOrEqual(budget * 100n);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('that is spent lets a sleeper wake at its time, and run when the next period begins', () => {
    setUpBudget(3_000n, 10_000n, 5, 1);
    handset.pass(2_999n);
    waitUntil(4_000n);
    expect(handset.running).toBe(1);
    handset.pass(1_001n);
    expect(handset.running).toBe(0);
    handset.pass(1n);
    expect(handset.running).toBe(1);
    handset.pass(5_998n);
    expect(handset.running).toBe(1);
    handset.pass(1n);
    expect(handset.running).toBe(0);
  });
});
