/** Fewer instructions that do the same, and none where a register is still wanted, by whomever. */
import { describe, expect, test } from 'vitest';
import { assembly, bodies } from './example-assembly.ts';
import { branchInstead } from './short-branches.ts';
import { shorten } from './shorten.ts';

/** The function `f` in a program in which `start` calls it and wants no register of it. */
const shortened = (f: string, start = 'bl f; brk #0x1'): string => bodies(shorten(assembly({ start, f }), ['start']))['f']!;

describe('an address', () => {
  test('is computed by the access that needs it', () => {
    expect(shortened('add x8, x0, #4; mov w9, #1; str w9, [x8]; ret')).toBe('mov w9, #1; str w9, [x0, #4]; ret');
    expect(shortened('add x8, x8, #4, lsl #12; ldr x8, [x8, #8]; str x8, [x0]; ret')).toBe('ldr x8, [x8, #16392]; str x8, [x0]; ret');
    expect(shortened('sub x8, x0, #16; ldp x1, x2, [x8, #8]; str x1, [x2]; ret')).toBe('ldp x1, x2, [x0, #-8]; str x1, [x2]; ret');
    expect(shortened('add x8, x0, w1, uxtw; ldrb w2, [x8]; str w2, [x0]; ret')).toBe('ldrb w2, [x0, w1, uxtw]; str w2, [x0]; ret');
    expect(shortened('add x8, x0, x1, lsl #2; str w2, [x8]; ret')).toBe('str w2, [x0, x1, lsl #2]; ret');
  });
  test('is computed by accesses of the program to devices too, which stay as they are otherwise', () => {
    expect(shortened('add x8, x0, #4; //APP; str wzr, [x8]; //NO_APP; ret')).toBe('str wzr, [x0, #4]; ret');
  });
  test('of a name is in the load', () => {
    expect(shortened('adr x8, name+4; ldr w8, [x8, #12]; str w8, [x0]; ret')).toBe('ldr w8, name+16; str w8, [x0]; ret');
    expect(shortened('adr x8, name; add x8, x8, #100; str x8, [x0]; ret')).toBe('adr x8, name+100; str x8, [x0]; ret');
  });
  const kept = [
    ['wanted by a further instruction', 'add x8, x0, #4; str w9, [x8]; str x8, [x0]; ret'],
    ['stored itself', 'add x8, x0, #4; str x8, [x8]; ret'],
    ['of what changes before the access', 'add x8, x0, #4; mov x0, x1; str w9, [x8]; ret'],
    ['wanted behind a branch', 'add x8, x0, #4; str w9, [x8]; cbz x0, .LBB1_1; ret; .LBB1_1:; str x8, [x0]; ret'],
    ['reached from elsewhere too', 'add x8, x0, #4; .LBB1_1:; str w9, [x8]; cbz w9, .LBB1_1; ret'],
    ['wanted by a function that is called', 'add x0, x0, #4; ldr w9, [x0]; bl f; ret'],
    ['out of the reach of the access', 'add x8, x0, #3; str w9, [x8, #1024]; ret'],
    ['by which a byte is loaded, which a name cannot be in', 'adr x8, name; ldrb w8, [x8]; str w8, [x0]; ret'],
    ['scaled by another size', 'add x8, x0, x1, lsl #2; str x2, [x8]; ret'],
    ['of an exclusive access', 'add x8, x0, #4; ldaxr w9, [x8]; str w9, [x0]; ret'],
    ['written back', 'add x8, x0, #4; ldr w9, [x8], #4; str w9, [x0]; ret'],
  ];
  test.each(kept)('that is %s stays', (_, code) => {
    expect(shortened(code)).toBe(code);
  });
});

describe('a value that is as wide as it can be', () => {
  test('is not made so again', () => {
    expect(shortened('ldr w8, [x0]; mov w8, w8; str x8, [x0]; ret')).toBe('ldr w8, [x0]; str x8, [x0]; ret');
    expect(shortened('ldrb w8, [x0]; and w8, w8, #0xff; str x8, [x0]; ret')).toBe('ldrb w8, [x0]; str x8, [x0]; ret');
  });
  test.each(['ldr x8, [x0]; mov w8, w8; str x8, [x0]; ret', 'ldr w8, [x0]; and w8, w8, #0xff; str x8, [x0]; ret', 'ldr w8, [x0]; .LBB1_1:; mov w8, w8; str x8, [x0]; ldr x8, [x1]; cbz x8, .LBB1_1; ret'])(
    'is made so where it may not be: %s', (code) => {
      expect(shortened(code)).toBe(code);
    });
});

