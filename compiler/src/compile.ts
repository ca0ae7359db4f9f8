/** A whole build: check, C, clang, link, and the tables of symbols and sizes. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AssemblyError, build, type BuildOutput } from './backend/clang.ts';
import { readSymbols } from './backend/elf.ts';
import { readLineTable } from './backend/line-table.ts';
import { BuildError } from './backend/tools.ts';
import { deepestStack, parseStackUsage } from './backend/stack-depth.ts';
import { moduleSizes, programSymbols, type ModuleSize, type ProgramSymbol } from './backend/sizes.ts';
import { checkEntry } from './check-entry.ts';
import type { Context } from './check/context.ts';
import type { Diagnostic } from './diagnostic.ts';
import { catalogue } from './diagnostics.ts';
import { emitProgram } from './emit/emit-program.ts';
import { pointerBytesOf, type Target } from './target.ts';

export interface CompileOptions {
  /** The main module: what it exports gets external linkage; everything else is static. */
  entry: string;
  outDir: string;
  name: string;
  target: Target;
  /** aarch64. */
  linkerScript?: string;
  /** native: with UBSan and ASan. */
  sanitize?: boolean;
  /** native: further C files linked in (test drivers). */
  extraSources?: readonly string[];
}

export interface CompileResult {
  ok: boolean;
  diagnostics: readonly Diagnostic[];
  cFile?: string;
  elfFile?: string;
  /** The flat image; for wasm32 the .wasm, for native the executable or shared object. */
  imageFile?: string;
  symbols: readonly ProgramSymbol[];
  modules: readonly ModuleSize[];
  flatBytes: number;
  /** The deepest call chain from any root, in bytes of stack. */
  stackBytesMax: number;
}

const nothing = { symbols: [], modules: [], flatBytes: 0, stackBytesMax: 0 };

/** clang works on the C while tsc, in this process, goes on checking types: the two take about as long. */
export async function compile(options: CompileOptions): Promise<CompileResult> {
  const { diagnostics, context } = checkEntry(options.entry, pointerBytesOf(options.target));
  if (context === undefined) return { ok: false, diagnostics: diagnostics(), ...nothing };
  const cFile = path.join(options.outDir, `${options.name}.c`);
  const building = emitAndBuild(context, cFile, options);
  const refused = diagnostics();
  const [outcome] = await Promise.allSettled([building]);
  if (refused.length > 0) {
    if (outcome.status === 'fulfilled' && !Array.isArray(outcome.value)) rmSync(outcome.value.imageFile, { force: true });
    return { ok: false, diagnostics: refused, ...nothing };
  }
  if (outcome.status === 'rejected') throw outcome.reason;
  const built = outcome.value;
  if (Array.isArray(built)) return { ok: false, diagnostics: built, ...nothing };
  const { elfFile, imageFile, stackUsageFile } = built;
  const flatBytes = statSync(imageFile).size;
  const found = options.target === 'aarch64' ? tables(context, elfFile, stackUsageFile) : nothing;
  return { ok: true, diagnostics: [], cFile, elfFile, imageFile, ...found, flatBytes };
}

/** No space, no permission, a file where the folder should be: said in words. */
function writeOutput(file: string, text: string): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (problem) {
    throw new BuildError(`${file} cannot be written: ${problem instanceof Error ? problem.message : String(problem)}`);
  }
}

async function emitAndBuild(context: Context, cFile: string, options: CompileOptions): Promise<BuildOutput | Diagnostic[]> {
  writeOutput(cFile, emitProgram(context, options.target));
  const { target, outDir, name, linkerScript, sanitize = false, extraSources = [] } = options;
  try {
    return await build({ target, cFile, outDir, name, roots: rootsOf(context), linkerScript, sanitize, extraSources });
  } catch (problem) {
    if (!(problem instanceof AssemblyError)) throw problem;
    const { message, remedy } = catalogue.TH1712;
    return problem.refused.map((one) => ({
      code: 'TH1712', message: message.replace('{0}', () => one.message), remedy, file: one.file, line: one.line, column: 1, length: 1,
    }));
  }
}

const rootsOf = (cx: Context): string[] => [...cx.functions, ...cx.variables].filter((one) => one.exported).map((one) => one.cName);

function tables(cx: Context, elfFile: string, stackUsageFile: string | undefined): Pick<CompileResult, 'symbols' | 'modules' | 'stackBytesMax'> {
  const elf = readFileSync(elfFile);
  const found = readSymbols(elf);
  const frames = parseStackUsage(stackUsageFile === undefined ? '' : readFileSync(stackUsageFile, 'utf8'));
  return { symbols: programSymbols(cx, found), modules: moduleSizes(cx, found, readLineTable(elf)), stackBytesMax: deepestStack(elf, found, frames) };
}
