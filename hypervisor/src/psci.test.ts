/** What guests ask of their firmware, by hvc and smc. [DEN0022 "PSCI function definitions"] */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Class, Handset, SLICE } from '../test/handset.ts';

const VERSION = 0x8400_0000n;
const CPU_SUSPEND = 0xc400_0001n;
const CPU_OFF = 0x8400_0002n;
const CPU_ON = 0xc400_0003n;
const CPU_ON_32 = 0x8400_0003n;
const AFFINITY_INFO = 0xc400_0004n;
const AFFINITY_INFO_32 = 0x8400_0004n;
const MIGRATE_INFO_TYPE = 0x8400_0006n;
const SYSTEM_OFF = 0x8400_0008n;
const SYSTEM_RESET = 0x8400_0009n;
const FEATURES = 0x8400_000an;
const SYSTEM_SUSPEND = 0xc400_000en;
const SYSTEM_RESET2 = 0xc400_0012n;
const SMCCC_VERSION = 0x8000_0000n;

const NOT_SUPPORTED = 0xffff_ffff_ffff_ffffn;
const INVALID_PARAMETERS = 0xffff_ffff_ffff_fffen;
const DENIED = 0xffff_ffff_ffff_fffdn;
const ALREADY_ON = 0xffff_ffff_ffff_fffcn;
const INVALID_ADDRESS = 0xffff_ffff_ffff_fff7n;
const ENTRY = 0x4000_1000n;
const RAM_END = 0x4000_0000n + (64n << 20n);

const handset = new Handset();
beforeAll(() => handset.start());
/** VM A has vCPUs 0 (processor 0) and 1 (processor 1), VM B vCPU 2 on processor 0. */
beforeEach(() => {
  handset.reset(2, [{ on: [0, 1] }, { on: [0] }]);
  handset.call.startVcpu(0, 0x4000_0000n);
  expect(handset.enter()).toBe(0);
});

describe('a question', () => {
  it.each<[string, bigint[], bigint]>([
    ['the version of PSCI', [VERSION], 0x1_0001n], ['the version of SMCCC', [SMCCC_VERSION], 0x1_0001n],
    ['who has to migrate', [MIGRATE_INFO_TYPE], 2n],
    ['a function that nobody knows', [0x8400_0055n], NOT_SUPPORTED], ['a function of 32 bits that only exists with 64', [0xc400_0000n], NOT_SUPPORTED],
    ['something that is no function at all', [0n], NOT_SUPPORTED],
    ['CPU_SUSPEND', [FEATURES, CPU_SUSPEND], 0n], ['CPU_ON', [FEATURES, CPU_ON], 0n], ['SYSTEM_RESET', [FEATURES, SYSTEM_RESET], 0n],
    ['SMCCC_VERSION', [FEATURES, SMCCC_VERSION], 0n], ['SYSTEM_RESET2', [FEATURES, 0x8400_0012n], 0n], ['itself', [FEATURES, FEATURES], 0n],
    ['SYSTEM_SUSPEND', [FEATURES, SYSTEM_SUSPEND], 0n], ['MIGRATE', [FEATURES, 0xc400_0005n], NOT_SUPPORTED],
    ['SYSTEM_OFF with 64 bits', [FEATURES, 0xc400_0008n], NOT_SUPPORTED], ['CPU_FREEZE', [FEATURES, 0x8400_000bn], NOT_SUPPORTED],
    ['random numbers, which are not PSCI', [FEATURES, 0x8400_0050n], NOT_SUPPORTED],
    ['the CPU\'s default suspend', [0xc400_000cn], NOT_SUPPORTED], ['the hardware\'s state', [0xc400_000dn, 0n, 0n], NOT_SUPPORTED],
    ['statistics', [0xc400_0010n, 0n, 0n], NOT_SUPPORTED],
    ['whether any vCPU is on', [AFFINITY_INFO, 0xffn, 1n], 0n], ['whether any vCPU in all groups is on', [AFFINITY_INFO, 0xff_ffffn, 3n], 0n],
    ['whether another group is on', [AFFINITY_INFO, 0x100n, 1n], INVALID_PARAMETERS], ['a group of groups of groups of groups', [AFFINITY_INFO, 0n, 4n], INVALID_PARAMETERS],
    ['whether itself is on', [AFFINITY_INFO, 0n, 0n], 0n], ['whether a sleeping vCPU is on', [AFFINITY_INFO, 1n, 0n], 1n],
    ['whether a vCPU of another VM is on', [AFFINITY_INFO, 2n, 0n], INVALID_PARAMETERS],
    ['whether a vCPU far away is on', [AFFINITY_INFO, 0x1_0000_0001n, 0n], INVALID_PARAMETERS],
  ])('about %s is answered', (_, operands, answer) => {
    expect(handset.hypercall(...operands)).toBe(answer);
    expect(handset.running).toBe(0);
  });

  it('by smc is answered likewise, and stepped over', () => {
    handset.registers.set('ELR_EL2', ENTRY);
    handset.call.setX(0, 0, VERSION);
    handset.trap(Class.smc);
    expect([handset.call.x(0, 0), handset.registers.get('ELR_EL2')]).toEqual([0x1_0001n, ENTRY + 4n]);
    handset.hypercall(VERSION);
    expect(handset.registers.get('ELR_EL2'), 'hvc leaves the address behind itself').toBe(ENTRY + 4n);
  });

  it('about any number leaves the guest on its processor and other registers alone', () => {
    for (let register = 1; register < 31; register += 1) handset.call.setX(0, register, BigInt(register));
    for (const id of [0x8400_0055n, 0xffff_ffffn, 0x1234n, 0xc600_ff00n, 0xffff_ffff_0000_0000n]) expect(handset.hypercall(id)).toBe(NOT_SUPPORTED);
    expect(Array.from({ length: 30 }, (_, index) => handset.call.x(0, index + 1))).toEqual(Array.from({ length: 30 }, (_, index) => BigInt(index + 1)));
  });
});

