/** The project's own files: everything but what is installed, built, or git's. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../project.ts';

const FOREIGN = new Set(['node_modules', 'build', '.git']);

export interface TextFile {
  /** Relative to the project's root. */
  readonly path: string;
  readonly text: string;
}

export function ownFiles(folder = ''): readonly string[] {
  return readdirSync(join(projectRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (FOREIGN.has(entry.name)) return [];
    if (entry.isDirectory()) return ownFiles(path);
    return entry.isFile() ? [path] : [];
  });
}

export function textFiles(...endings: readonly string[]): readonly TextFile[] {
  return ownFiles()
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => ({ path, text: readFileSync(join(projectRoot, path), 'utf8') }));
}

/** The lines that `pattern` (without flags) matches, as `path:line: text`. */
export function matches(files: readonly TextFile[], pattern: RegExp): readonly string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${String(index + 1)}: ${line.trim()}`] : [])),
  );
}
