/** Time that a vCPU could have used and others had. [DEN0057 "Stolen time"] */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Class, Handset, SLICE } from '../test/handset.ts';

const ARCH_FEATURES = 0x8000_0001n;
const PV_TIME_FEATURES = 0xc500_0020n;
const PV_TIME_ST = 0xc500_0021n;
const NOT_SUPPORTED = 0xffff_ffff_ffff_ffffn;
const RAM_END = 0x4000_0000n + (64n << 20n);
/** 62.5 MHz. */
const NS_A_TICK = 16n;

const handset = new Handset();
beforeAll(() => handset.start());
/** VM A with vCPUs 0 and 1 and VM B with vCPU 2, all on one processor. */
beforeEach(() => {
  handset.reset(1, [{ on: [0, 0] }, { on: [0] }]);
  for (const vcpu of [0, 2]) handset.call.startVcpu(vcpu, 0x4000_0000n);
  handset.enter();
});

const record = (vm: number, index: number): bigint[] => {
  const { memory } = handset.guests.program;
  return Array.from({ length: 8 }, (_, word) => memory.load64(handset.call.stolenTimePage(vm) + BigInt(index * 64 + word * 8)));
};
/** Until `vcpu` runs. */
const turnOf = (vcpu: number): void => {
  for (let slices = 0; handset.running !== vcpu; slices += 1) {
    if (slices > 4) throw new Error('its turn does not come');
    handset.pass(SLICE);
  }
};

describe('a guest that asks', () => {
  it.each<[string, bigint[], bigint]>([
    ['whether there are features', [ARCH_FEATURES, PV_TIME_FEATURES], 0n], ['for stolen time', [PV_TIME_FEATURES, PV_TIME_ST], 0n],
    ['for features', [PV_TIME_FEATURES, PV_TIME_FEATURES], 0n], ['for live physical time', [PV_TIME_FEATURES, 0xc500_0022n], NOT_SUPPORTED],
  ])('%s hears so', (_, operands, answer) => {
    expect(handset.hypercall(...operands)).toBe(answer);
  });

  it('gets a record of its own behind the RAM for each vCPU', () => {
    turnOf(0);
    handset.call.startVcpu(1, 0x4000_0000n);
    expect(handset.hypercall(PV_TIME_ST)).toBe(RAM_END);
    turnOf(1);
    expect(handset.hypercall(PV_TIME_ST)).toBe(RAM_END + 64n);
    turnOf(2);
    expect(handset.hypercall(PV_TIME_ST)).toBe(RAM_END);
  });

  it('is told the nanoseconds that it waited for the processor, and nothing else', () => {
    turnOf(0);
    handset.hypercall(PV_TIME_ST);
    const before = handset.call.ticksStolen(0);
    for (let turn = 0; turn < 3; turn += 1) {
      turnOf(2);
      turnOf(0);
    }
    const ticks = handset.call.ticksStolen(0) - before;
    expect(ticks).toBe(3n * SLICE);
    expect(record(0, 0)).toEqual([0n, ticks * NS_A_TICK, 0n, 0n, 0n, 0n, 0n, 0n]);
    expect([record(0, 1), record(1, 0)].flat(), 'nor is anybody who did not ask').toEqual(Array.from({ length: 16 }, () => 0n));
  });

  it('is not charged for the time that it sleeps', () => {
    turnOf(0);
    handset.hypercall(PV_TIME_ST);
    handset.registers.set('CNTP_CTL_EL0', 1n);
    handset.registers.set('CNTP_CVAL_EL0', handset.time + 10n * SLICE);
    handset.trap(Class.wfx);
    handset.pass(12n * SLICE);
    turnOf(0);
    expect(record(0, 0)[1], 'before and after, not the ten slices between').toBeLessThanOrEqual(2n * SLICE * NS_A_TICK);
  });

  it('is told of years without an overflow', () => {
    turnOf(0);
    handset.hypercall(PV_TIME_ST);
    turnOf(2);
    const years = 62_500_000n * 86_400n * 3650n;
    handset.time += years;
    turnOf(0);
    expect(record(0, 0)[1]! / 1_000_000_000n).toBe(86_400n * 3650n);
  });
});

it('is not less than none for a vCPU that another processor turned on while its own was about to choose', () => {
  handset.reset(2, [{ on: [0, 1] }]);
  handset.time = 1_000n;
  handset.call.startVcpu(1, 0x4000_0000n);
  handset.useCpu(1);
  handset.registers.set('CNTPCT_EL0', 990n);
  expect([handset.enter(), handset.call.ticksStolen(1)]).toEqual([1, 0n]);
});

describe('a guest that is to have none', () => {
  const virtualTime = (): bigint => handset.time - handset.registers.get('CNTVOFF_EL2')!;

  it('sees its virtual counter stand still while others run', () => {
    handset.call.hideStolenTime(1);
    turnOf(2);
    const begin = virtualTime();
    let ran = 0n;
    for (let turn = 0; turn < 4; turn += 1) {
      handset.pass(SLICE / 2n);
      if (handset.running === 2) ran += SLICE / 2n;
      turnOf(0);
      const atEntry = handset.time;
      turnOf(2);
      expect(handset.time - atEntry).toBe(SLICE);
    }
    expect(handset.time - begin).toBeGreaterThan(4n * SLICE);
    expect(virtualTime() - begin).toBeLessThanOrEqual(ran + 4n * SLICE);
    expect(record(1, 0)).toEqual([0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n]);
  });

  it('leaves the counters of other VMs alone', () => {
    handset.call.hideStolenTime(1);
    turnOf(0);
    const offset = handset.registers.get('CNTVOFF_EL2');
    turnOf(2);
    turnOf(0);
    expect(handset.registers.get('CNTVOFF_EL2')).toBe(offset);
  });
});