describe('CPU_ON', () => {
  it('starts the other vCPU at its entry with its argument, at EL1, all interrupts masked', () => {
    expect(handset.hypercall(CPU_ON, 1n, ENTRY, 0x77n)).toBe(0n);
    expect(handset.hypercall(AFFINITY_INFO, 1n, 0n)).toBe(0n);
    handset.useCpu(1);
    expect(handset.enter()).toBe(1);
    expect([handset.registers.get('ELR_EL2'), handset.call.x(1, 0), handset.registers.get('SPSR_EL2')]).toEqual([ENTRY, 0x77n, 0x3c5n]);
    expect(handset.registers.get('SCTLR_EL1')! & 0x1005n, 'MMU and caches are off').toBe(0n);
    expect(handset.registers.get('VMPIDR_EL2')! & 0xffff_ff00_00ff_ffffn).toBe(1n);
  });

  it.each<[string, bigint[], bigint]>([
    ['itself', [0n, ENTRY, 0n], ALREADY_ON], ['a vCPU of another VM', [2n, ENTRY, 0n], INVALID_PARAMETERS],
    ['nobody', [8n, ENTRY, 0n], INVALID_PARAMETERS], ['a vCPU far away', [0x100n, ENTRY, 0n], INVALID_PARAMETERS],
    ['outside RAM', [1n, 0x800_0000n, 0n], INVALID_ADDRESS], ['behind RAM', [1n, RAM_END, 0n], INVALID_ADDRESS],
    ['anywhere', [1n, 0xffff_ffff_ffff_fffcn, 0n], INVALID_ADDRESS], ['at an odd address', [1n, ENTRY + 2n, 0n], INVALID_ADDRESS],
  ])('does not start %s', (_, operands, answer) => {
    expect(handset.hypercall(CPU_ON, ...operands)).toBe(answer);
    expect(handset.hypercall(AFFINITY_INFO, 1n, 0n)).toBe(1n);
  });

  it('starts a vCPU once', () => {
    handset.hypercall(CPU_ON, 1n, ENTRY, 0n);
    expect(handset.hypercall(CPU_ON, 1n, ENTRY, 0n)).toBe(ALREADY_ON);
  });

  it('of 32 bits ignores the upper halves of its operands', () => {
    const upper = 0xdead_beef_0000_0000n;
    expect(handset.hypercall(AFFINITY_INFO_32, upper | 1n, upper)).toBe(1n);
    expect(handset.hypercall(CPU_ON_32, upper | 1n, upper | ENTRY, upper | 0x77n)).toBe(0n);
    handset.useCpu(1);
    expect(handset.enter()).toBe(1);
    expect([handset.registers.get('ELR_EL2'), handset.call.x(1, 0)]).toEqual([ENTRY, 0x77n]);
  });
});

