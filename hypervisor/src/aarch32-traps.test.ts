/** A guest whose EL1 is AArch32: what it gets for its traps, conditions and If-Then blocks included. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Handset, SLICE } from '../test/handset.ts';

const PC = 0x8000n;
const VBAR = 0xc010_0000n;
const HIGH_VECTORS = 0xffff_0000n;
const SUPERVISOR = 0x13n;
const USER = 0x10n;
const T32 = 1n << 5n;
const ALWAYS = (1n << 24n) | (0xen << 20n);
const IL = 1n << 25n;
const GICD_TYPER = 0x800_0004n;
const NOTHING = 0xa00_0010n;
const SLOT_STATUS = 0xa00_0070n;
const WRITTEN = 0x1f4n;
/** Exception classes. */
const EC = { wfx: 1n, cp15: 3n, cp15Pair: 4n, cp14: 5n, loadCp14: 6n, floatingPoint: 7n, vmrs: 8n, cp14Pair: 0xcn, hvc: 0x12n, smc: 0x13n, fetch: 0x20n, data: 0x24n } as const;

const handset = new Handset();
beforeAll(() => handset.start());
beforeEach(() => {
  handset.identification = () => 0xffff_ffff_ffff_ffffn;
  handset.reset(1, [{ on: [0] }]);
  handset.call.makeAarch32(0);
  handset.call.startVcpu(0, 0x4000_0000n);
  handset.enter();
  set({ VBAR_EL1: VBAR, ELR_EL2: PC, SPSR_EL2: SUPERVISOR, SCTLR_EL1: 1n << 23n, TCR_EL1: 0n, FAR_EL1: 0n, ESR_EL1: 0n, IFSR32_EL2: 0n });
});

function set(values: Readonly<Record<string, bigint>>): void {
  for (const [name, value] of Object.entries(values)) handset.registers.set(name, value);
}
const read = (name: string): bigint => handset.registers.get(name) ?? 0n;
const x = (register: number): bigint => handset.call.x(handset.running, register);

/** The guest traps. `il`: of a T32 instruction of two bytes it is 0. */
function trap(exceptionClass: bigint, syndrome: bigint, il = IL): void {
  set({ ESR_EL2: (exceptionClass << 26n) | il | syndrome });
  handset.running = handset.call.synchronous(handset.running);
}
/** It uses CP15 or another coprocessor, with r3, or r3 and r5. */
function coprocessor(exceptionClass: bigint, [op1, crn, crm, op2]: readonly [bigint, bigint, bigint, bigint], isRead: boolean, condition = ALWAYS): void {
  trap(exceptionClass, condition | (op2 << 17n) | (op1 << 14n) | (crn << 10n) | (3n << 5n) | (crm << 1n) | (isRead ? 1n : 0n));
}
function pair(exceptionClass: bigint, op1: bigint, crm: bigint, isRead: boolean): void {
  trap(exceptionClass, ALWAYS | (op1 << 16n) | (5n << 10n) | (3n << 5n) | (crm << 1n) | (isRead ? 1n : 0n));
}
function load(address: bigint, il = IL): void {
  set({ FAR_EL2: address, HPFAR_EL2: (address >> 12n) << 4n });
  trap(EC.data, (1n << 24n) | (2n << 22n) | (3n << 16n) | 6n, il);
}
/** If-Then state as it stands in a PSTATE. */
const ifThen = (state: bigint): bigint => ((state >> 2n) << 10n) | ((state & 3n) << 25n);

