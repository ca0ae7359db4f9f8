/** How VMs end and begin again, and that their neighbours do not notice. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Class, Handset, SLICE } from '../test/handset.ts';

const SYSTEM_OFF = 0x8400_0008n;
const SYSTEM_RESET = 0x8400_0009n;
const CPU_ON = 0xc400_0003n;
const PV_TIME_ST = 0xc500_0021n;
const ENTRY = 0x4000_0000n;
const handset = new Handset();
beforeAll(() => handset.start());

function setUp(cpus: number, ...on: readonly (readonly number[])[]): void {
  handset.reset(cpus, on.map((processors) => ({ on: processors })));
  on.flat().forEach((_, vcpu) => handset.call.startVcpu(vcpu, ENTRY));
  for (let cpu = cpus - 1; cpu >= 0; cpu -= 1) {
    handset.useCpu(cpu);
    handset.enter();
  }
  handset.line.take();
}

/** Time passes until it is the turn of that vCPU. */
function runUntil(vcpu: number): void {
  for (let turns = 0; handset.running !== vcpu; turns += 1) {
    expect(turns, 'its turn never comes').toBeLessThan(20);
    handset.pass(SLICE);
  }
}

describe('a reset', () => {
  it('starts the VM anew at its entry while the other VM goes on', () => {
    setUp(1, [0], [0]);
    handset.pass(SLICE * 20n);
    runUntil(0);
    handset.registers.set('VBAR_EL1', 0x1234_0000n);
    handset.call.setX(0, 5, 99n);
    handset.call.setX(1, 5, 77n);
    handset.hypercall(SYSTEM_RESET);
    runUntil(0);
    expect([handset.registers.get('ELR_EL2'), handset.registers.get('VBAR_EL1'), handset.call.x(0, 5)]).toEqual([handset.call.entryOf(0), 0n, 0n]);
    expect(handset.call.x(1, 5)).toBe(77n);
    expect(handset.ownLines()).toEqual(['A: reset']);
  });

  it('takes nothing of the former life along: pending interrupts, timers, floating point', () => {
    setUp(1, [0], [0]);
    runUntil(0);
    for (const [address, value] of [[0x80b_0080n, 0xffff_ffffn], [0x80b_0100n, 0xffff_ffffn], [0x800_0000n, 3n]] as const) handset.store(address, value);
    handset.trap(Class.floatingPoint);
    handset.raise(27);
    handset.registers.set('CNTV_CTL_EL0', 1n);
    handset.registers.set('CNTV_CVAL_EL0', 1n);
    handset.hypercall(SYSTEM_RESET);
    runUntil(0);
    expect(handset.interface.held()).toEqual([]);
    expect(handset.load(0x80b_0100n)).toBe(0n);
    expect(handset.load(0x800_0000n)).toBe(0x50n);
    expect(handset.registers.get('CNTV_CTL_EL0')! & 1n).toBe(0n);
    expect(handset.registers.get('CPTR_EL2')! & (1n << 10n), 'floating point traps again').not.toBe(0n);
  });

  it('in a loop does not fill the console', () => {
    setUp(1, [0], [0]);
    for (let round = 0; round < 200; round += 1) {
      runUntil(0);
      handset.hypercall(SYSTEM_RESET);
    }
    expect(handset.ownLines().length).toBeLessThan(120);
  });

  it('waits for every vCPU to leave its processor', () => {
    setUp(2, [0, 1], [0]);
    runUntil(0);
    handset.hypercall(SYSTEM_RESET);
    handset.pass(SLICE * 5n);
    expect(handset.running, 'its RAM is not touched while a vCPU runs').toBe(2);
    expect(handset.ownLines()).toEqual([]);
    handset.useCpu(1);
    expect(() => handset.takeInterrupts()).toThrow('nothing would wake');
    handset.useCpu(0);
    handset.takeInterrupts();
    runUntil(0);
  });
});

describe('a start', () => {
  it('that two processors ask for at once happens once', () => {
    setUp(2, [1], [0]);
    handset.call.endVm(0);
    /** The other processor's order: it waits as long as this one's is under way. */
    const startElsewhere = (): void => {
      handset.useCpu(1);
      handset.call.startVm(0);
      handset.takeInterrupts();
      handset.enter();
      handset.call.setX(0, 5, 99n);
    };
    const waiting: string[] = [];
    handset.meanwhile = () => {
      try {
        startElsewhere();
      } catch (error) {
        if (!/waits for a lock/.test(String(error))) throw error;
        waiting.push(String(error));
      }
      handset.useCpu(0);
    };
    handset.line.received.push(0x10, ...Buffer.from('sA'));
    handset.raise(33);
    expect(handset.meanwhile).toBeNull();
    if (waiting.length > 0) startElsewhere();
    handset.useCpu(1);
    handset.pass(SLICE * 3n);
    handset.takeInterrupts();
    expect([handset.running, handset.call.x(0, 5)], 'what runs is not loaded again').toEqual([0, 99n]);
    handset.useCpu(0);
    expect(handset.ownLines()).toEqual(['A: started']);
  });
});

