/** What a guest gets for its loads, stores and fetches where it has no RAM: a device, or the architecture's own answer. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Class, Handset } from '../test/handset.ts';

const UART = 0x900_0000n;
const GICD_TYPER = 0x800_0004n;
const PRIORITIES = 0x800_0440n;
const VBAR = 0xffff_8000_0801_0800n;
const PC = 0x4008_0004n;
const EL0 = 0n;
const EL1T = 4n;
const EL1H = 5n;
const AARCH32 = 0x10n;
/** ISS bits of a data abort. */
const SIGN = 1n << 21n;
const SIXTY_FOUR = 1n << 15n;
const VALID = 1n << 24n;
const WALK = 1n << 7n;
const WRITE = 1n << 6n;

const handset = new Handset();
beforeAll(() => handset.start());
beforeEach(() => {
  handset.reset(1, [{ on: [0] }]);
  handset.call.startVcpu(0, 0x4000_0000n);
  handset.enter();
  handset.registers.set('VBAR_EL1', VBAR);
  handset.registers.set('ELR_EL2', PC);
  handset.registers.set('SPSR_EL2', 0x6000_0000n | EL1H);
  handset.line.take();
});
const read = (name: string): bigint => handset.registers.get(name) ?? 0n;

describe('an access to a device', () => {
  it('is stepped over', () => {
    handset.load(GICD_TYPER);
    expect(read('ELR_EL2')).toBe(PC + 4n);
    handset.store(UART, 0x41n);
    expect(read('ELR_EL2')).toBe(PC + 8n);
    expect(handset.line.take()['A']).toBe('A');
  });

  it.each([
    ['a byte', 0n, 0n, 0x88n], ['a halfword', 1n, 0n, 0x9088n], ['a word', 2n, 0n, 0xa8a0_9088n], ['a doubleword', 3n, SIXTY_FOUR, 0xa8a0_9088n],
    ['a byte with sign to 32 bits', 0n, SIGN, 0xffff_ff88n], ['a byte with sign to 64 bits', 0n, SIGN | SIXTY_FOUR, 0xffff_ffff_ffff_ff88n],
    ['a halfword with sign to 32 bits', 1n, SIGN, 0xffff_9088n], ['a halfword with sign to 64 bits', 1n, SIGN | SIXTY_FOUR, 0xffff_ffff_ffff_9088n],
    ['a word with sign to 64 bits', 2n, SIGN | SIXTY_FOUR, 0xffff_ffff_a8a0_9088n],
  ])('loads %s', (_, size, more, expected) => {
    handset.store(PRIORITIES, 0xa8a0_9088n);
    handset.call.setX(0, 3, 0xdead_beef_dead_beefn);
    expect(handset.load(PRIORITIES, size, more)).toBe(expected);
  });

  it('loads no sign that is not there', () => {
    handset.store(PRIORITIES, 0x78n);
    expect(handset.load(PRIORITIES, 0n, SIGN | SIXTY_FOUR)).toBe(0x78n);
  });

  it('stores no more than its width, and zero from register 31', () => {
    handset.store(PRIORITIES, 0xf8f8_f8f8n);
    handset.store(PRIORITIES, 0xffff_ffff_ffff_ff10n, 0n);
    expect(handset.load(PRIORITIES)).toBe(0xf8f8_f810n);
    handset.registers.set('FAR_EL2', PRIORITIES & 0xfffn);
    handset.registers.set('HPFAR_EL2', (PRIORITIES >> 12n) << 4n);
    handset.trap(Class.dataAbort, VALID | (2n << 22n) | (31n << 16n) | WRITE | 6n);
    expect(handset.load(PRIORITIES)).toBe(0n);
  });

  it('loads nothing into register 31', () => {
    const before = Array.from({ length: 31 }, (_, register) => handset.call.x(0, register));
    handset.registers.set('FAR_EL2', 4n);
    handset.registers.set('HPFAR_EL2', (GICD_TYPER >> 12n) << 4n);
    handset.trap(Class.dataAbort, VALID | (2n << 22n) | (31n << 16n) | 6n);
    expect(Array.from({ length: 31 }, (_, register) => handset.call.x(0, register))).toEqual(before);
    expect(read('ELR_EL2')).toBe(PC + 4n);
  });
});

