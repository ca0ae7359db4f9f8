/** Collects the diagnostics of one compilation, each once for a place. */
import type * as ts from 'typescript';
import type { Diagnostic } from './diagnostic.ts';
import { catalogue, type DiagnosticCode } from './diagnostics.ts';

const fill = (template: string, values: readonly string[]): string =>
  template.replace(/\{(\d)\}/g, (_, index: string) => values[Number(index)] ?? '');

export class Reporter {
  readonly diagnostics: Diagnostic[] = [];
  readonly #seen = new Set<string>();

  report(node: ts.Node, code: DiagnosticCode, ...values: readonly string[]): void {
    const file = node.getSourceFile();
    const start = node.getStart(file);
    const key = `${code}:${file.fileName}:${start}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const { line, character } = file.getLineAndCharacterOfPosition(start);
    const entry = catalogue[code];
    this.diagnostics.push({
      code,
      message: fill(entry.message, values),
      remedy: fill(entry.remedy, values),
      file: file.fileName,
      line: line + 1,
      column: character + 1,
      length: Math.max(1, node.getEnd() - start),
    });
  }
}
