/**
 * What it takes to run compiled cases: one program with all cases in it, built once, called many times.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compile, type CompileOptions, type CompileResult, type Diagnostic } from '../index.ts';
import { formatDiagnostic } from '../format-diagnostic.ts';
import type { Trial } from './case-arbitrary.ts';
import { programText } from './print-case.ts';

/** What one execution of compiled code showed; values are the low 64 bits. */
export type Observed =
  | { readonly kind: 'values'; readonly trace: readonly number[]; readonly values: readonly bigint[] }
  | { readonly kind: 'trap'; readonly trace: readonly number[] }
  /** The C compiler's own checker found undefined behaviour: always a defect of ours. */
  | { readonly kind: 'undefined behaviour'; readonly report: string };

export interface Executor {
  readonly name: string;
  /** For each trial, what each of its inputs led to. */
  readonly run: (trials: readonly Trial[]) => Promise<Observed[][]>;
}

/** The compiler refused a generated program: the generator and the language disagree. */
export class RefusedProgram extends Error {
  /** Positions of the cases that were complained about. */
  readonly refused: ReadonlySet<number>;

  constructor(diagnostics: readonly Diagnostic[], firstLines: readonly number[]) {
    super(`the compiler refuses a generated program:\n${diagnostics.slice(0, 5).map((diagnostic) => formatDiagnostic(diagnostic, false)).join('\n')}`);
    this.refused = new Set(diagnostics.map(({ line }) => firstLines.filter((first) => first <= line).length - 1).filter((at) => at >= 0));
  }
}

interface Target extends Pick<CompileOptions, 'target' | 'sanitize'> {
  /** C source with a `main` of its own. */
  readonly driver?: string;
}

/** Compiles the trials as one program, hands the result to `use`, and leaves no files behind. */
export async function withCompiled<T>(trials: readonly Trial[], { driver, ...target }: Target, use: (result: CompileResult) => T | Promise<T>): Promise<T> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'thimble-differential-'));
  try {
    const { text, firstLines } = programText(trials.map((trial) => trial.program));
    const entry = path.join(directory, 'cases.ts');
    writeFileSync(entry, text);
    const driverFile = path.join(directory, 'driver.c');
    if (driver !== undefined) writeFileSync(driverFile, driver);
    const extraSources = driver === undefined ? [] : [driverFile];
    const result = await compile({ entry, outDir: directory, name: 'cases', extraSources, ...target });
    if (!result.ok) throw new RefusedProgram(result.diagnostics, firstLines);
    return await use(result);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

