/**
 * A diagnostic of the compiler in the form that TypeScript's server sends to editors.
 */
import type ts from 'typescript';
import type { Diagnostic } from '../diagnostic.ts';

/** The server's codes are numbers; the text begins with the full code, which documents and searches use. */
export function toEditor(
  { code, message, remedy, line, column, length }: Diagnostic, file: ts.SourceFile, category: ts.DiagnosticCategory,
): ts.Diagnostic {
  const start = file.getPositionOfLineAndCharacter(line - 1, column - 1);
  return {
    file, start, length, category, source: 'thimble', code: Number(code.slice(2)),
    messageText: remedy === '' ? `${code}: ${message}` : `${code}: ${message}\n${remedy}`,
  };
}