describe('an end', () => {
  it('of one VM leaves the other as it was', () => {
    setUp(1, [0], [0]);
    runUntil(0);
    handset.hypercall(SYSTEM_OFF);
    expect([handset.running, handset.call.vmState(0), handset.call.vmState(1)]).toEqual([1, 0, 1]);
    expect(handset.firmwareCalls).toEqual([]);
    handset.pass(SLICE * 100n);
    expect(handset.running).toBe(1);
  });

  it('asked for twice happens once, the first that was asked', () => {
    setUp(2, [1], [0]);
    handset.useCpu(0);
    handset.line.received.push(0x10, ...Buffer.from('kA'), 0x10, ...Buffer.from('rA'));
    handset.raise(33);
    handset.useCpu(1);
    expect(() => handset.takeInterrupts()).toThrow('nothing would wake');
    expect(handset.call.vmState(0)).toBe(0);
    expect(handset.ownLines()).toEqual(['A: off']);
  });

  it('asked for while a reset is carried out elsewhere leaves no vCPU behind', () => {
    setUp(2, [0, 1], [0]);
    handset.line.received.push(0x10, ...Buffer.from('rA'));
    handset.raise(33);
    handset.pass(SLICE * 20n);
    handset.meanwhile = () => {
      handset.useCpu(0);
      handset.line.received.push(0x10, ...Buffer.from('kA'));
      handset.raise(33);
      handset.useCpu(1);
    };
    handset.useCpu(1);
    expect(() => handset.takeInterrupts()).toThrow('nothing would wake');
    expect(handset.meanwhile).toBeNull();
    handset.useCpu(0);
    handset.takeInterrupts();
    runUntil(0);
    expect(handset.call.vmState(0), 'what runs is not off').toBe(1);
    expect(handset.ownLines()).toEqual(['A: reset']);
  });

  it('of a VM that is being loaded stops the loading', () => {
    setUp(2, [1], [0]);
    handset.call.endVm(0);
    handset.call.startVm(0);
    handset.line.received.push(0x10, ...Buffer.from('kA'));
    handset.useCpu(0);
    handset.raise(33);
    handset.useCpu(1);
    expect(() => handset.takeInterrupts()).toThrow('nothing would wake');
    expect(handset.call.vmState(0)).toBe(0);
  });
});