describe('what nothing answers', () => {
  const address = 0xa00_0123n;
  function touch(exceptionClass = Class.dataAbort as bigint, syndrome = VALID | (2n << 22n) | 6n): void {
    handset.registers.set('FAR_EL2', 0xffff_8000_1000_0123n);
    handset.registers.set('HPFAR_EL2', (address >> 12n) << 4n);
    handset.trap(exceptionClass, syndrome);
  }

  it.each([
    ['EL1 with its own stack pointer', EL1H, 0x200n, 0x25n], ['EL1 with EL0\'s stack pointer', EL1T, 0x000n, 0x25n], ['EL0', EL0, 0x400n, 0x24n],
    ['a 32-bit EL0', AARCH32, 0x600n, 0x24n],
  ])('is a synchronous external abort for %s', (_, mode, vector, exceptionClass) => {
    handset.registers.set('SPSR_EL2', 0x6000_0000n | mode);
    touch();
    expect(handset.running).toBe(0);
    expect(read('ELR_EL2')).toBe(VBAR + vector);
    // Class, IL, and "synchronous external abort, not on a table walk".
    expect(read('ESR_EL1') & 0xffff_ffffn & ~(1n << 6n)).toBe((exceptionClass << 26n) | (1n << 25n) | 0x10n);
    expect([read('ELR_EL1'), read('SPSR_EL1'), read('FAR_EL1')]).toEqual([PC, 0x6000_0000n | mode, 0xffff_8000_1000_0123n]);
    // EL1h, everything masked; the flags stay.
    expect(read('SPSR_EL2')).toBe(0x6000_03c5n);
  });

  it('is told of on the console, eight times at most', () => {
    for (let round = 0; round < 100; round += 1) touch();
    const lines = handset.ownLines();
    expect(lines).toHaveLength(8);
    expect(lines[0]).toBe(`A: data abort pc=${PC.toString(16)} esr=93800006 far=ffff800010000123 ipa=${address.toString(16)}`);
  });

  it.each([
    ['an access without a syndrome', 2n << 22n | 6n], ['a table walk', VALID | WALK | 6n], ['a permission fault', VALID | (2n << 22n) | 0xen],
  ])('is %s even at a device', (_, syndrome) => {
    handset.registers.set('FAR_EL2', 4n);
    handset.registers.set('HPFAR_EL2', (GICD_TYPER >> 12n) << 4n);
    handset.trap(Class.dataAbort, syndrome);
    expect(read('ELR_EL2')).toBe(VBAR + 0x200n);
  });

  it('is an instruction abort for a fetch', () => {
    touch(Class.instructionAbort, 6n);
    expect([read('ELR_EL2'), read('ESR_EL1')]).toEqual([VBAR + 0x200n, (0x21n << 26n) | (1n << 25n) | 0x10n]);
    handset.registers.set('SPSR_EL2', EL0);
    handset.registers.set('ELR_EL2', PC);
    touch(Class.instructionAbort, 6n);
    expect([read('ELR_EL2'), read('ESR_EL1')]).toEqual([VBAR + 0x400n, (0x20n << 26n) | (1n << 25n) | 0x10n]);
  });

  it('stops a guest whose vectors are not there, and turns off the board that has no other', () => {
    handset.registers.set('VBAR_EL1', 0x100n);
    handset.registers.set('ELR_EL2', 0x300n);
    expect(() => touch(Class.instructionAbort, 6n)).toThrow('nothing would wake');
    expect(handset.ownLines()).toEqual(['A: stopped: no exception vectors pc=300 esr=82000006 far=ffff800010000123 ipa=a000123']);
    expect([handset.call.vmState(0), handset.firmwareCalls]).toEqual([2, [0x8400_0008n]]);
  });

  it('is an SError that stops its guest', () => {
    expect(() => handset.trap(Class.systemError, 0x11n)).toThrow('nothing would wake');
    expect(handset.ownLines()[0]).toMatch(/^A: stopped: SError pc=40080004 esr=be000011 /);
  });
});

describe('an instruction that the handset does not have', () => {
  it.each([0x00n, 0x03n, 0x06n, 0x0en, 0x19n, 0x1dn, 0x22n, 0x2cn, 0x30n, 0x3cn])('of class %i is undefined', (exceptionClass) => {
    handset.trap(exceptionClass, 0x123n);
    expect([read('ELR_EL2'), read('ESR_EL1'), read('ELR_EL1')]).toEqual([VBAR + 0x200n, 1n << 25n, PC]);
    expect(read('SPSR_EL2')).toBe(0x6000_03c5n);
  });
});

describe('a system register', () => {
  const access = (op0: bigint, op1: bigint, crn: bigint, crm: bigint, op2: bigint, isRead: boolean, register = 3n): void => {
    handset.trap(Class.systemRegister, (op0 << 20n) | (op2 << 17n) | (op1 << 14n) | (crn << 10n) | (register << 5n) | (crm << 1n) | (isRead ? 1n : 0n));
  };
  it.each([
    ['PMCR_EL0', 3n, 3n, 9n, 12n, 0n], ['PMCCFILTR_EL0', 3n, 3n, 14n, 15n, 7n], ['PMINTENCLR_EL1', 3n, 0n, 9n, 14n, 2n], ['MDSCR_EL1', 2n, 0n, 0n, 2n, 2n],
    ['OSLAR_EL1', 2n, 0n, 1n, 0n, 4n], ['DBGBVR0_EL1', 2n, 0n, 0n, 0n, 4n], ['ACTLR_EL1', 3n, 0n, 1n, 0n, 1n],
  ])('%s reads as zero and ignores writes', (_, ...encoding) => {
    handset.call.setX(0, 3, 77n);
    access(...encoding, false);
    expect([handset.call.x(0, 3), read('ELR_EL2')]).toEqual([77n, PC + 4n]);
    access(...encoding, true);
    expect([handset.call.x(0, 3), read('ELR_EL2')]).toEqual([0n, PC + 8n]);
    access(...encoding, true, 31n);
    expect(read('ELR_EL2')).toBe(PC + 12n);
  });

  it.each([
    ['of an implementation', 3n, 0n, 15n, 2n, 0n], ['to read what can only be written', 3n, 0n, 12n, 11n, 5n], ['of EL2', 3n, 4n, 1n, 0n, 0n], ['that nobody has', 3n, 7n, 7n, 7n, 7n],
  ])('%s is undefined', (_, ...encoding) => {
    access(...encoding, true);
    expect([read('ELR_EL2'), read('ESR_EL1')]).toEqual([VBAR + 0x200n, 1n << 25n]);
  });
});

describe('floating point', () => {
  it('traps once after another guest has used it, and no more', () => {
    const trapped = (): boolean => (read('CPTR_EL2') & (1n << 10n)) !== 0n;
    expect(trapped()).toBe(true);
    handset.trap(Class.floatingPoint);
    expect([trapped(), read('ELR_EL2')]).toEqual([false, PC]);
  });
});
