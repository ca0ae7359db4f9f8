/**
 * Loads a program: everything that the entry module imports, parsed and type-checked by tsc with the language
 * library in place of its own. tsc's complaints come back in the compiler's format, under tsc's own codes.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { Diagnostic } from '../diagnostic.ts';

export const libraryFile = fileURLToPath(new URL('../../lib/thimble.d.ts', import.meta.url));

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.Preserve,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  allowImportingTsExtensions: true,
  noEmit: true,
  noLib: true,
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  isolatedModules: true,
};

export interface LoadedProgram {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  readonly entry: ts.SourceFile | undefined;
  /** The modules of the program, the entry first. */
  readonly modules: readonly ts.SourceFile[];
  /** tsc's own; the slowest part of a build, so that a build does it while clang works. */
  readonly diagnosticsOfTypeScript: () => readonly Diagnostic[];
}

export function loadProgram(entryPath: string, host?: ts.CompilerHost): LoadedProgram {
  const entryFile = path.resolve(entryPath);
  const program = ts.createProgram({ rootNames: [libraryFile, entryFile], options, ...(host === undefined ? {} : { host }) });
  const entry = program.getSourceFile(entryFile);
  const modules = program.getSourceFiles().filter((file) => file !== entry && !file.isDeclarationFile);
  return {
    program,
    checker: program.getTypeChecker(),
    entry,
    modules: entry ? [entry, ...modules] : [],
    diagnosticsOfTypeScript: () => allDiagnostics(program).map(fromTypeScript),
  };
}

const allDiagnostics = (program: ts.Program): ts.Diagnostic[] => [
  ...program.getOptionsDiagnostics(),
  ...program.getSyntacticDiagnostics(),
  ...program.getGlobalDiagnostics(),
  ...program.getSemanticDiagnostics(),
];

function fromTypeScript(diagnostic: ts.Diagnostic): Diagnostic {
  const { file, start = 0, length = 1 } = diagnostic;
  const at = file?.getLineAndCharacterOfPosition(start);
  return {
    code: `TS${diagnostic.code}`,
    message: ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
    remedy: '',
    file: file?.fileName ?? '',
    line: (at?.line ?? 0) + 1,
    column: (at?.character ?? 0) + 1,
    length,
  };
}