describe('a pause', () => {
  const [pauses, resumes, kills, resets] = ['p', 'c', 'k', 'r'] as const;
  /** An order by the serial line, of which the processor at hand is told. */
  function order(letter: string, vm = 'A'): void {
    handset.line.received.push(0x10, ...Buffer.from(letter + vm));
    handset.raise(33);
  }

  /** The state that the status tells of a VM. */
  function toldState(vm: number): string | undefined {
    handset.line.received.push(0x10, ...Buffer.from('?'));
    handset.raise(33);
    return handset.ownLines().find((line) => line.startsWith(`~m ${String(vm)} `))?.split(' ')[3];
  }

  it('takes a VM off its processor until it may go on, with all that it had', () => {
    setUp(1, [0], [0]);
    runUntil(0);
    handset.registers.set('VBAR_EL1', 0x1234_0000n);
    handset.registers.set('ELR_EL2', 0x4000_5554n);
    handset.call.setX(0, 5, 99n);
    order(pauses);
    expect(handset.running).toBe(1);
    for (let turn = 0; turn < 20; turn += 1) {
      handset.pass(SLICE / 2n);
      expect(handset.running).toBe(1);
    }
    expect(handset.call.alarmOf(0), 'nobody waits for the end of a slice').toBeGreaterThan(handset.time + SLICE * 1000n);
    order(resumes);
    runUntil(0);
    expect([handset.registers.get('ELR_EL2'), handset.registers.get('VBAR_EL1'), handset.call.x(0, 5)]).toEqual([0x4000_5554n, 0x1234_0000n, 99n]);
    expect(handset.ownLines()).toEqual(['A: paused', 'A: resumed']);
  });

  it('is what the status tells', () => {
    setUp(1, [0], [0]);
    const states = [toldState(0)];
    for (const letter of [pauses, resumes, pauses, resets, pauses, kills]) {
      order(letter);
      states.push(toldState(0));
    }
    expect(states).toEqual(['1', '4', '1', '4', '1', '4', '0']);
    expect(toldState(1)).toBe('1');
  });

  it('of a VM that is paused, or does not run, is none; nor does one go on that was not paused', () => {
    setUp(1, [0], [0]);
    for (const letter of [resumes, pauses, pauses, resumes, resumes, kills, pauses, resumes]) order(letter);
    expect(handset.ownLines()).toEqual(['A: paused', 'A: resumed', 'A: off']);
    expect(handset.call.vmState(0)).toBe(0);
  });

  it('outlasts an interrupt, a timer and input, which the VM finds afterwards', () => {
    setUp(1, [0], [0]);
    runUntil(0);
    for (const [address, value] of [[0x80b_0080n, 0xffff_ffffn], [0x80b_0100n, 0xffff_ffffn], [0x800_0084n, 0xffff_ffffn], [0x800_0104n, 0xffff_ffffn], [0x800_0000n, 3n], [0x900_0038n, 0x10n]] as const) {
      handset.store(address, value);
    }
    handset.registers.set('CNTV_CTL_EL0', 1n);
    handset.registers.set('CNTV_CVAL_EL0', handset.time + SLICE * 3n);
    handset.trap(Class.wfx);
    expect(handset.running).toBe(1);
    order(pauses);
    handset.line.received.push(...Buffer.from('x'));
    handset.raise(33);
    handset.pass(SLICE * 10n);
    expect(handset.running).toBe(1);
    order(resumes);
    runUntil(0);
    handset.pass(1n);
    expect(handset.interface.held().map(({ intid }) => intid).sort()).toEqual([27, 33]);
    expect(handset.load(0x900_0000n)).toBe(0x78n);
  });

  it('leaves a processor asleep that has nobody else, and wakes it when it ends', () => {
    setUp(2, [1], [0]);
    handset.useCpu(0);
    order(pauses);
    handset.useCpu(1);
    expect(() => handset.takeInterrupts()).toThrow('nothing would wake');
    handset.useCpu(0);
    handset.pass(SLICE * 5n);
    order(resumes);
    handset.useCpu(1);
    handset.takeInterrupts();
    expect(handset.running).toBe(0);
  });

  it('holds for a vCPU that its sibling turns on before it has left itself', () => {
    handset.reset(3, [{ on: [0, 1] }, { on: [2] }, { on: [1] }]);
    for (const vcpu of [0, 2, 3]) handset.call.startVcpu(vcpu, ENTRY);
    for (const cpu of [2, 1, 0]) {
      handset.useCpu(cpu);
      handset.enter();
    }
    handset.useCpu(2);
    order(pauses);
    handset.useCpu(0);
    expect(handset.hypercall(CPU_ON, 1n, ENTRY, 7n), 'the kick has not been taken').toBe(0n);
    handset.useCpu(1);
    for (let turn = 0; turn < 4; turn += 1) {
      handset.pass(SLICE);
      handset.takeInterrupts();
      expect(handset.running).toBe(3);
    }
    handset.useCpu(2);
    order(resumes);
    handset.useCpu(1);
    handset.takeInterrupts();
    runUntil(1);
    expect([handset.call.x(1, 0), handset.registers.get('ELR_EL2')]).toEqual([7n, ENTRY]);
  });

  it('ends with a reset or a stop, which do not wait for it', () => {
    setUp(1, [0], [0]);
    order(pauses);
    order(resets);
    runUntil(0);
    expect(handset.registers.get('ELR_EL2')).toBe(handset.call.entryOf(0));
    order(pauses);
    order(kills);
    expect(handset.call.vmState(0)).toBe(0);
    handset.call.startVm(0);
    handset.pass(SLICE * 2n);
    runUntil(0);
  });

  it('holds a VM that is being loaded', () => {
    setUp(1, [0], [0]);
    runUntil(1);
    handset.call.endVm(0);
    handset.call.startVm(0);
    order(pauses);
    handset.pass(SLICE * 10n);
    expect(handset.running).toBe(1);
    order(resumes);
    runUntil(0);
  });

  it('keeps the handset on: it ends when the VM does', () => {
    setUp(1, [0], [0]);
    order(pauses);
    expect(() => handset.hypercall(SYSTEM_OFF)).toThrow('nothing would wake');
    expect([handset.call.vmState(1), handset.firmwareCalls]).toEqual([0, []]);
    expect(() => order(kills)).toThrow('nothing would wake');
    expect(handset.firmwareCalls).toEqual([SYSTEM_OFF]);
  });

  it('is stolen time: told of to a guest that asked', () => {
    setUp(1, [0], [0]);
    runUntil(0);
    handset.hypercall(PV_TIME_ST);
    const before = handset.call.ticksStolen(0);
    order(pauses);
    handset.pass(SLICE * 10n);
    order(resumes);
    runUntil(0);
    const stolen = handset.call.ticksStolen(0) - before;
    expect(stolen).toBeGreaterThanOrEqual(SLICE * 10n);
    expect(stolen).toBeLessThan(SLICE * 13n);
    expect(handset.guests.program.memory.load64(handset.call.stolenTimePage(0) + 8n)).toBeGreaterThanOrEqual(SLICE * 10n * 16n);
  });

  it('is stolen time: hidden from a guest that is to see none', () => {
    setUp(1, [0], [0]);
    handset.call.hideStolenTime(0);
    runUntil(0);
    const offset = handset.registers.get('CNTVOFF_EL2') ?? 0n;
    order(pauses);
    handset.pass(SLICE * 10n);
    order(resumes);
    runUntil(0);
    expect(handset.registers.get('CNTVOFF_EL2')! - offset).toBeGreaterThanOrEqual(SLICE * 10n);
  });
});

describe('an order', () => {
  it('that there is not says of which VM, and does nothing', () => {
    setUp(1, [0], [0]);
    handset.line.received.push(0x10, ...Buffer.from('dA'), 0x10, ...Buffer.from('kA'));
    handset.raise(33);
    expect(handset.ownLines()).toEqual(['A: off']);
  });
});
