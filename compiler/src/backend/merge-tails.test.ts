/** What functions end in alike stands once, what only looks alike stays, and functions stand before those that they go on to. */
import { describe, expect, test } from 'vitest';
import { readRoutines } from './assembly.ts';
import { assembly, bodies } from './example-assembly.ts';
import { reorder } from './fall-through.ts';
import { mergeTails } from './merge-tails.ts';

const merged = (lines: readonly string[]): string[] => mergeTails(lines, readRoutines(lines));

describe('what functions end in alike', () => {
  test('stands once, and the others jump to it', () => {
    const lines = assembly({ a: 'mov x0, x1; ldr x30, [sp], #16; ret', b: 'mov x0, x2; ldr x30, [sp], #16; ret' });
    expect(bodies(merged(lines))).toEqual({ a: 'mov x0, x1; .Ltail0:; ldr x30, [sp], #16; ret', b: 'mov x0, x2; b .Ltail0' });
  });
  test('is not worth a jump if it is a single instruction', () => {
    const lines = assembly({ a: 'mov x0, x1; ret', b: 'mov x0, x2; ret' });
    expect(merged(lines)).toEqual(lines);
  });
  test('goes if only branches lead there, which then lead to the other', () => {
    const lines = assembly({ a: 'cbz x0, .LBB0_1; b far; .LBB0_1:; ret', b: 'cbz x1, .LBB1_1; b near; .LBB1_1:; ret' });
    expect(bodies(merged(lines))).toEqual({ a: 'cbz x0, .LBB0_1; b far; .LBB0_1:; .Ltail0:; ret', b: 'cbz x1, .Ltail0; b near; .LBB1_1:' });
  });
  test('may branch, if it branches to the same', () => {
    const branching = (first: string, last: string, id: number): string => `${first}; cbz x0, .LBB${id}_1; str x0, [x1]; .LBB${id}_1:; ${last}; ret`;
    const same = merged(assembly({ a: branching('mov x0, x2', 'nop', 0), b: branching('mov x0, x3', 'nop', 1) }));
    expect(bodies(same)['b']).toMatch(/^mov x0, x3; b \.Ltail\d+; \.LBB1_1:$/);
    const other = assembly({ a: branching('mov x0, x2', 'nop', 0), b: branching('mov x0, x3', 'isb', 1) });
    expect(merged(other)).toEqual(other);
  });
  test('of two loops is never the same, as each goes back to itself', () => {
    const loop = (first: string, id: number): string => `${first}; .LBB${id}_1:; add x0, x0, #1; cbnz x0, .LBB${id}_1; b .LBB${id}_1`;
    const lines = assembly({ a: loop('mov x0, x2', 0), b: loop('mov x0, x3', 1) });
    expect(bodies(merged(lines))['b']).toContain('add x0, x0, #1');
  });
  test('stays in a hot function', () => {
    const hot = assembly({ a: 'mov x0, x1; ldr x30, [sp], #16; ret', b: 'mov x0, x2; ldr x30, [sp], #16; ret' }, (name) => `.text.hot.${name}`);
    expect(merged(hot)).toEqual(hot);
  });
  test('stays where it tells which source file an assertion failed in', () => {
    const failing = { a: 'b.hs .LBB0_1; ret; .LBB0_1:; brk #0x1', b: 'b.hs .LBB1_1; ret; .LBB1_1:; brk #0x1' };
    expect(bodies(merged(assembly(failing, undefined, (name) => (name === 'a' ? 1 : 2))))['b']).toContain('brk #0x1');
    expect(bodies(merged(assembly(failing)))['b']).not.toContain('brk #0x1');
  });
  test('stays where assembly of the program is in the way', () => {
    const written = (first: string): string => `${first}; //APP; add x1, x1, #1; //NO_APP; nop`;
    const lines = assembly({ a: written('mov x0, x2'), b: written('mov x0, x3') });
    expect(merged(lines)).toEqual(lines);
  });
});

describe('a function that ends in a jump to another', () => {
  const ordered = (lines: readonly string[]): string[] => reorder(lines, readRoutines(lines));
  test('stands before it, without the jump, in one section', () => {
    const lines = ordered(assembly({ a: 'nop; b c', b: 'isb; b a', c: 'ret', d: 'nop; b c' }));
    expect(bodies(lines)).toEqual({ b: 'isb', a: 'nop', c: 'ret', d: 'nop; b c' });
    expect(lines.filter((line) => line.includes('.section'))).toEqual(['\t.section\t.text.b,"ax",@progbits', '\t.section\t.text.d,"ax",@progbits']);
  });
  test('keeps it in a circle, once', () => {
    expect(bodies(ordered(assembly({ a: 'nop; b b', b: 'isb; b a' })))).toEqual({ a: 'nop', b: 'isb; b a' });
  });
  test('keeps it if the other begins at a multiple of more than an instruction', () => {
    const lines = assembly({ a: 'nop; b b', b: 'ret' }).map((line) => (line === '\t.type\tb,@function' ? `\t.p2align\t6\n${line}` : line)).join('\n').split('\n');
    expect(ordered(lines)).toEqual(lines);
  });
  test('keeps it if either has been given a place', () => {
    const lines = assembly({ a: 'nop; b b', b: 'ret' }, (name) => (name === 'b' ? '.text.entry' : `.text.${name}`));
    expect(ordered(lines)).toEqual(lines);
  });
});
