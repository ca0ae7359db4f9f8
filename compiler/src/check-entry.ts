/** The front end alone: what an editor asks, and the first half of a build. */
import type ts from 'typescript';
import type { Diagnostic } from './diagnostic.ts';
import { catalogue } from './diagnostics.ts';
import { checkProgram } from './check/check-program.ts';
import type { Context } from './check/context.ts';
import { loadProgram } from './frontend/program.ts';
import { Reporter } from './reporter.ts';

export interface Checked {
  /** What the compiler's own rules make of the program; undefined where they refuse it. tsc may still. */
  readonly context: Context | undefined;
  /** Everything that is wrong, tsc's findings included. */
  readonly diagnostics: () => readonly Diagnostic[];
}

export function checkEntry(entryPath: string, pointerBytes: number, host?: ts.CompilerHost): Checked {
  const { entry, diagnosticsOfTypeScript, ...loaded } = loadProgram(entryPath, host);
  if (entry === undefined) {
    const { message, remedy } = catalogue.TH1002;
    const missing = { code: 'TH1002', message: message.replace('{0}', entryPath), remedy, file: '', line: 1, column: 1, length: 1 };
    return { context: undefined, diagnostics: () => [missing] };
  }
  const reporter = new Reporter();
  try {
    const context = checkProgram({ ...loaded, entry }, reporter, pointerBytes);
    const refused = reporter.diagnostics.length > 0;
    return { context: refused ? undefined : context, diagnostics: () => merge(diagnosticsOfTypeScript(), reporter.diagnostics) };
  } catch (problem) {
    // A program that tsc refuses may hold anything; one that it accepts must not come here.
    const found = merge(diagnosticsOfTypeScript(), reporter.diagnostics);
    if (found.length === 0) throw problem;
    return { context: undefined, diagnostics: () => found };
  }
}

/** What tsc says about types that do not fit each other; the language's own message about the line is the clearer one. */
const saidBetter: ReadonlySet<string> = new Set(
  'TS2322 TS2345 TS2365 TS2367 TS2375 TS2379 TS2412 TS2488 TS2495 TS2583 TS2711 TS2790'.split(' '),
);
/** tsc misses a global type of the standard library: whatever needed it is refused at its own place. */
const missingGlobal = 'TS2318';

/** One mistake, one message: where both complain about a line, the better informed of the two is heard. */
function merge(typescript: readonly Diagnostic[], own: readonly Diagnostic[]): Diagnostic[] {
  const line = (one: Diagnostic): string => `${one.file}:${one.line}`;
  const ownLines = new Set(own.map(line));
  const kept = typescript.filter((one) => !(saidBetter.has(one.code) && ownLines.has(line(one))));
  const keptLines = new Set(kept.map(line));
  const found = [...kept, ...own.filter((one) => !keptLines.has(line(one)))];
  found.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);
  const placed = found.filter((one) => one.code !== missingGlobal);
  return placed.length > 0 ? placed : found;
}