describe('a guest in AArch32', () => {
  it('starts in Supervisor mode with all masked, and its registers are exchanged', () => {
    handset.reset(1, [{ on: [0] }, { on: [0] }]);
    handset.call.makeAarch32(0);
    set({ HCR_EL2: 1n << 31n });
    for (const vcpu of [0, 1]) handset.call.startVcpu(vcpu, 0x4000_0000n);
    expect(handset.enter()).toBe(0);
    expect([read('SPSR_EL2'), read('ELR_EL2'), read('SCTLR_EL1'), read('HCR_EL2')]).toEqual([0x1d3n, 0x4000_0000n, 0x00c5_0838n, 0n]);
    const own = { DACR32_EL2: 0x55n, IFSR32_EL2: 7n, SPSR_abt: 1n, SPSR_und: 2n, SPSR_irq: 3n, SPSR_fiq: 4n };
    set({ ...own, SPSR_EL2: SUPERVISOR });
    handset.pass(SLICE);
    expect([handset.running, read('HCR_EL2')]).toEqual([1, 1n << 31n]);
    set(Object.fromEntries(Object.keys(own).map((name) => [name, 0xbadn])));
    handset.pass(SLICE);
    expect([handset.running, read('HCR_EL2')]).toEqual([0, 0n]);
    expect(Object.fromEntries(Object.keys(own).map((name) => [name, read(name)]))).toEqual(own);
  });

  it('has its vCPUs begin in T32 where bit 0 of the entry asks for that', () => {
    handset.reset(2, [{ on: [0, 1] }]);
    handset.call.makeAarch32(0);
    handset.call.startVcpu(0, 0x4000_0000n);
    handset.enter();
    set({ SPSR_EL2: SUPERVISOR });
    const on = (entry: bigint): bigint => {
      [0x8400_0003n, 1n, entry, 0x77n].forEach((value, register) => handset.call.setX(0, register, value));
      trap(EC.hvc, 0n);
      return BigInt.asIntN(32, x(0));
    };
    expect([on(0x4000_1002n), on(0x3fff_ffffn)]).toEqual([-9n, -9n]);
    expect(on(0x4000_1003n)).toBe(0n);
    handset.useCpu(1);
    expect(handset.enter()).toBe(1);
    expect([read('ELR_EL2'), read('SPSR_EL2'), handset.call.x(1, 0)]).toEqual([0x4000_1002n, 0x1f3n, 0x77n]);
  });

  it('has its calls by hvc and smc, and none with 64-bit operands', () => {
    handset.call.setX(0, 0, 0xffff_ffff_8400_0000n);
    trap(EC.hvc, 0n);
    expect([x(0), read('ELR_EL2')]).toEqual([0x1_0001n, PC]);
    handset.call.setX(0, 0, 0x8400_0000n);
    trap(EC.smc, 0n);
    expect([x(0), read('ELR_EL2')]).toEqual([0x1_0001n, PC + 4n]);
    handset.call.setX(0, 0, 0xc400_0004n);
    trap(EC.hvc, 0n);
    expect(BigInt.asIntN(32, x(0))).toBe(-1n);
  });
});

describe('the banked R14', () => {
  it('of Supervisor mode is x18, whichever of its numbers the syndrome has', () => {
    for (const number of [14n, 18n]) {
      for (const register of [14, 18]) handset.call.setX(0, register, 77n);
      set({ SPSR_EL2: SUPERVISOR, FAR_EL2: GICD_TYPER, HPFAR_EL2: (GICD_TYPER >> 12n) << 4n });
      trap(EC.data, (1n << 24n) | (2n << 22n) | (number << 16n) | 6n);
      expect([x(14), x(18) === 77n]).toEqual([77n, false]);
    }
  });

  it('of User mode is x14', () => {
    for (const register of [14, 18]) handset.call.setX(0, register, 77n);
    set({ SPSR_EL2: USER, FAR_EL2: GICD_TYPER, HPFAR_EL2: (GICD_TYPER >> 12n) << 4n });
    trap(EC.data, (1n << 24n) | (2n << 22n) | (14n << 16n) | 6n);
    expect([x(14) === 77n, x(18)]).toEqual([false, 77n]);
  });
});

describe('FPEXC', () => {
  const TRAPPED = 1n << 10n;
  it('lets all through until the registers are the vCPU’s own, and is then its own', () => {
    handset.reset(1, [{ on: [0] }, { on: [0] }]);
    for (const vm of [0, 1]) handset.call.makeAarch32(vm);
    for (const vcpu of [0, 1]) handset.call.startVcpu(vcpu, 0x4000_0000n);
    handset.enter();
    set({ SPSR_EL2: SUPERVISOR, FPEXC32_EL2: 1n << 30n });
    expect(read('CPTR_EL2') & TRAPPED).toBe(TRAPPED);
    trap(EC.floatingPoint, 0n);
    expect([read('CPTR_EL2') & TRAPPED, read('FPEXC32_EL2')], 'as after a reset').toEqual([0n, 0n]);
    // It turns them on and off again: the next one must not be refused for that.
    set({ FPEXC32_EL2: 0n });
    handset.pass(SLICE);
    expect([handset.running, read('CPTR_EL2') & TRAPPED, read('FPEXC32_EL2')]).toEqual([1, TRAPPED, 1n << 30n]);
    set({ SPSR_EL2: SUPERVISOR });
    trap(EC.floatingPoint, 0n);
    set({ FPEXC32_EL2: (1n << 30n) | 5n });
    handset.pass(SLICE);
    expect([handset.running, read('CPTR_EL2') & TRAPPED, read('FPEXC32_EL2')]).toEqual([0, TRAPPED, 1n << 30n]);
    handset.pass(SLICE);
    expect([handset.running, read('CPTR_EL2') & TRAPPED, read('FPEXC32_EL2')]).toEqual([1, 0n, (1n << 30n) | 5n]);
  });
});