describe('a register that has the value', () => {
  test('is not set to it again, whichever way it is reached', () => {
    const calling = (f: string, g = 'ldr w8, [x0]; str w1, [x8]; ret'): string => bodies(shorten(assembly({ start: 'bl f; brk #0x1', f, g }), ['start']))['f']!;
    expect(calling('mov w1, #1; bl g; mov w1, #1; bl g; ret')).toBe('mov w1, #1; bl g; bl g; ret');
    expect(calling('mov w1, #1; bl g; mov w1, #1; bl g; ret', 'str w1, [x0]; mov w1, #2; ret')).toBe('mov w1, #1; bl g; mov w1, #1; bl g; ret');
    expect(calling('mov x19, x1; bl g; mov x1, x19; bl g; str x19, [x0]; ret')).toBe('mov x19, x1; bl g; bl g; str x19, [x0]; ret');
    expect(calling('mov w1, #7; movk w1, #2, lsl #16; bl g; mov w1, #7; movk w1, #2, lsl #16; bl g; ret')).toBe('mov w1, #7; movk w1, #2, lsl #16; bl g; bl g; ret');
    expect(calling('adr x1, name; .LBB1_1:; bl g; adr x1, name; cbnz x0, .LBB1_1; bl g; ret')).toBe('adr x1, name; .LBB1_1:; bl g; cbnz x0, .LBB1_1; bl g; ret');
    expect(calling('cbz x0, .LBB1_1; mov x1, x2; b .LBB1_2; .LBB1_1:; ldr x2, [x0]; mov x1, x2; .LBB1_2:; str x0, [x2]; mov x1, x2; bl g; ret')).not.toContain('[x2]; mov x1, x2');
  });
  const kept = [
    ['another value on one way', 'mov w1, #1; cbz x0, .LBB1_1; mov w1, #2; .LBB1_1:; bl g; mov w1, #1; bl g; ret'],
    ['another in a later pass of a loop', 'mov x1, x2; .LBB1_1:; str x1, [x0]; ldr x2, [x0]; cbnz x2, .LBB1_2; mov x1, x2; str x1, [x0]; .LBB1_2:; cbnz x0, .LBB1_1; ret'],
    ['the upper half of another', 'ldr x1, [x0]; mov w2, w1; str x2, [x0]; mov x1, x2; str x1, [x0]; ret'],
    ['been written by what nobody knows', 'mov w1, #1; bl elsewhere; mov w1, #1; str w1, [x0]; ret'],
    ['been written by an unknown instruction', 'mov w1, #1; unknown; mov w1, #1; str w1, [x0]; ret'],
    ['the same low half only', 'mov w1, #-1; str x1, [x0]; mov x1, #-1; str x1, [x0]; ret'],
  ];
  test.each(kept)('unless it may have %s', (_, code) => {
    expect(bodies(shorten(assembly({ start: 'bl f; brk #0x1', f: code, g: 'str w1, [x0]; ret' }), ['start']))['f']).toBe(code);
  });
});

