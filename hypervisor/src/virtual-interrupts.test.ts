/** Interrupts on their way to a guest: random plays against the architecture's state machine, and single cases that tell. */
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Class, Handset, SLICE } from '../test/handset.ts';
import { Play, steps, stepsOfGicv2 } from '../test/interrupt-play.ts';

const PSCI_VERSION = 0x8400_0000n;

const handset = new Handset();
beforeAll(() => handset.start());

/** One vCPU alone, or one that shares its processor with another VM's. */
function setUp(shared: boolean): void {
  handset.reset(1, shared ? [{ on: [0] }, { on: [0] }] : [{ on: [0] }]);
  handset.call.startVcpu(0, 0x4000_0000n);
  expect(handset.enter()).toBe(0);
  if (shared) {
    handset.call.startVcpu(1, 0x4000_0000n);
    handset.hypercall(PSCI_VERSION);
    expect(handset.enter()).toBe(0);
  }
}

describe.each(['GICv2', 'GICv2 that does not virtualize', 'bcm2836'] as const)('a guest that does anything with its interrupts, on a board with a %s,', (kind) => {
  const other = new Handset(kind);
  beforeAll(() => other.start());

  it.each([['gets what the architecture says', false, 12], ['does so while it shares its processor', true, 13]])('%s', (_, shared, seed) => {
    fc.assert(
      fc.property(stepsOfGicv2, (all) => {
        other.reset(2, shared ? [{ on: [0, 1] }, { on: [0] }] : [{ on: [0, 1] }]);
        other.call.startVcpu(1, 0x4000_0000n);
        other.useCpu(1);
        expect(other.enter()).toBe(1);
        other.useCpu(0);
        other.call.startVcpu(0, 0x4000_0000n);
        expect(other.enter()).toBe(0);
        if (shared) {
          other.call.startVcpu(2, 0x4000_0000n);
          other.hypercall(PSCI_VERSION);
          expect(other.enter()).toBe(0);
        }
        const play = new Play(other);
        for (const step of all) play.step(step);
      }),
      { numRuns: shared ? 100 : 200, seed },
    );
  });
});

describe('a guest that does anything with its interrupts', () => {
  it('gets what the architecture says, in its order, and nothing else', () => {
    fc.assert(
      fc.property(steps, (all) => {
        setUp(false);
        const play = new Play(handset);
        for (const step of all) play.step(step);
      }),
      { numRuns: 400, seed: 10 },
    );
  });

  it('does so too while it shares its processor', () => {
    fc.assert(
      fc.property(steps, (all) => {
        setUp(true);
        const play = new Play(handset);
        for (const step of all) play.step(step);
      }),
      { numRuns: 200, seed: 11 },
    );
  });
});

const DISTRIBUTOR = 0x800_0000n;
const SGI_FRAME = 0x80b_0000n;
const REDISTRIBUTOR_BYTES = 0x2_0000n;
const TIMER = 27;
const UART_SPI = 33;
const CLEAR_PENDING = 0x280n;
/** ICC_SGI1R_EL1 from register 3. */
const ICC_SGI1R = (3n << 20n) | (5n << 17n) | (12n << 10n) | (11n << 1n) | (3n << 5n);

/** The running guest enables everything, in group 1, all of one priority. */
function enableAll(): void {
  const frame = SGI_FRAME + BigInt(handset.running) * REDISTRIBUTOR_BYTES;
  handset.store(frame + 0x80n, 0xffff_ffffn);
  handset.store(frame + 0x100n, 0xffff_ffffn);
  for (const word of [1n, 2n]) {
    handset.store(DISTRIBUTOR + 0x80n + word * 4n, 0xffff_ffffn);
    handset.store(DISTRIBUTOR + 0x100n + word * 4n, 0xffff_ffffn);
  }
  handset.store(DISTRIBUTOR, 3n);
}
const setPriority = (intid: number, priority: number): void => handset.store(DISTRIBUTOR + 0x400n + BigInt(intid), BigInt(priority), 0n);
const sgi = (value: bigint): void => {
  handset.call.setX(handset.running, 3, value);
  handset.trap(Class.systemRegister, ICC_SGI1R);
};

