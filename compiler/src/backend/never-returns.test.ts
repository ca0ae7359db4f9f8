/** What a function saves for a caller that never gets it back. */
import { expect, test } from 'vitest';
import { assembly, bodies } from './example-assembly.ts';
import { dropSaves } from './never-returns.ts';

const without = (f: string): string => bodies(dropSaves(assembly({ f })))['f']!;

test('is not saved', () => {
  expect(without('stp x29, x30, [sp, #-32]!; stp x20, x19, [sp, #16]; mov x19, x0; bl g; brk #0x1')).toBe('mov x19, x0; bl g; brk #0x1');
  expect(without('str x30, [sp, #-16]!; bl g; .LBB0_1:; wfi; b .LBB0_1')).toBe('bl g; .LBB0_1:; wfi; b .LBB0_1');
});
test.each([
  ['that returns', 'str x30, [sp, #-16]!; bl g; ldr x30, [sp], #16; ret'],
  ['that returns on one way', 'str x30, [sp, #-16]!; cbz x0, .LBB0_1; bl g; brk #0x1; .LBB0_1:; ret'],
  ['that goes on to another', 'str x19, [sp, #-16]!; mov x19, x0; b g'],
  ['that goes on to another if a register is 0', 'str x30, [sp, #-16]!; cbz x0, g; bl h; brk #0x1'],
  ['that has variables on the stack', 'str x30, [sp, #-32]!; str x0, [sp, #16]; bl g; brk #0x1'],
  ['that gives their address away', 'str x30, [sp, #-32]!; add x0, sp, #16; bl g; brk #0x1'],
  ['whose own assembly uses the stack', '//APP; str x30, [sp, #-16]!; //NO_APP; bl g; brk #0x1'],
])('of a function %s stays', (_, code) => {
  expect(without(code)).toBe(bodies(assembly({ f: code }))['f']);
});
