/**
 * The files that a program is made of: its entry and everything that its imports lead to.
 *
 * Found by the text of the imports, without parsing: naming a file too many only costs a needless build, and this
 * runs on every start.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';

const IMPORT = /\b(?:from|import)\s*\(?\s*(['"])([^'"\n]+)\1/g;

function resolved(specifier: string, importer: string): string | null {
  try {
    const file = specifier.startsWith('.')
      ? resolve(dirname(importer), specifier)
      : createRequire(importer).resolve(specifier);
    return existsSync(file) ? realpathSync(file) : null;
  } catch {
    return null;
  }
}

/** Every source file of the program that starts at `entry`, in the order of their names. */
export function sourceClosure(entry: string): string[] {
  const found = new Set<string>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const [, , specifier = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const target = resolved(specifier, file);
      if (target?.endsWith('.ts')) waiting.push(target);
    }
  }
  return [...found].sort();
}

/** The compiler's own files: a change in any of them changes what it makes. */
export function compilerSources(): string[] {
  const index = createRequire(import.meta.url).resolve('@thimble/compiler');
  const library = resolve(dirname(index), '../lib/thimble.d.ts');
  return [...sourceClosure(index), library];
}