describe('an end', () => {
  it('by CPU_OFF of one vCPU leaves the other running, by the last one ends the VM', () => {
    handset.hypercall(CPU_ON, 1n, ENTRY, 0n);
    handset.call.startVcpu(2, ENTRY);
    handset.hypercall(CPU_OFF);
    expect(handset.running).toBe(2);
    expect(handset.call.vmState(0)).toBe(1);
    handset.useCpu(1);
    expect(handset.enter()).toBe(1);
    expect(() => handset.hypercall(CPU_OFF)).toThrow('nothing would wake');
    handset.useCpu(0);
    handset.takeInterrupts();
    expect(handset.call.vmState(0)).toBe(0);
    expect(handset.ownLines()).toEqual(['A: off']);
    expect(handset.running).toBe(2);
  });

  it('by SYSTEM_OFF takes every vCPU off, and tells the console', () => {
    handset.hypercall(CPU_ON, 1n, ENTRY, 0n);
    handset.call.startVcpu(2, ENTRY);
    handset.useCpu(1);
    handset.enter();
    handset.useCpu(0);
    handset.hypercall(SYSTEM_OFF);
    expect(handset.running).toBe(2);
    expect(handset.call.vmState(0), 'a vCPU still runs elsewhere').toBe(1);
    handset.useCpu(1);
    expect(() => handset.takeInterrupts()).toThrow('nothing would wake');
    expect(handset.call.vmState(0)).toBe(0);
    expect(handset.ownLines()).toEqual(['A: off']);
    expect(handset.firmwareCalls, 'another VM runs').toEqual([]);
  });

  it('of the last VM turns the board off', () => {
    handset.call.endVm(1);
    expect(() => handset.hypercall(SYSTEM_OFF)).toThrow();
    handset.useCpu(1);
    expect(() => handset.enter()).toThrow('nothing would wake');
    expect(handset.firmwareCalls).toEqual([SYSTEM_OFF]);
  });
});

describe('SYSTEM_RESET2', () => {
  it('resets, as SYSTEM_RESET does', () => {
    handset.call.startVcpu(2, ENTRY);
    handset.call.setX(0, 0, SYSTEM_RESET2);
    handset.call.setX(0, 1, 0n);
    handset.trap(Class.hvc);
    expect(handset.running).not.toBe(0);
  });

  it.each([1n, 0x8000_0000n, 0x1_0000_0000n])('knows no kind %i', (kind) => {
    expect(handset.hypercall(SYSTEM_RESET2, kind, 0n)).toBe(INVALID_PARAMETERS);
    expect(handset.running).toBe(0);
  });
});