describe('an instruction whose condition', () => {
  const flags = (value: number) => ({ n: (value & 8) !== 0, z: (value & 4) !== 0, c: (value & 2) !== 0, v: (value & 1) !== 0 });
  /** [DDI0487 "Condition code suffixes"] */
  const even = (condition: number, { n, z, c, v }: ReturnType<typeof flags>): boolean => [z, c, n, v, c && !z, n === v, n === v && !z, true][condition >> 1]!;

  it('does not hold is stepped over, and does nothing', () => {
    for (let condition = 0; condition < 15; condition += 1) {
      for (let value = 0; value < 16; value += 1) {
        const holds = even(condition, flags(value)) !== ((condition & 1) === 1);
        set({ ELR_EL2: PC, SPSR_EL2: (BigInt(value) << 28n) | SUPERVISOR });
        handset.call.setX(0, 3, 77n);
        coprocessor(EC.cp14, [0n, 0n, 0n, 0n], true, (1n << 24n) | (BigInt(condition) << 20n));
        expect([x(3), read('ELR_EL2')], `condition ${condition}, flags ${value}`).toEqual([holds ? 0n : 77n, PC + 4n]);
      }
    }
  });

  it('is not in the syndrome is taken from the If-Then state', () => {
    // EQ, then EQ; Z is clear, then set.
    for (const [zero, expected] of [[0n, 77n], [1n, 0n]] as const) {
      set({ ELR_EL2: PC, SPSR_EL2: (zero << 30n) | T32 | SUPERVISOR | ifThen(0x04n) });
      handset.call.setX(0, 3, 77n);
      coprocessor(EC.cp14, [0n, 0n, 0n, 0n], true, 0n);
      expect([x(3), read('SPSR_EL2') & ifThen(0xffn)]).toEqual([expected, ifThen(0x08n)]);
    }
    set({ SPSR_EL2: T32 | SUPERVISOR });
    handset.call.setX(0, 3, 77n);
    coprocessor(EC.cp14, [0n, 0n, 0n, 0n], true, 0n);
    expect(x(3), 'outside a block it holds').toBe(0n);
  });

  it('does not hold does not wait, and none is asked of an abort', () => {
    set({ SPSR_EL2: SUPERVISOR });
    trap(EC.wfx, 1n << 24n);
    expect([handset.running, read('ELR_EL2'), handset.call.wakeUps(0)]).toEqual([0, PC + 4n, 0n]);
    handset.call.setX(0, 3, 77n);
    set({ SPSR_EL2: T32 | SUPERVISOR | ifThen(0x04n) });
    load(GICD_TYPER);
    expect(x(3)).not.toBe(77n);
  });
});

describe('the If-Then state', () => {
  /** [DDI0487 "ITAdvance"] */
  const advanced = (state: bigint): bigint => ((state & 7n) === 0n ? 0n : (state & 0xe0n) | ((state << 1n) & 0x1fn));

  it('moves on with an instruction that is stepped over, two bytes or four', () => {
    for (let state = 0n; state < 256n; state += 1n) {
      set({ ELR_EL2: PC, SPSR_EL2: 0xf80f_01c0n | T32 | SUPERVISOR | ifThen(state) });
      load(GICD_TYPER, state % 2n === 0n ? IL : 0n);
      expect(read('SPSR_EL2'), `state ${state}`).toBe(0xf80f_01c0n | T32 | SUPERVISOR | ifThen(advanced(state)));
      expect(read('ELR_EL2')).toBe(PC + (state % 2n === 0n ? 4n : 2n));
    }
  });

  it('stays with one that is done again, and with one that gets an exception', () => {
    const pstate = T32 | SUPERVISOR | ifThen(0xe6n);
    set({ SPSR_EL2: pstate });
    trap(EC.floatingPoint, 0n);
    expect([read('SPSR_EL2'), read('ELR_EL2')]).toEqual([pstate, PC]);
    load(NOTHING);
    expect([read('SPSR_abt'), read('SPSR_EL2') & ifThen(0xffn)]).toEqual([pstate, 0n]);
  });

  it('stays with a write to a device that is tried again, as another is under way', () => {
    const page = handset.call.giveSlots(0);
    handset.guests.program.memory.store32(page + WRITTEN, 1);
    const pstate = T32 | SUPERVISOR | ifThen(0xe6n);
    set({ SPSR_EL2: pstate });
    handset.storeDenied(SLOT_STATUS, 1n);
    expect([read('SPSR_EL2'), read('ELR_EL2')]).toEqual([pstate, PC]);
  });

  it('is kept for the EL1 of 64 bits that a program of 32 bits is under', () => {
    handset.reset(1, [{ on: [0] }]);
    handset.call.startVcpu(0, 0x4000_0000n);
    handset.enter();
    const pstate = T32 | USER | ifThen(0xe6n);
    set({ VBAR_EL1: VBAR, ELR_EL2: PC, SPSR_EL2: pstate });
    load(NOTHING);
    expect([read('ELR_EL2'), read('SPSR_EL1')]).toEqual([VBAR + 0x600n, pstate]);
  });
});

