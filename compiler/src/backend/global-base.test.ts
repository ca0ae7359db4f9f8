/** Accesses to small variables count from one register, which holds their address wherever the program is entered; nothing changes where it would not pay, or not hold. */
import { describe, expect, test } from 'vitest';
import { assembly, bodies } from './example-assembly.ts';
import { addressFromBase } from './global-base.ts';

const all = '.L_MergedGlobals';
const based = (functions: Record<string, string>): Record<string, string> => bodies(addressFromBase(assembly(functions), ['start']));
const [start, storing] = ['bl f; bl g; brk #0x1', `adr x8, ${all}+8; str w0, [x8]; ret`];

describe('an access to a variable', () => {
  test('counts from the register that is set where the program is entered', () => {
    expect(based({ start, f: storing, g: `adr x8, ${all}; ldp x0, x1, [x8, #16]; str x0, [x1]; ret` })).toEqual({
      start: `adr x18, ${all}; bl f; bl g; brk #0x1`, f: 'str w0, [x18, #8]; ret', g: 'ldp x0, x1, [x18, #16]; str x0, [x1]; ret',
    });
  });
  test('counts from it through calls, copies and sums, and in arrays', () => {
    const { f } = based({
      start, g: storing,
      f: `stp x30, x19, [sp, #-16]!; adr x19, ${all}+64; bl g; str w0, [x19, #4]; add x8, x19, #16; stlr w0, [x8]; mov x0, x19; bl g; add x9, x19, w1, uxtw #3; str xzr, [x9, #8]; ldp x30, x19, [sp], #16; ret`,
    });
    expect(f).toBe('stp x30, x19, [sp, #-16]!; bl g; str w0, [x18, #68]; add x8, x18, #80; stlr w0, [x8]; add x0, x18, #64; bl g; add x9, x18, w1, uxtw #3; str xzr, [x9, #72]; ldp x30, x19, [sp], #16; ret');
  });
  test('counts from it in what assembly enters', () => {
    const { f, g } = based({ start, entry: '//APP; bl g; //NO_APP', f: `${storing.replace('; ret', '')}; adr x9, ${all}+100; str w0, [x9]; ret`, g: `${storing.replace('; ret', '')}; bl f; ret` });
    expect([f, g]).toEqual(['str w0, [x18, #8]; str w0, [x18, #100]; ret', `adr x18, ${all}; str w0, [x18, #8]; bl f; ret`]);
  });
});

describe('nothing changes', () => {
  const kept = [
    ['where it would not be shorter', { start: 'bl f; brk #0x1', f: storing }],
    ['where clang has given the register to something else', { start, f: storing, g: `mov x18, x0; ${storing}` }],
    ['where assembly changes the register and returns', { start, f: storing, g: storing, h: '//APP; mov x18, x0; ret; //NO_APP' }],
    ['where a register holds the address on one way only', { start, f: `adr x8, ${all}+8; cbz x0, .LBB1_1; ldr x8, [x0]; .LBB1_1:; str w0, [x8]; ret`, g: 'ret' }],
    ['where an offset does not fit', { start, f: `adr x8, ${all}+4000; stp x0, x1, [x8]; ret`, g: `adr x8, ${all}+600; stp x0, x1, [x8]; ret` }],
  ] as const;
  test.each(kept)('%s', (_, functions) => {
    const lines = assembly(functions);
    expect(addressFromBase(lines, ['start'])).toEqual(lines);
  });
  test('in the way of assembly that restores the register before it leaves', () => {
    expect(based({ start, f: storing, g: storing, h: '//APP; ldp x18, x19, [sp]; eret; //NO_APP' })['f']).toBe('str w0, [x18, #8]; ret');
  });
});
