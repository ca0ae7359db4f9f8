/** The front end alone: what an editor asks, and the first half of a build. */
import type { Diagnostic } from './diagnostic.ts';
import { catalogue } from './diagnostics.ts';
import { checkProgram } from './check/check-program.ts';
import type { Context } from './check/context.ts';
import { loadProgram } from './frontend/program.ts';
import { Reporter } from './reporter.ts';

export interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  /** Present when there are no diagnostics. */
  readonly context: Context | undefined;
}

export function checkEntry(entryPath: string, pointerBytes: number): Checked {
  const loaded = loadProgram(entryPath);
  const { entry } = loaded;
  if (entry === undefined) {
    const { message, remedy } = catalogue.TH1002;
    return { context: undefined, diagnostics: [{ code: 'TH1002', message: message.replace('{0}', entryPath), remedy, file: '', line: 1, column: 1, length: 1 }] };
  }
  const reporter = new Reporter();
  const context = checkUnlessBroken({ ...loaded, entry }, reporter, pointerBytes);
  const fromTypeScript = new Set(loaded.diagnostics.map((one) => `${one.file}:${one.line}`));
  const own = reporter.diagnostics.filter((one) => !fromTypeScript.has(`${one.file}:${one.line}`));
  const diagnostics = [...loaded.diagnostics, ...own].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);
  return { diagnostics, context: diagnostics.length === 0 ? context : undefined };
}

/** A program that tsc refuses may hold anything; what its own rules say is then a bonus. */
function checkUnlessBroken(loaded: Parameters<typeof checkProgram>[0], reporter: Reporter, pointerBytes: number): Context | undefined {
  try {
    return checkProgram(loaded, reporter, pointerBytes);
  } catch (problem) {
    if (loaded.diagnostics.length === 0) throw problem;
    return undefined;
  }
}