describe('CPU_SUSPEND', () => {
  const STANDBY = 0n;
  const POWERDOWN = 0x1_0000n;
  /** The VM's other vCPU and the other VM are there: somebody else runs meanwhile. */
  const suspendFor = (ticks: bigint, ...operands: readonly bigint[]): void => {
    handset.call.startVcpu(2, ENTRY);
    handset.registers.set('CNTP_CTL_EL0', 1n);
    handset.registers.set('CNTP_CVAL_EL0', ticks);
    operands.forEach((value, index) => handset.call.setX(0, index, value));
    expect(handset.trap(Class.hvc)).toBe(2);
    handset.pass(ticks - 1n);
    expect(handset.call.wakeUps(0)).toBe(0n);
    handset.pass(SLICE + 1n);
    expect(handset.running).toBe(0);
  };

  it('to standby waits for an interrupt, as WFI does', () => {
    handset.registers.set('ELR_EL2', ENTRY + 4n);
    handset.registers.set('TTBR0_EL1', 0x1234_5000n);
    suspendFor(3_000_000n, CPU_SUSPEND, STANDBY, 0x666n, 0x77n);
    expect(handset.call.x(0, 0)).toBe(0n);
    expect([handset.registers.get('ELR_EL2'), handset.registers.get('TTBR0_EL1')]).toEqual([ENTRY + 4n, 0x1234_5000n]);
  });

  it('to powerdown comes back at the entry, with the context and a processor as after a reset', () => {
    handset.registers.set('ELR_EL2', ENTRY + 0x4000n);
    handset.registers.set('TTBR0_EL1', 0x1234_5000n);
    handset.registers.set('SCTLR_EL1', 0x30d0_1805n);
    handset.call.setX(0, 19, 0x1919n);
    suspendFor(3_000_000n, CPU_SUSPEND, POWERDOWN, ENTRY, 0x77n);
    expect([0, 1, 19].map((register) => handset.call.x(0, register))).toEqual([0x77n, 0n, 0n]);
    expect([handset.registers.get('ELR_EL2'), handset.registers.get('TTBR0_EL1'), handset.registers.get('SPSR_EL2')]).toEqual([ENTRY, 0n, 0x3c5n]);
    expect(handset.registers.get('SCTLR_EL1')! & 0x1005n).toBe(0n);
    expect(handset.registers.get('CNTP_CVAL_EL0'), 'the timer is as it was').toBe(3_000_000n);
  });

  it('to powerdown comes back at once if an interrupt waits', () => {
    handset.store(0x80b_0100n, 0xffffn);
    handset.store(0x80b_0080n, 0xffff_ffffn);
    handset.store(0x800_0000n, 2n);
    handset.trap(Class.systemRegister, (3n << 20n) | (5n << 17n) | (12n << 10n) | (11n << 1n) | (4n << 5n));
    handset.call.setX(0, 4, 1n);
    handset.trap(Class.systemRegister, (3n << 20n) | (5n << 17n) | (12n << 10n) | (11n << 1n) | (4n << 5n));
    handset.hypercall(CPU_SUSPEND, POWERDOWN, ENTRY, 0x77n);
    expect([handset.running, handset.call.x(0, 0), handset.registers.get('ELR_EL2')]).toEqual([0, 0x77n, ENTRY]);
  });

  it.each<[string, bigint[], bigint]>([
    ['an entry outside RAM', [CPU_SUSPEND, POWERDOWN, 0x900_0000n, 0n], INVALID_ADDRESS], ['an odd entry', [CPU_SUSPEND, POWERDOWN, ENTRY + 1n, 0n], INVALID_ADDRESS],
    ['reserved bits', [CPU_SUSPEND, 0x2_0000n, ENTRY, 0n], INVALID_PARAMETERS], ['the other format', [CPU_SUSPEND, 0x4000_0000n, ENTRY, 0n], INVALID_PARAMETERS],
  ])('refuses %s', (_, operands, answer) => {
    expect(handset.hypercall(...operands)).toBe(answer);
    expect(handset.running).toBe(0);
  });
});

describe('SYSTEM_SUSPEND', () => {
  it('is denied while another vCPU is on', () => {
    handset.hypercall(CPU_ON, 1n, ENTRY, 0n);
    expect(handset.hypercall(SYSTEM_SUSPEND, ENTRY, 0n)).toBe(DENIED);
    expect(handset.running).toBe(0);
  });

  it('of the last vCPU sleeps until a timer, and goes on at the entry', () => {
    handset.registers.set('CNTP_CTL_EL0', 1n);
    handset.registers.set('CNTP_CVAL_EL0', 5_000_000n);
    handset.call.setX(0, 2, 0x77n);
    expect(handset.hypercall(SYSTEM_SUSPEND, ENTRY)).toBe(0x77n);
    expect([handset.running, handset.registers.get('ELR_EL2')]).toEqual([0, ENTRY]);
    expect(handset.time).toBeGreaterThanOrEqual(5_000_000n);
  });

  it('refuses an entry outside RAM', () => {
    expect(handset.hypercall(SYSTEM_SUSPEND, RAM_END, 0n)).toBe(INVALID_ADDRESS);
  });
});
