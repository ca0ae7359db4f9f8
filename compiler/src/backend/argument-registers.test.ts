/** Parameters get the registers in which their values are, in functions whose every call is known; all else stays. */
import { describe, expect, test } from 'vitest';
import { chooseArgumentRegisters } from './argument-registers.ts';

const callee = (parameters: string, name = 'callee'): string[] => [`define internal fastcc void @${name}(${parameters}) unnamed_addr #1 {`, '  ret void', '}'];
const caller = (...body: string[]): string[] => ['define dso_local void @caller(i64 noundef %0, i64 noundef %1) #0 {', ...body, '  ret void', '}'];
const chosen = (lines: readonly string[]): string => chooseArgumentRegisters(lines.join('\n'));

describe('a parameter', () => {
  const outer = (...body: string[]): string[] => [
    'define internal fastcc void @outer(i64 noundef %0, i64 noundef %1) unnamed_addr #1 {', ...body, '  ret void', '}',
    ...caller('  tail call fastcc void @outer(i64 noundef 1, i64 noundef 2) #2'),
  ];
  test('comes in the register in which the caller got it', () => {
    const text = chosen([
      ...callee('i64 noundef %0', 'first'), ...callee('i64 noundef %0', 'second'),
      ...outer('  tail call fastcc void @first(i64 noundef %0) #2', '  tail call fastcc void @second(i64 noundef %1) #2'),
    ]);
    const places = ['outer', 'first', 'second'].map((name) => new RegExp(`^define [^@]*@${name}\\((.*)\\) unn`, 'm').exec(text)![1]!.split(', '));
    const registers = places.map((list) => [0, 1].map((one) => list.findIndex((item) => item.endsWith(`noundef %${one}`) || item.endsWith(`noundef %v${one}`))));
    expect(registers[1]![0]).toBe(registers[0]![0]);
    expect(registers[2]![0]).toBe(registers[0]![1]);
  });
  test('leaves its register to what the caller needs later', () => {
    const text = chosen([...callee('i64 noundef %0'), ...outer('  tail call fastcc void @callee(i64 noundef 7) #2', '  store i64 %0, ptr @global', '  store i64 %1, ptr @global')]);
    expect(text).toContain('call fastcc void @callee(i64 undef, i64 undef, i64 noundef 7) #2');
    expect(text).toContain('@callee(i64 %unused0, i64 %unused1, i64 noundef %v0) unnamed_addr #1 {\nv1:\n  ret void');
  });
  test('that changes its place gives every value of its function a name', () => {
    const text = chosen([
      'define internal fastcc void @middle(i64 noundef %0) unnamed_addr #1 {', '  br label %2', '', '2:                                                ; preds = %2, %1',
      '  %3 = phi i64 [ %0, %1 ], [ 0, %2 ]', '    #dbg_value(i64 %0, !1, !DIExpression(), !2)', '  call void asm sideeffect "// %0 is no value", ""() #2', '  br label %2', '}',
      'define internal fastcc void @outer(ptr noundef %0, i64 noundef %1) unnamed_addr #1 {', '  tail call fastcc void @middle(i64 noundef %1) #2', '  store i64 0, ptr %0', '  ret void', '}',
      ...caller('  tail call fastcc void @outer(ptr noundef @global, i64 noundef 1) #2'),
    ]);
    expect(text.split('\n').slice(0, 9)).toEqual([
      'define internal fastcc void @middle(i64 %unused0, i64 noundef %v0) unnamed_addr #1 {', 'v1:', '  br label %v2', '', 'v2:                                                ; preds = %v2, %v1',
      '  %v3 = phi i64 [ %v0, %v1 ], [ 0, %v2 ]', '    #dbg_value(i64 %v0, !1, !DIExpression(), !2)', '  call void asm sideeffect "// %0 is no value", ""() #2', '  br label %v2',
    ]);
  });
  test('comes in the first register if it is what a call returned', () => {
    const text = chosen([
      ...callee('i64 noundef %0, i64 noundef %1'), 'define internal fastcc i64 @value() unnamed_addr #1 {', '  ret i64 0', '}',
      ...caller('  %3 = tail call fastcc i64 @value() #2', '  tail call fastcc void @callee(i64 noundef 7, i64 noundef %3) #2'),
    ]);
    expect(text).toContain('call fastcc void @callee(i64 noundef %3, i64 noundef 7) #2');
  });
});

describe('what stays as it is', () => {
  test.each([
    ['a function that something else mentions', ['@used = global ptr @callee', ...callee('i64 noundef %0'), ...caller('  tail call fastcc void @callee(i64 noundef %1) #2')]],
    ['a parameter that is not one register', [...callee('[2 x i64] %0'), ...caller('  tail call fastcc void @callee([2 x i64] %1) #2')]],
    ['one whose place means something', [...callee('ptr inreg noundef %0'), ...caller('  tail call fastcc void @callee(ptr inreg noundef %1) #2')]],
    ['a program in which values are where they belong', [...callee('ptr noundef %0'), ...caller('  tail call fastcc void @callee(ptr noundef @global) #2')]],
  ])('%s', (_, lines) => {
    expect(chosen(lines)).toBe(lines.join('\n'));
  });
});