/** The guest takes and ends what comes, one after the other. */
function takeAll(): number[] {
  const taken: number[] = [];
  for (let intid = handset.interface.acknowledge(); intid !== null; intid = handset.interface.acknowledge()) {
    taken.push(intid);
    if (intid >= 32) handset.call.setLine(0, intid, false);
    handset.interface.end(intid);
    handset.takeInterrupts();
    if (taken.length > 100) throw new Error('interrupts without end');
  }
  return taken;
}
const many = [34, 35, 36, 37, 38, 39, 64, 65, 66];

describe('more interrupts than list registers', () => {
  it('all come', () => {
    setUp(false);
    enableAll();
    for (const intid of many) handset.call.setLine(0, intid, true);
    expect(takeAll().sort((a, b) => a - b)).toEqual(many);
  });

  it('come in order of their priority', () => {
    setUp(false);
    enableAll();
    many.forEach((intid, index) => setPriority(intid, 0xf0 - index * 8));
    // The distributor is off while they become pending, so that none has a list register yet.
    handset.store(DISTRIBUTOR, 0n);
    for (const intid of many) handset.call.setLine(0, intid, true);
    handset.store(DISTRIBUTOR, 3n);
    expect(takeAll()).toEqual([...many].reverse());
  });

  it.each([['levels', 0n], ['edges', 0xaaaa_aaaan]])('all come though another VM had the processor in between: %s', (_, triggers) => {
    setUp(true);
    enableAll();
    for (const offset of [0xc08n, 0xc10n]) handset.store(DISTRIBUTOR + offset, triggers);
    for (const intid of many) handset.call.setLine(0, intid, true);
    handset.pass(SLICE);
    expect(handset.running).toBe(1);
    handset.pass(SLICE);
    expect(handset.running).toBe(0);
    expect(takeAll().sort((a, b) => a - b)).toEqual(many);
  });

  it('do not keep an urgent one waiting', () => {
    setUp(false);
    enableAll();
    for (const intid of [...many, 70]) setPriority(intid, intid === 70 ? 8 : 0xa0);
    for (const intid of many) handset.call.setLine(0, intid, true);
    handset.call.setLine(0, 70, true);
    expect(handset.interface.acknowledge()).toBe(70);
  });
});

describe.each(['GICv3', 'GICv2', 'GICv2 that does not virtualize'] as const)('more handlers inside one another than list registers, on a board with a %s,', (kind) => {
  const board = new Handset(kind);
  beforeAll(() => board.start());
  // Each of them interrupts the handler of the one before.
  const nested = [34, 35, 36, 64, 37, 65, 38, 66];

  it('are entered and left as the architecture says', () => {
    board.reset(1, [{ on: [0] }]);
    board.call.startVcpu(0, 0x4000_0000n);
    expect(board.enter()).toBe(0);
    board.store(0x801_0004n, 0xf8n);
    board.store(0x801_0000n, 3n);
    board.store(DISTRIBUTOR, 3n);
    nested.forEach((intid, depth) => {
      board.store(DISTRIBUTOR + 0x400n + BigInt(intid), BigInt(0xe0 - depth * 8), 0n);
      if (kind !== 'GICv3') board.store(DISTRIBUTOR + 0x800n + BigInt(intid), 1n, 0n);
      board.store(DISTRIBUTOR + 0x100n + BigInt((intid >> 5) * 4), 1n << BigInt(intid & 31));
    });
    for (const intid of nested) {
      board.call.setLine(0, intid, true);
      board.takeInterrupts();
      expect(board.interface.acknowledge()).toBe(intid);
      board.call.setLine(0, intid, false);
    }
    const active = (): number[] => nested.filter((intid) => ((board.load(DISTRIBUTOR + 0x300n + BigInt((intid >> 5) * 4)) >> BigInt(intid & 31)) & 1n) === 1n);
    expect(active()).toEqual(nested);
    for (const [ended, intid] of [...nested].reverse().entries()) {
      board.interface.end(intid);
      board.takeInterrupts();
      // A look at them brings the list registers in order; here that happens only now and then.
      if (ended % 3 === 2) expect(active()).toEqual(nested.slice(0, -1 - ended));
    }
    expect(active()).toEqual([]);
    expect(board.interface.acknowledge()).toBeNull();
  });
});

