/** What a guest reads in the identification registers, on a processor that has everything. [DDI0487 "General system control registers"] */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Class, Handset } from '../test/handset.ts';

const handset = new Handset();
beforeAll(() => handset.start());
beforeEach(() => {
  handset.identification = () => EVERYTHING;
  handset.reset(1, [{ on: [0] }]);
  handset.call.startVcpu(0, 0x4000_0000n);
  handset.enter();
});

const EVERYTHING = 0xffff_ffff_ffff_ffffn;
const ENTRY = 0x4000_1000n;
/** MRS x3, S<op0>_<op1>_C<crn>_C<crm>_<op2>: what x3 gets; null where the guest took an exception instead. */
function read(op0: number, op1: number, crn: number, crm: number, op2: number): bigint | null {
  const { registers, call } = handset;
  const which = (op0 << 20) | (op2 << 17) | (op1 << 14) | (crn << 10) | (crm << 1);
  call.setX(0, 3, 0xdeadn);
  registers.set('ELR_EL2', ENTRY);
  registers.set('ESR_EL1', 0n);
  handset.trap(Class.systemRegister, BigInt(which) | (3n << 5n) | 1n);
  if (registers.get('ESR_EL1') !== 0n) return null;
  expect(registers.get('ELR_EL2')).toBe(ENTRY + 4n);
  return call.x(0, 3);
}
const field = (value: bigint | null, shift: bigint): bigint => ((value ?? 0n) >> shift) & 0xfn;
const PFR0 = [4, 0], PFR1 = [4, 1], DFR0 = [5, 0], ISAR0 = [6, 0], ISAR1 = [6, 1], ISAR2 = [6, 2], MMFR0 = [7, 0], MMFR1 = [7, 1], MMFR2 = [7, 2];

describe('a guest does not see', () => {
  it.each<[string, number[], bigint]>([
    ['EL2', PFR0, 8n], ['EL3', PFR0, 12n], ['RAS', PFR0, 28n], ['SVE', PFR0, 32n], ['memory partitioning', PFR0, 40n], ['activity monitors', PFR0, 44n],
    ['realms', PFR0, 52n], ['memory tags', PFR1, 8n], ['SME', PFR1, 24n], ['non-maskable interrupts', PFR1, 36n], ['guarded stacks', PFR1, 44n],
    ['trace registers', DFR0, 4n], ['performance monitors', DFR0, 8n], ['statistical profiling', DFR0, 32n], ['trace filters', DFR0, 40n],
    ['trace buffers', DFR0, 44n], ['branch records', DFR0, 52n], ['transactions', ISAR0, 24n], ['address authentication', ISAR1, 4n],
    ['address authentication, the maker\'s', ISAR1, 8n], ['generic authentication', ISAR1, 24n], ['generic authentication, the maker\'s', ISAR1, 28n],
    ['64-byte stores', ISAR1, 60n], ['WFI with a timeout', ISAR2, 0n], ['QARMA3', ISAR2, 8n], ['QARMA3, addresses', ISAR2, 12n], ['memory copies', ISAR2, 16n],
    ['traps of its own', MMFR0, 56n], ['limited ordering regions', MMFR1, 16n], ['the host mode', MMFR1, 8n], ['HCRX_EL2', MMFR1, 40n],
    ['nested virtualization', MMFR2, 24n], ['stage 2 attributes', MMFR2, 40n],
  ])('%s', (_, [crm = 0, op2 = 0], shift) => {
    expect(field(read(3, 0, 0, crm, op2), shift)).toBe(0n);
  });

  it('anything in a register that is not known here', () => {
    for (const [crm, op2] of [[4, 2], [4, 4], [4, 5], [4, 7], [5, 1], [5, 4], [6, 3], [7, 3], [7, 4], [1, 0], [3, 7]] as const) {
      expect(read(3, 0, 0, crm, op2), `S3_0_C0_C${crm}_${op2}`).toBe(0n);
    }
  });
});

describe('a guest sees', () => {
  it.each<[string, number[], bigint, bigint]>([
    ['that EL1 is AArch64', PFR0, 4n, 1n], ['what 32-bit programs there may be', PFR0, 0n, 15n], ['the interrupt controller\'s registers', PFR0, 24n, 1n],
    ['branch targets', PFR1, 0n, 15n], ['atomics', ISAR0, 20n, 15n], ['random numbers', ISAR0, 60n, 15n], ['no more than 40 bits of address', MMFR0, 0n, 2n],
    ['that a debug architecture is there', DFR0, 0n, 6n], ['two breakpoints', DFR0, 12n, 1n], ['the E0PD', MMFR2, 60n, 15n],
    ['that branch prediction keeps contexts apart, without a register for it', PFR0, 56n, 1n],
  ])('%s', (_, [crm = 0, op2 = 0], shift, value) => {
    expect(field(read(3, 0, 0, crm, op2), shift)).toBe(value);
  });

  it('what the processor has, where that is less', () => {
    handset.identification = () => 0x1100_0000_2211_1122n;
    expect(read(3, 0, 0, ...(PFR0 as [number, number]))).toBe(0x1100_0000_0111_0012n);
    handset.identification = () => 0n;
    for (let crm = 2; crm < 8; crm += 1) for (let op2 = 0; op2 < 8; op2 += 1) expect(read(3, 0, 0, crm, op2)).toBe(0n);
  });

  it('each register\'s own value', () => {
    const asked: number[] = [];
    handset.identification = (index) => {
      asked.push(index);
      return EVERYTHING;
    };
    for (const [crm, op2] of [[2, 5], [2, 7], [3, 0], [3, 2], [4, 0], [7, 2]] as const) read(3, 0, 0, crm, op2);
    expect(asked, 'positions in the list of instructions').toEqual([23, 25, 26, 28, 3, 8]);
    expect(read(3, 0, 0, 3, 1), 'MVFR1, for 32-bit programs').toBe(EVERYTHING);
  });
});

describe('the registers behind a hidden feature are undefined', () => {
  it.each<[string, number[]]>([
    ['APIAKeyLo_EL1', [3, 0, 2, 1, 0]], ['ZCR_EL1', [3, 0, 1, 2, 0]], ['LORC_EL1', [3, 0, 10, 4, 3]], ['SCXTNUM_EL0', [3, 3, 13, 0, 7]],
    ['TPIDR2_EL0', [3, 3, 13, 0, 5]], ['GCR_EL1', [3, 0, 1, 0, 6]], ['MPAM1_EL1', [3, 0, 10, 5, 0]], ['AMCR_EL0', [3, 3, 13, 2, 0]],
  ])('%s', (_, [op0 = 0, op1 = 0, crn = 0, crm = 0, op2 = 0]) => {
    handset.registers.set('VBAR_EL1', 0x4000_8000n);
    expect(read(op0, op1, crn, crm, op2)).toBeNull();
    expect(handset.registers.get('ESR_EL1')! >> 26n, 'the class of an undefined instruction').toBe(0n);
    expect(handset.registers.get('ELR_EL1')).toBe(ENTRY);
    expect(handset.registers.get('ELR_EL2')! & 0x7ffn, 'its vector').toBe(0x200n);
  });
});
