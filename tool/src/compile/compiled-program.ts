/**
 * Compiling a program of ours, unless that was done before.
 *
 * A build is kept in a folder named by the digest of everything it depends on, and appears there by one rename:
 * whatever has that name is complete, also when two commands build at once or one is interrupted. Within a process, who wants a
 * program that is being built waits for that build.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CompileResult } from '@thimble/compiler';
import { keepNewest } from '../files/keep-newest.ts';
import { removeLeftBehind } from '../files/left-behind.ts';
import { buildFolder } from '../project.ts';
import { refusing, Refusal } from '../refusal.ts';
import { compilerSources, sourceClosure } from './source-closure.ts';

export interface ProgramSource {
  /** Names the build; a-z, 0-9 and -. */
  readonly name: string;
  readonly entry: string;
  readonly linkerScript: string;
}

/** What a build says of itself. */
export interface CompiledProgram {
  readonly elfFile: string;
  readonly imageFile: string;
  readonly flatBytes: number;
  readonly stackBytesMax: number;
  readonly modules: CompileResult['modules'];
}

const RECORD = 'build.json';
const OLD_BUILDS_KEPT = 3;

function digestOf(source: ProgramSource): string {
  const hash = createHash('sha256');
  const files = [source.linkerScript, ...sourceClosure(source.entry), ...compilerSources()];
  for (const file of new Set(files)) hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 16);
}

async function readRecord(folder: string): Promise<CompiledProgram | null> {
  const file = join(folder, RECORD);
  if (!existsSync(file)) return null;
  const record = JSON.parse(await readFile(file, 'utf8')) as CompiledProgram;
  return { ...record, elfFile: join(folder, record.elfFile), imageFile: join(folder, record.imageFile) };
}

async function compileInto(folder: string, source: ProgramSource): Promise<CompiledProgram> {
  const { BuildError, compile, formatDiagnostic } = await import('@thimble/compiler');
  const { entry, name, linkerScript } = source;
  const result = await compile({ entry, outDir: folder, name, target: 'aarch64', linkerScript }).catch((error: unknown) => {
    throw error instanceof BuildError ? new Refusal(`${entry}: ${error.message}`, { cause: error }) : error;
  });
  if (!result.ok) {
    const colours = process.stderr.isTTY;
    throw new Refusal(result.diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, colours)).join('\n'));
  }
  const { elfFile, imageFile, flatBytes, stackBytesMax, modules } = result;
  if (elfFile === undefined || imageFile === undefined) throw new Error(`the compiler made no image of ${source.entry}`);
  return { elfFile, imageFile, flatBytes, stackBytesMax, modules };
}

function checkSource({ entry, linkerScript }: ProgramSource): void {
  for (const file of [entry, linkerScript]) {
    if (!existsSync(file) || !statSync(file).isFile()) throw new Refusal(`${file}: no such file`);
  }
}

async function build(source: ProgramSource, folder: string): Promise<void> {
  const draft = `${folder}.${String(process.pid)}`;
  try {
    await mkdir(draft, { recursive: true });
    const made = await compileInto(draft, source);
    const record: CompiledProgram = { ...made, elfFile: basename(made.elfFile), imageFile: basename(made.imageFile) };
    await writeFile(join(draft, RECORD), JSON.stringify(record));
    await rename(draft, folder).catch((error: unknown) => {
      if (!existsSync(join(folder, RECORD))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** By their folders. */
const buildsUnderWay = new Map<string, Promise<void>>();

async function buildAlone(source: ProgramSource, programs: string, folder: string): Promise<void> {
  await removeLeftBehind(programs, /^.+-[0-9a-f]{16}\.(\d+)$/);
  await refusing(`building ${source.name} in ${programs}`, () => build(source, folder));
  await keepNewest(programs, new RegExp(`^${source.name}-[0-9a-f]{16}$`), OLD_BUILDS_KEPT);
}

/** The program of `source`, compiled now or before; `progress` hears of a build that has to be made. */
export async function compiledProgram(source: ProgramSource, progress: (line: string) => void): Promise<CompiledProgram> {
  checkSource(source);
  const programs = join(buildFolder, 'programs');
  const folder = join(programs, `${source.name}-${digestOf(source)}`);
  const known = await readRecord(folder);
  if (known) return known;
  let underWay = buildsUnderWay.get(folder);
  if (!underWay) {
    progress(`compiling ${source.name}`);
    underWay = buildAlone(source, programs, folder).finally(() => buildsUnderWay.delete(folder));
    buildsUnderWay.set(folder, underWay);
  }
  await underWay;
  const made = await readRecord(folder);
  if (!made) throw new Error(`the build of ${source.name} vanished`);
  return made;
}