describe('a level', () => {
  it('comes again after its end for as long as its line is high', () => {
    setUp(false);
    enableAll();
    handset.call.setLine(0, UART_SPI, true);
    for (let round = 0; round < 3; round += 1) {
      expect(handset.interface.acknowledge()).toBe(UART_SPI);
      expect(handset.interface.acknowledge()).toBeNull();
      handset.interface.end(UART_SPI);
      handset.takeInterrupts();
    }
    handset.call.setLine(0, UART_SPI, false);
    handset.store(DISTRIBUTOR + 0x104n, 0n);
    expect(handset.interface.acknowledge()).toBeNull();
  });
});

describe("the guest's timer", () => {
  const fire = (): void => handset.raise(TIMER);

  it('comes through a list register whose end also ends the physical interrupt', () => {
    setUp(false);
    enableAll();
    fire();
    // The hypervisor dropped its priority, and did not deactivate it.
    expect([handset.registers.get('ICC_EOIR1_EL1'), handset.deactivated]).toEqual([BigInt(TIMER), []]);
    expect(handset.interface.acknowledge()).toBe(TIMER);
    handset.interface.end(TIMER);
    expect(handset.interface.deactivated).toEqual([TIMER]);
    fire();
    expect(handset.interface.acknowledge()).toBe(TIMER);
  });

  it('can come again after the guest has cleared it while it was pending', () => {
    setUp(false);
    enableAll();
    fire();
    handset.store(SGI_FRAME + CLEAR_PENDING, 1n << BigInt(TIMER));
    if (handset.interface.acknowledge() === TIMER) {
      handset.interface.end(TIMER);
      expect(handset.interface.deactivated).toEqual([TIMER]);
    } else {
      // Else the physical interrupt stays active, and never comes again.
      expect(handset.deactivated).toEqual([TIMER]);
    }
  });

  it('does not stay active on the processor when its guest leaves it', () => {
    setUp(true);
    enableAll();
    fire();
    handset.redistributorWrites.length = 0;
    handset.pass(SLICE);
    expect(handset.running).toBe(1);
    // ICACTIVER0 of the physical redistributor's second frame, which is mapped one page behind the first.
    expect(handset.redistributorWrites.filter(([offset]) => offset === 0x1380n).some(([, value]) => (value & (1n << BigInt(TIMER))) !== 0n)).toBe(true);
  });

  it('is active on the processor again while its guest is in the handler', () => {
    setUp(true);
    enableAll();
    fire();
    expect(handset.interface.acknowledge()).toBe(TIMER);
    handset.pass(SLICE);
    handset.redistributorWrites.length = 0;
    handset.pass(SLICE);
    expect(handset.running).toBe(0);
    expect(handset.redistributorWrites).toContainEqual([0x1300n, 1n << BigInt(TIMER)]);
    handset.interface.end(TIMER);
    expect(handset.interface.deactivated).toEqual([TIMER]);
  });

  it('shows as pending and active what its line and its handler are', () => {
    setUp(false);
    enableAll();
    const state = (): boolean[] => [0x200n, 0x280n, 0x300n].map((offset) => ((handset.load(SGI_FRAME + offset) >> BigInt(TIMER)) & 1n) === 1n);
    const line = (control: bigint): void => void handset.registers.set('CNTV_CTL_EL0', control);
    expect(state()).toEqual([false, false, false]);
    line(5n);
    expect(state()).toEqual([true, true, false]);
    fire();
    expect(state()).toEqual([true, true, false]);
    expect(handset.interface.acknowledge()).toBe(TIMER);
    expect(state()).toEqual([true, true, true]);
    // Masked, or off.
    line(7n);
    expect(state()).toEqual([false, false, true]);
    line(0n);
    expect(state()).toEqual([false, false, true]);
    handset.interface.end(TIMER);
    expect(state()).toEqual([false, false, false]);
    // Raised, and withdrawn before it was taken.
    line(5n);
    fire();
    line(0n);
    expect(state()).toEqual([false, false, false]);
  });

  it('of a guest that is not on its processor wakes it at its time', () => {
    setUp(true);
    handset.registers.set('CNTV_CTL_EL0', 1n);
    handset.registers.set('CNTV_CVAL_EL0', 5_000_000n);
    handset.trap(Class.wfx);
    expect(handset.running).toBe(1);
    handset.pass(4_999_999n);
    expect(handset.running).toBe(1);
    handset.pass(SLICE + 1n);
    expect(handset.running).toBe(0);
    expect([handset.registers.get('CNTV_CTL_EL0'), handset.registers.get('CNTV_CVAL_EL0')]).toEqual([1n, 5_000_000n]);
    expect(handset.call.wakeUps(0)).toBe(1n);
  });
});

