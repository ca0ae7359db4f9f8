/** Which registers clang must not keep a value in across a call of assembly. */
import { expect, test } from 'vitest';
import { changedRegisters } from './naked-function.ts';

const every = Array.from({ length: 31 }, (_, index) => index);
const ofACall = [...every.slice(0, 19), 30];

test('what the text mentions, by either width, but for an address that stays', () => {
  expect(changedRegisters('ldp x4, x5, [x1]\n str w7, [x0]\n ret')).toEqual([4, 5, 7]);
  expect(changedRegisters('1: wfe\n ldaxr W1, [X0]\n cbnz w1, 1b // x9 is not touched\n tbz x2, #3, 1f\n b.ne 1b\n b .\n 1: ret')).toEqual([1, 2]);
  expect(changedRegisters('ldr x3, [x4], #8\n str x3, [x5, #16]!\n str x3, [x6, x7]\n ret')).toEqual([3, 4, 5]);
  expect(changedRegisters('mov x20, lr\n ret')).toEqual([20, 30]);
});

test('a call changes what any function may change', () => {
  for (const text of ['bl main_first', 'hvc #0\nret', 'smc #0', 'blr x3', 'br x3', 'b main_first', 'b.eq entry_arrive', 'cbz x0, entry_arrive', 'tbnz x0, #3, entry_arrive'])
    expect(changedRegisters(text), text).toEqual(ofACall);
  expect(changedRegisters('mov x21, x0\nbl main_first')).toEqual([...every.slice(0, 19), 21, 30]);
});

test('what cannot be read may change all', () => {
  for (const text of ['eret', '.irp n, 0, 1\nmov x\\n, #0\n.endr', 'counter .req x3', '.inst 0xd503201f']) expect(changedRegisters(text), text).toEqual(every);
});