describe('an access to nothing is an abort', () => {
  it('with R14, SPSR and the vector of Abort mode', () => {
    set({ SPSR_EL2: 0x6000_0010n, FAR_EL1: 0x1234_5678_0000_0000n });
    load(NOTHING);
    expect([read('ELR_EL2'), read('SPSR_abt'), x(20)]).toEqual([VBAR + 0x10n, 0x6000_0010n, PC + 8n]);
    // Abort mode; A and I masked, F as it was.
    expect(read('SPSR_EL2')).toBe(0x6000_0197n);
    expect([read('ESR_EL1'), read('FAR_EL1')]).toEqual([0x08n, 0x1234_5678_0a00_0010n]);
  });

  it('a store and a long descriptor table are told of in DFSR', () => {
    set({ TCR_EL1: 1n << 31n, FAR_EL2: NOTHING, HPFAR_EL2: (NOTHING >> 12n) << 4n });
    trap(EC.data, (1n << 24n) | (2n << 22n) | (3n << 16n) | (1n << 6n) | 6n);
    expect(read('ESR_EL1')).toBe(0x210n | (1n << 11n));
  });

  it('and of a fetch one of its own', () => {
    set({ FAR_EL1: 0x9999_9999_1234_5678n, FAR_EL2: NOTHING, HPFAR_EL2: (NOTHING >> 12n) << 4n, SPSR_EL2: T32 | SUPERVISOR });
    trap(EC.fetch, 6n);
    expect([read('ELR_EL2'), x(20), read('IFSR32_EL2'), read('FAR_EL1'), read('ESR_EL1')]).toEqual([VBAR + 0xcn, PC + 4n, 8n, 0x0a00_0010_1234_5678n, 0n]);
  });

  it.each([['those that VBAR names', 0n, VBAR], ['the high ones', 1n << 13n, HIGH_VECTORS]])('or the end of a guest whose vectors are not there: %s', (_, v, vectors) => {
    set({ SCTLR_EL1: v, ELR_EL2: vectors + 0xcn, FAR_EL2: vectors + 0xcn });
    expect(() => trap(EC.fetch, 6n)).toThrow('nothing would wake');
    expect(handset.line.takeLines()[0]).toMatch(/^A: stopped: no exception vectors/);
  });
});

describe('what does not exist is undefined', () => {
  it.each([['A32', 0n, 4n], ['T32', T32, 2n]])('in %s', (_, state, ahead) => {
    set({ SPSR_EL2: state | SUPERVISOR | 0x40n });
    coprocessor(EC.cp15, [0n, 15n, 0n, 0n], true);
    expect([read('ELR_EL2'), read('SPSR_und'), x(22)]).toEqual([VBAR + 4n, state | SUPERVISOR | 0x40n, PC + ahead]);
    expect(read('SPSR_EL2'), 'Undefined mode; I masked, A and F as they were').toBe(0xdbn);
  });

  it('and SCTLR says how an exception begins', () => {
    // V, EE, TE, DSSBS; without SPAN, PAN is set. PSTATE.DIT is bit 24 here and bit 21 of an SPSR.
    set({ SCTLR_EL1: (1n << 13n) | (1n << 25n) | (1n << 30n) | (1n << 31n), SPSR_EL2: SUPERVISOR | (1n << 24n) | (5n << 16n) | (1n << 27n) });
    trap(EC.loadCp14, ALWAYS);
    expect([read('ELR_EL2'), read('SPSR_und')]).toEqual([HIGH_VECTORS + 4n, SUPERVISOR | (1n << 21n) | (5n << 16n) | (1n << 27n)]);
    expect(read('SPSR_EL2')).toBe(0x9bn | T32 | (1n << 9n) | (1n << 22n) | (1n << 23n) | (1n << 24n) | (5n << 16n) | (1n << 27n));
  });
});