describe("the guest's timers on a board that has other PPIs", () => {
  // As Qualcomm's; and with one's number where usually another is, as APM's X-Gene has it.
  it.each([
    { maintenance: 25, physicalTimer: 18, virtualTimer: 19, hypervisorTimer: 16 },
    { maintenance: 25, physicalTimer: 29, virtualTimer: 30, hypervisorTimer: 31 },
    { maintenance: 24, physicalTimer: 27, virtualTimer: 26, hypervisorTimer: 30 },
  ])('are the usual ones for the guest: %o', (privates) => {
    for (const [usual, own] of [[TIMER, privates.virtualTimer], [30, privates.physicalTimer]] as const) {
      handset.reset(1, [{ on: [0] }], privates);
      handset.call.startVcpu(0, 0x4000_0000n);
      expect(handset.enter()).toBe(0);
      enableAll();
      handset.raise(own);
      expect(handset.deactivated).toEqual([]);
      expect(handset.interface.acknowledge()).toBe(usual);
      handset.interface.end(usual);
      expect(handset.interface.deactivated).toEqual([own]);
    }
  });

  it('are active there while their guest is in the handler, and the other VM has the turns that the hypervisor has set its own timer for', () => {
    const privates = { maintenance: 25, physicalTimer: 29, virtualTimer: 30, hypervisorTimer: 31 };
    handset.reset(1, [{ on: [0] }, { on: [0] }], privates);
    for (const vcpu of [0, 1]) handset.call.startVcpu(vcpu, 0x4000_0000n);
    expect(handset.enter()).toBe(0);
    handset.hypercall(PSCI_VERSION);
    enableAll();
    handset.raise(privates.virtualTimer);
    expect(handset.interface.acknowledge()).toBe(TIMER);
    handset.pass(SLICE);
    expect(handset.running).toBe(1);
    handset.redistributorWrites.length = 0;
    handset.pass(SLICE);
    expect(handset.running).toBe(0);
    expect(handset.redistributorWrites).toContainEqual([0x1300n, 1n << BigInt(privates.virtualTimer)]);
    handset.interface.end(TIMER);
    expect(handset.interface.deactivated).toEqual([privates.virtualTimer]);
  });

  it('do not keep the list registers from being filled again', () => {
    handset.reset(1, [{ on: [0] }], { maintenance: 27, physicalTimer: 30, virtualTimer: 25, hypervisorTimer: 26 });
    handset.call.startVcpu(0, 0x4000_0000n);
    expect(handset.enter()).toBe(0);
    enableAll();
    for (const intid of many) handset.call.setLine(0, intid, true);
    expect(takeAll().sort((a, b) => a - b)).toEqual(many);
  });
});

