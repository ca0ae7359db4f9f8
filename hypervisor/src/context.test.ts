/** What one vCPU may leave behind on a processor for the next. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Handset, SLICE } from '../test/handset.ts';

const ENTRY = 0x4000_0000n;
const handset = new Handset();
beforeAll(() => handset.start());

/** VMs by the processors of their vCPUs; each VM's VTTBR_EL2 is its number + 1. All run. */
function setUp(processors: number, ...vms: readonly (readonly number[])[]): void {
  handset.reset(processors, vms.map((on) => ({ on, priority: 0 })));
  vms.forEach((_, vm) => handset.call.setVttbr(vm, BigInt(vm) + 1n));
  vms.flat().forEach((_, vcpu) => handset.call.startVcpu(vcpu, ENTRY));
  handset.enter();
}

/** Lets every vCPU of the processor at hand have its turns; the drops of translations since then. */
function dropsIn(slices: bigint): bigint[] {
  const before = handset.translationDrops.length;
  for (let i = 0n; i < slices; i += 1n) handset.pass(SLICE);
  return handset.translationDrops.slice(before);
}

describe('translations that a vCPU left in the TLB', () => {
  it('are dropped before another vCPU of its VM runs on the processor', () => {
    setUp(1, [0, 0]);
    dropsIn(2n);
    expect(dropsIn(10n)).toEqual(Array.from({ length: 10 }, () => 1n));
  });

  it('stay while VMs take turns that have one vCPU each there', () => {
    setUp(1, [0], [0], [0]);
    dropsIn(3n);
    expect(dropsIn(9n)).toEqual([]);
  });

  it('stay for the vCPU that comes back, whoever else ran meanwhile', () => {
    setUp(1, [0], [0, 0]);
    dropsIn(3n);
    // Of three turns, the two of the second VM exchange one of its vCPUs for the other.
    expect(dropsIn(6n)).toEqual([2n, 2n, 2n, 2n]);
  });

  it('are another processor’s affair where the vCPUs have one each', () => {
    setUp(2, [0, 1], [0, 1]);
    dropsIn(2n);
    expect(dropsIn(6n)).toEqual([]);
  });
});