describe('a register of CP15 or CP14', () => {
  it.each<[string, bigint, [bigint, bigint, bigint, bigint]]>([
    ['ACTLR', EC.cp15, [0n, 1n, 0n, 1n]], ['ACTLR2', EC.cp15, [0n, 1n, 0n, 3n]], ['PMCR', EC.cp15, [0n, 9n, 12n, 0n]], ['L2CTLR', EC.cp15, [1n, 9n, 0n, 2n]],
    ['PMEVCNTR0', EC.cp15, [0n, 14n, 8n, 0n]], ['DBGDIDR', EC.cp14, [0n, 0n, 0n, 0n]], ['DBGOSLAR', EC.cp14, [0n, 1n, 0n, 4n]],
  ])('%s reads as zero and ignores writes', (_, exceptionClass, which) => {
    handset.call.setX(0, 3, 77n);
    coprocessor(exceptionClass, which, false);
    expect([x(3), read('ELR_EL2')]).toEqual([77n, PC + 4n]);
    coprocessor(exceptionClass, which, true);
    expect([x(3), read('ELR_EL2')]).toEqual([0n, PC + 8n]);
  });

  it.each([['PMCCNTR', EC.cp15Pair, 0n, 9n], ['DBGDRAR', EC.cp14Pair, 0n, 1n]])('%s does so in both halves', (_, exceptionClass, op1, crm) => {
    for (const register of [3, 5]) handset.call.setX(0, register, 77n);
    pair(exceptionClass, op1, crm, false);
    expect([x(3), x(5), read('ELR_EL2')]).toEqual([77n, 77n, PC + 4n]);
    pair(exceptionClass, op1, crm, true);
    expect([x(3), x(5), read('ELR_EL2')]).toEqual([0n, 0n, PC + 8n]);
  });

  it('that identifies the processor shows what is virtualized', () => {
    const identity = (crm: bigint, op2: bigint): bigint => {
      coprocessor(EC.cp15, [0n, 0n, crm, op2], true);
      return x(3) & 0xffff_ffffn;
    };
    // No RAS and no activity monitors; no Hyp mode and no second Monitor; the debug architecture, without performance monitors.
    expect([identity(1n, 0n), identity(1n, 1n), identity(1n, 2n)]).toEqual([0x0f01_ffffn, 0x100f_001fn, 6n]);
    expect([identity(1n, 4n), identity(2n, 0n), identity(2n, 7n), identity(3n, 2n)]).toEqual(Array.from({ length: 4 }, () => 0xffff_ffffn));
    expect([identity(3n, 4n), identity(4n, 0n), identity(7n, 0n)]).toEqual([0n, 0n, 0n]);
    const asked: number[] = [];
    handset.identification = (index) => BigInt(asked.push(index));
    for (const [crm, op2] of [[1n, 0n], [1n, 7n], [2n, 4n], [2n, 5n], [2n, 7n]] as const) identity(crm, op2);
    // VMRS: MVFR0 is 7, MVFR2 is 5.
    for (const name of [7n, 6n, 5n]) trap(EC.vmrs, ALWAYS | (7n << 14n) | (name << 10n) | (3n << 5n) | 1n);
    expect(asked).toEqual([10, 17, 22, 23, 25, 26, 27, 28]);
  });

  it('sends an SGI from the two halves of ICC_SGI1R, whatever AArch32 does not see of them', () => {
    handset.reset(2, [{ on: [0, 1] }]);
    handset.call.makeAarch32(0);
    for (const vcpu of [0, 1]) handset.call.startVcpu(vcpu, 0x4000_0000n);
    handset.enter();
    set({ SPSR_EL2: SUPERVISOR, ELR_EL2: PC });
    // SGI 5 to target list 2; junk above, where another affinity would stand.
    handset.call.setX(0, 3, 0xffff_ffff_0500_0002n);
    handset.call.setX(0, 5, 0xffff_ffff_0000_0000n);
    pair(EC.cp15Pair, 0n, 12n, false);
    expect(read('ELR_EL2')).toBe(PC + 4n);
    handset.useCpu(1);
    expect(handset.pending, 'the other processor is told').toEqual([0]);
  });
});