describe('interrupts between vCPUs', () => {
  beforeEach(() => {
    handset.reset(2, [{ on: [0, 1, 1] }]);
    for (const vcpu of [0, 1, 2]) handset.call.startVcpu(vcpu, 0x4000_0000n);
    handset.useCpu(1);
    expect(handset.enter()).not.toBe(0);
    if (handset.running !== 1) handset.pass(SLICE);
    expect(handset.running).toBe(1);
    enableAll();
    handset.useCpu(0);
    expect(handset.enter()).toBe(0);
    enableAll();
  });
  /** Processor 1 takes notice of all that has happened so far. */
  function settle(): void {
    handset.useCpu(1);
    handset.takeInterrupts();
    handset.useCpu(0);
  }
  /** What vCPU 1 takes on processor 1, once that has seen its kick. */
  function takenByOne(): number[] {
    handset.useCpu(1);
    handset.takeInterrupts();
    return takeAll();
  }

  it.each([
    ['itself', (5n << 24n) | 1n, [5], []], ['the other', (5n << 24n) | 2n, [], [5]], ['both', (15n << 24n) | 3n, [15], [15]],
    ['all but itself', (1n << 40n) | (3n << 24n), [], [3]], ['nobody', 7n << 24n, [], []], ['vCPUs that do not exist', (7n << 24n) | 0xfff0n, [], []],
    ['another cluster', (7n << 24n) | (1n << 16n) | 3n, [], []], ['another range', (7n << 24n) | (1n << 44n) | 3n, [], []],
  ])('reach %s', (_, value, own, others) => {
    sgi(value);
    expect(takeAll()).toEqual(own);
    expect(takenByOne()).toEqual(others);
  });

  it('reach one that sleeps', () => {
    handset.useCpu(1);
    handset.call.startVcpu(2, 0n);
    handset.trap(Class.wfx);
    handset.useCpu(0);
    sgi((5n << 24n) | 2n);
    handset.useCpu(1);
    handset.takeInterrupts();
    if (handset.running !== 1) handset.pass(SLICE);
    expect(handset.running).toBe(1);
    expect(handset.interface.acknowledge()).toBe(5);
  });

  it('reach the vCPU that an SPI is routed to', () => {
    handset.store(DISTRIBUTOR + 0x6000n + 8n * 40n, 1n, 3n);
    handset.call.setLine(0, 40, true);
    expect(takeAll()).toEqual([]);
    expect(takenByOne()).toEqual([40]);
  });

  it('reach it too if another vCPU enables the SPI only then', () => {
    handset.store(DISTRIBUTOR + 0x184n, 1n << 8n);
    handset.store(DISTRIBUTOR + 0x6000n + 8n * 40n, 1n, 3n);
    handset.call.setLine(0, 40, true);
    settle();
    handset.store(DISTRIBUTOR + 0x104n, 1n << 8n);
    expect(takenByOne()).toEqual([40]);
  });

  it('reach it too if another vCPU makes the SPI pending', () => {
    handset.store(DISTRIBUTOR + 0xc08n, 0xaaaa_aaaan);
    handset.store(DISTRIBUTOR + 0x6000n + 8n * 40n, 1n, 3n);
    handset.store(DISTRIBUTOR + 0x204n, 1n << 8n);
    expect(takeAll()).toEqual([]);
    expect(takenByOne()).toEqual([40]);
  });

  it('follow the route of an SPI that is pending already', () => {
    handset.store(DISTRIBUTOR + 0x184n, 1n << 8n);
    handset.call.setLine(0, 40, true);
    handset.store(DISTRIBUTOR + 0x104n, 1n << 8n);
    handset.store(DISTRIBUTOR + 0x6000n + 8n * 40n, 1n, 3n);
    const own = takeAll();
    expect([...own, ...takenByOne()]).toEqual([40]);
  });

  it('reach everybody when one vCPU turns the distributor on', () => {
    handset.store(DISTRIBUTOR, 0n);
    sgi((5n << 24n) | 2n);
    settle();
    handset.store(DISTRIBUTOR, 3n);
    expect(takenByOne()).toEqual([5]);
  });
});
