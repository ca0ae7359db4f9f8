/** A byte of which clang is told nothing is tested by its bit 0; what else is known stays known. */
import { expect, test } from 'vitest';
import { testBits } from './boolean-bits.ts';

test('what is said of a byte goes, and of a word stays', () => {
  const load = (width: string, range: string): string => `  %1 = load ${width}, ptr %0, align 1, !dbg !3${range}, !noundef !5`;
  const text = [load('i8', ', !range !4'), load('i32', ', !range !4'), '  %2 = trunc nuw i8 %1 to i1, !dbg !3'].join('\n');
  expect(testBits(text)).toBe([load('i8', ''), load('i32', ', !range !4'), '  %2 = trunc i8 %1 to i1, !dbg !3'].join('\n'));
});