describe('an instruction before a jump', () => {
  test('stands before the branch that leads around both', () => {
    expect(shortened('cbz x0, .LBB1_1; mov w8, #1; b .LBB1_2; .LBB1_1:; ldr w8, [x0]; .LBB1_2:; str w8, [x0]; ret'))
      .toBe('mov w8, #1; cbnz x0, .LBB1_2; .LBB1_1:; ldr w8, [x0]; .LBB1_2:; str w8, [x0]; ret');
  });
  const kept = [
    ['writes what is tested', 'cbz x8, .LBB1_1; mov w8, #1; b .LBB1_2; .LBB1_1:; ldr w8, [x0]; .LBB1_2:; str w8, [x0]; ret'],
    ['writes what the branch leads to', 'cbz x0, .LBB1_1; mov w8, #1; b .LBB1_2; .LBB1_1:; add w8, w8, #1; .LBB1_2:; str w8, [x0]; ret'],
    ['may fault', 'cbz x0, .LBB1_1; ldr w8, [x0]; b .LBB1_2; .LBB1_1:; mov w8, #1; .LBB1_2:; str w8, [x1]; ret'],
    ['is led to', 'cbz x0, .LBB1_1; .LBB1_3:; mov w8, #1; b .LBB1_2; .LBB1_1:; ldr w8, [x0]; .LBB1_2:; cbz w8, .LBB1_3; str w8, [x0]; ret'],
  ];
  test('stays in a hot function', () => {
    const code = 'cbz x0, .LBB0_1; mov w8, #1; b .LBB0_2; .LBB0_1:; ldr w8, [x0]; .LBB0_2:; str w8, [x0]; ret';
    expect(bodies(shorten(assembly({ f: code }, (name) => `.text.hot.${name}`), ['f']))['f']).toBe(code);
  });
  test.each(kept)('stays if it %s', (_, code) => {
    expect(shortened(code)).toBe(code);
  });
});

describe('what is wanted', () => {
  const code = 'add x8, x0, #4; ldr w9, [x8]; str w9, [x0]; ret';
  const folded = 'ldr w9, [x0, #4]; str w9, [x0]; ret';
  test('by a caller is not taken from it, however far it is away', () => {
    expect(shortened(code, 'bl f; brk #0x1')).toBe(folded);
    expect(shortened(code, 'bl f; str x8, [x0]; brk #0x1')).toBe(code);
    expect(bodies(shorten(assembly({ start: 'bl g; str x8, [x0]; brk #0x1', g: 'stp x29, x30, [sp, #-16]!; bl f; ldp x29, x30, [sp], #16; ret', f: code }), ['start']))['f']).toBe(code);
    expect(bodies(shorten(assembly({ start: 'bl g; str x8, [x0]; brk #0x1', g: 'nop; b f', f: code }), ['start']))['f']).toBe(code);
  });
  test('is what the standard keeps for callers, where those are not known', () => {
    const saved = code.replaceAll('x8', 'x19');
    for (const of of [code, saved]) {
      const [byAssembly, exported] = [shorten(assembly({ start: '//APP; bl f; //NO_APP; brk #0x1', f: of }), ['start']), shorten(assembly({ f: of }), ['f'])];
      for (const lines of [byAssembly, exported]) expect(bodies(lines)['f']).toBe(of === code ? folded : saved);
    }
  });
  test('by assembly is anything that may be passed to it', () => {
    const passing = 'add x1, x0, #4; ldr w9, [x1]; str w9, [x0]; bl g; ret';
    expect(bodies(shorten(assembly({ start: 'bl f; brk #0x1', f: passing, g: '//APP; ret; //NO_APP' }), ['start']))['f']).toBe(passing);
  });
  test('is everything where a branch leads to what nobody knows', () => {
    expect(shortened(code.replace('ret', 'br x9'))).toBe(code.replace('ret', 'br x9'));
    expect(shortened(code.replace('ret', 'b elsewhere'))).toBe(code.replace('ret', 'b elsewhere'));
    expect(shortened(code.replace('ret', 'unknown x9; ret'))).toBe(code.replace('ret', 'unknown x9; ret'));
  });
});

describe('a branch around a jump', () => {
  const instead = (f: string): string => bodies(branchInstead(assembly({ f })))['f']!;
  test('is the opposite one, to where the jump leads', () => {
    expect(instead('b.hs .LBB0_1; b .LBB0_2; .LBB0_1:; nop; .LBB0_2:; ret')).toBe('b.lo .LBB0_2; .LBB0_1:; nop; .LBB0_2:; ret');
    expect(instead('tbz w0, #3, .LBB0_1; b g; .LBB0_1:; ret')).toBe('tbnz w0, #3, g; .LBB0_1:; ret');
  });
  test('stays if another leads to the jump, or there is more between', () => {
    for (const code of ['cbz w0, .LBB0_1; .LBB0_3:; b g; .LBB0_1:; cbz w1, .LBB0_3; ret', 'cbz w0, .LBB0_1; nop; b g; .LBB0_1:; ret']) expect(instead(code)).toBe(code);
  });
});
