/** A diagnostic as a person reads it: place, message, the source line with a caret, and the remedy. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Diagnostic } from './diagnostic.ts';

const paint = (code: number, text: string, color: boolean): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);

function sourceLine(file: string, line: number): string | undefined {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/)[line - 1];
  } catch {
    return undefined;
  }
}

export function formatDiagnostic(diagnostic: Diagnostic, color: boolean): string {
  const { file, line, column, length, code, message, remedy } = diagnostic;
  const shown = path.relative(process.cwd(), file);
  const place = file === '' ? '' : `${shown.startsWith('..') ? file : shown}:${line}:${column}: `;
  const output = [`${paint(1, place, color)}${paint(31, 'error', color)} ${code}: ${message}`];
  const source = file === '' ? undefined : sourceLine(file, line);
  if (source !== undefined) {
    const number = String(line);
    const pad = source.slice(0, column - 1).replace(/[^\t]/g, ' ');
    const carets = '^'.repeat(Math.max(1, Math.min(length, source.length - column + 1)));
    output.push(`  ${number} | ${source}`, `  ${' '.repeat(number.length)} | ${pad}${paint(31, carets, color)}`);
  }
  if (remedy !== '') output.push(`  ${paint(36, 'instead:', color)} ${remedy}`);
  return output.join('\n');
}
