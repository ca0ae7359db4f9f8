/**
 * Builds for the host, kept by content: a program whose sources, compiler and library are the same as at an
 * earlier build is not built again. What is kept lies in the workspace's `build/` folder and may be deleted
 * at any time.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const compilerDirectory = fileURLToPath(new URL('../../', import.meta.url));
const cacheDirectory = path.join(compilerDirectory, '../build/host-run');
export const libraryFile = path.join(compilerDirectory, 'lib/thimble.d.ts');

/** The file that an import names: relative, or in a workspace package. */
function resolveImport(specifier: string, importer: string): string {
  return specifier.startsWith('.') ? path.resolve(path.dirname(importer), specifier) : createRequire(importer).resolve(specifier);
}

/** The entry and all that it imports, directly or not. A file that is missing is left to the compiler to report. */
export function sourcesOf(entry: string): string[] {
  const found = new Set<string>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file) || !existsSync(file)) continue;
    found.add(file);
    const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
    for (const { fileName } of importedFiles) waiting.push(resolveImport(fileName, file));
  }
  return [...found].sort();
}

/** The compiler's own sources decide the output as well; the parts that only use it do not. */
function compilerSources(): string[] {
  const outside = /^(host-run|differential|language-service)\/|\.test\.ts$/;
  const directory = path.join(compilerDirectory, 'src');
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !outside.test(file));
  return files.sort().map((file) => path.join(directory, file));
}

let compilerKey: string | undefined;

/** Names count relative to `directory`: the same program in another place is the same program. */
function hashOf(files: readonly string[], directory: string): string {
  const hash = createHash('sha256').update(ts.version);
  for (const file of files) hash.update(path.relative(directory, file)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

export function contentKey(entry: string, variant: string): string {
  compilerKey ??= hashOf([...compilerSources(), libraryFile], compilerDirectory);
  const programKey = hashOf(sourcesOf(entry), path.dirname(entry));
  return createHash('sha256').update(compilerKey).update(path.basename(entry)).update(programKey).update(variant).digest('hex').slice(0, 32);
}

/**
 * The folder with the build for `key`. `build` fills a folder of its own, which then takes its final name in
 * one step, so that test workers that build the same program at the same time do no harm.
 */
export async function cached(key: string, build: (directory: string) => Promise<void>): Promise<string> {
  const directory = path.join(cacheDirectory, key);
  if (existsSync(directory)) return directory;
  mkdirSync(cacheDirectory, { recursive: true });
  const temporary = mkdtempSync(path.join(cacheDirectory, 'building-'));
  try {
    await build(temporary);
    renameSync(temporary, directory);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(directory)) throw error;
  }
  return directory;
}
