/** Interrupts whose route changes, from one vCPU to another on another processor, or to one that is off: none is lost, and none comes twice. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Handset } from '../test/handset.ts';

const CPU_OFF = 0x8400_0002n;
const CPU_ON = 0xc400_0003n;
const ENTRY = 0x4000_0000n;
const DISTRIBUTOR = 0x800_0000n;
const ITARGETSR = DISTRIBUTOR + 0x800n;
const IROUTER = DISTRIBUTOR + 0x6000n;
/** Edge-triggered, in group 1 and enabled. */
const INTID = 40;
const BIT = 1n << 8n;

const KINDS = ['GICv3', 'GICv2'] as const;

describe.each(KINDS)('on a board with a %s, an SPI', (kind) => {
  const handset = new Handset(kind);
  beforeAll(() => handset.start());
  /** One VM of two vCPUs, each on a processor of its own; vCPU 0's is at hand. Another VM keeps the second processor awake. */
  beforeEach(() => {
    handset.reset(2, [{ on: [0, 1], priority: 1 }, { on: [1] }]);
    for (const vcpu of [0, 1, 2]) handset.call.startVcpu(vcpu, ENTRY);
    for (const cpu of [1, 0]) {
      handset.useCpu(cpu);
      expect(handset.enter()).toBe(cpu);
    }
    for (const [register, value] of [[0x84n, BIT], [0x104n, BIT], [0xc08n, 0xaaaa_aaaan], [0n, 3n]] as const) handset.store(DISTRIBUTOR + register, value);
  });

  /** The vCPU that runs on the processor at hand, in what it does next, sends the interrupt to `vcpu`. */
  const route = (vcpu: bigint): void => {
    if (kind === 'GICv3') handset.store(IROUTER + 8n * BigInt(INTID), vcpu, 3n);
    else handset.store(ITARGETSR + BigInt(INTID), 1n << vcpu, 0n);
  };
  const pend = (): void => {
    handset.call.setLine(0, INTID, true);
    handset.call.setLine(0, INTID, false);
  };
  /** What that vCPU takes and ends, once its processor has seen its kick. */
  function taken(vcpu: number): number[] {
    handset.useCpu(vcpu);
    handset.takeInterrupts();
    const all: number[] = [];
    for (let intid = handset.interface.acknowledge(); intid !== null && all.length < 10; intid = handset.interface.acknowledge()) {
      all.push(intid);
      handset.interface.end(intid);
      handset.takeInterrupts();
    }
    return all;
  }

  it('comes to the one vCPU and the other by turns, as its route leads', () => {
    for (const vcpu of [1, 0, 1, 0]) {
      handset.useCpu(0);
      route(BigInt(vcpu));
      pend();
      expect([taken(1), taken(0)]).toEqual(vcpu === 1 ? [[INTID], []] : [[], [INTID]]);
    }
  });

  it('that waits for a vCPU follows its route to another', () => {
    route(1n);
    pend();
    handset.useCpu(1);
    handset.takeInterrupts();
    expect(handset.interface.held().map(({ intid }) => intid)).toEqual([INTID]);
    handset.useCpu(0);
    route(0n);
    expect([taken(1), taken(0)]).toEqual([[], [INTID]]);
  });

  it('whose handler a vCPU is in is ended there, and follows its route from then on', () => {
    route(1n);
    pend();
    handset.useCpu(1);
    handset.takeInterrupts();
    expect(handset.interface.acknowledge()).toBe(INTID);
    for (const vcpu of [0n, 1n, 0n]) {
      handset.useCpu(0);
      route(vcpu);
      expect([taken(1), taken(0)]).toEqual([[], []]);
    }
    handset.useCpu(1);
    handset.interface.end(INTID);
    expect(taken(1)).toEqual([]);
    pend();
    expect([taken(0), taken(1)]).toEqual([[INTID], []]);
  });

  it('that a vCPU has not taken when it turns itself off comes to the next', () => {
    route(1n);
    pend();
    handset.useCpu(1);
    handset.takeInterrupts();
    handset.hypercall(CPU_OFF);
    handset.useCpu(0);
    route(0n);
    expect(taken(0)).toEqual([INTID]);
  });

  it('waits for a vCPU that is off', () => {
    handset.useCpu(1);
    handset.hypercall(CPU_OFF);
    handset.useCpu(0);
    route(1n);
    pend();
    handset.hypercall(CPU_ON, 1n, ENTRY);
    expect(taken(1)).toEqual([INTID]);
  });
});
