/** How VMs end and begin again, and that their neighbours do not notice. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Class, Handset, SLICE } from '../test/handset.ts';

const SYSTEM_OFF = 0x8400_0008n;
const SYSTEM_RESET = 0x8400_0009n;
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
