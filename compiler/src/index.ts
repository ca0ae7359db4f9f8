/** The Thimble compiler: TypeScript for bare metal to C, ELF and flat images. LANGUAGE.md states the language. */
import type ts from 'typescript';
import type { Diagnostic } from './diagnostic.ts';
import { checkEntry } from './check-entry.ts';

export type { Diagnostic } from './diagnostic.ts';
export type { Target } from './target.ts';
export { compile, type CompileOptions, type CompileResult } from './compile.ts';
export { formatDiagnostic } from './format-diagnostic.ts';
export { type ElfSymbol, readSymbols } from './backend/elf.ts';
export { BuildError } from './backend/tools.ts';

/** What is wrong with the program whose main module is `entry`; no code is made. Sources come from `host`, or from disk. */
export function check(entry: string, host?: ts.CompilerHost): readonly Diagnostic[] {
  return checkEntry(entry, 8, host).diagnostics();
}
