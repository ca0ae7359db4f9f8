/** How clang and lld are called for each target. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Target } from '../target.ts';
import { chooseArgumentRegisters } from './argument-registers.ts';
import { linkedRoutines, readRoutines } from './assembly.ts';
import { testBits } from './boolean-bits.ts';
import { readSections, readSymbols } from './elf.ts';
import { fillGaps, hasGaps } from './fill-gaps.ts';
import { reorder } from './fall-through.ts';
import { addressFromBase } from './global-base.ts';
import { mergeTails } from './merge-tails.ts';
import { dropSaves } from './never-returns.ts';
import { outlinerBorrows } from './outlined.ts';
import { branchInstead } from './short-branches.ts';
import { shorten } from './shorten.ts';
import { BuildError, requireTool, runTool, type ToolOutput } from './tools.ts';

export interface BuildInput {
  readonly target: Target;
  readonly cFile: string;
  readonly outDir: string;
  readonly name: string;
  /** Symbols that the linker must keep: what the entry module exports. */
  readonly roots: readonly string[];
  readonly linkerScript: string | undefined;
  readonly sanitize: boolean;
  readonly extraSources: readonly string[];
}
export interface BuildOutput {
  readonly elfFile: string;
  readonly imageFile: string;
  /** clang's frame size a function, for the stack bound. */
  readonly stackUsageFile: string | undefined;
}

/** Assembly text that the assembler refuses, by line of TypeScript. */
export class AssemblyError extends Error {
  readonly refused: readonly { readonly file: string; readonly line: number; readonly message: string }[];
  constructor(refused: AssemblyError['refused']) {
    super('the assembler refuses a text');
    this.refused = refused;
  }
}

/** Without undefined behaviour of its own, the C still takes pointers from numbers and reads address 0. */
const language = ['-std=c11', '-fno-strict-aliasing', '-fno-delete-null-pointer-checks', '-fno-finite-loops', '-fno-common', '-w'];

const aarch64Target = '--target=aarch64-none-elf';
const architecture = '-march=armv8-a';
const dwarf = '-gdwarf-4';
/** Alignment is strict because memory is Device before the MMU is on; no outlined atomics because nothing provides them. */
const aarch64 = [
  aarch64Target, '-Oz', '-g', dwarf, '-fno-eliminate-unused-debug-types', '-ffreestanding', '-fno-builtin', '-mgeneral-regs-only', '-mstrict-align', '-mno-outline-atomics',
  '-fno-stack-protector', '-ffunction-sections', '-fdata-sections', '-fomit-frame-pointer', '-fno-unwind-tables',
  '-fno-asynchronous-unwind-tables', '-fstack-usage', '-fno-pic', '-fno-jump-tables', '-ffixed-x18', architecture,
];
/** Passes that make code faster on some processor and larger on all, and thresholds that suit programs of this size. */
const smaller = [
  '-enable-misched=false', '-enable-post-misched=false', '-disable-machine-licm', '-disable-lsr', '-aggressive-machine-cse', '-consthoist-gep', '-consthoist-min-num-to-rebase=2',
  '-tail-merge-size=2', '-disable-early-ifcvt', '-disable-block-placement',
];
/**
 * clang sees every caller of every function: a register that a function leaves alone keeps its value across a call, and
 * few functions need to save any.
 */
const wholeProgram = ['-enable-ipra'];
/** Below LLVM's own for size: calls are cheap where registers keep their values. */
const inlining = ['-mllvm', '-inline-threshold=-8'];
/** What the whole program tells of a function's parameters, results and memory. */
const interprocedural = ['-mllvm', '-attributor-enable=all'];
const passes = [...[...smaller, ...wholeProgram].flatMap((one) => ['-mllvm', one]), ...inlining];
const outliner = (use: boolean): readonly string[] => ['-mllvm', `-enable-machine-outliner=${use ? 'always' : 'never'}`];
const wasm32 = ['--target=wasm32', '-O1', '-g0', '-ffreestanding', '-fno-builtin', '-nostdlib', '-ffunction-sections', '-fdata-sections'];

export function build(input: BuildInput): Promise<BuildOutput> {
  if (input.target === 'aarch64') return buildAarch64(input);
  return input.target === 'wasm32' ? buildWasm32(input) : buildNative(input);
}

const output = ({ outDir, name }: BuildInput, ending: string): string => path.join(outDir, name + ending);

async function buildAarch64(input: BuildInput): Promise<BuildOutput> {
  const elfFile = output(input, '.elf');
  const imageFile = output(input, '.img');
  const linked = await linkSafely(input, 'tiny', elfFile);
  const outOfReach = linked.status !== 0 && /out of range/.test(linked.stderr);
  const final = outOfReach ? await linkSafely(input, 'small', elfFile) : linked;
  if (final.status !== 0) throw new BuildError(`ld.lld failed:\n${final.stderr.trim()}`);
  await requireTool('llvm-objcopy', ['-O', 'binary', elfFile, imageFile]);
  return { elfFile, imageFile, stackUsageFile: output(input, '.su') };
}

/** The linker script of a program that always runs with its MMU on, and maps nothing at address 0, says so: references need no check. */
const nullFaults = /^\s*__null_faults\s*=/m;

/** With the outliner, and again without where what it did is not safe. */
async function linkSafely(input: BuildInput, codeModel: 'tiny' | 'small', elfFile: string): Promise<ToolOutput> {
  const linked = await linkAarch64(input, codeModel, outliner(true), elfFile);
  if (linked.status !== 0) return linked;
  const elf = readFileSync(elfFile);
  return outlinerBorrows(elf, readSymbols(elf)) ? linkAarch64(input, codeModel, outliner(false), elfFile) : linked;
}

/** The tiny code model reaches 1 MiB with one instruction instead of two; a larger program links in the small one. */
async function linkAarch64(input: BuildInput, codeModel: 'tiny' | 'small', backEnd: readonly string[], elfFile: string): Promise<ToolOutput> {
  const objectFile = output(input, '.o');
  const { linkerScript } = input;
  const text = linkerScript === undefined ? '' : readFileSync(linkerScript, 'utf8');
  const defined = nullFaults.test(text) ? ['-DNULL_FAULTS'] : [];
  const rewrite = (assembly: string): string => (codeModel === 'tiny' ? shareCode(assembly, input.roots) : assembly);
  await compileAarch64(input, [...language, ...aarch64, `-mcmodel=${codeModel}`, ...defined], [...passes, ...backEnd], rewrite, objectFile);
  const linked = await runLinker(input, objectFile, linkerScript, elfFile);
  if (linked.status !== 0 || !hasGaps(text)) return linked;
  const filledScript = output(input, '.ld');
  writeFileSync(filledScript, fillGaps(text, readSymbols(readFileSync(elfFile)), readSections(readFileSync(objectFile))));
  return runLinker(input, objectFile, filledScript, elfFile);
}

function runLinker(input: BuildInput, objectFile: string, linkerScript: string | undefined, elfFile: string): Promise<ToolOutput> {
  const script = linkerScript === undefined ? [] : ['-T', linkerScript];
  const keep = input.roots.map((one) => `--undefined=${one}`);
  return runTool('ld.lld', ['--gc-sections', '-z', 'norelro', '--build-id=none', ...keep, ...script, objectFile, '-o', elfFile]);
}

/**
 * Shorter instructions; code that functions end in alike, once; then each function before the one that it goes on to. Branches to bits reach
 * 32 KiB, others 1 MiB.
 */
function shareCode(assembly: string, roots: readonly string[]): string {
  const lines = addressFromBase(shorten(dropSaves(assembly.split('\n')), roots), roots);
  const merged = mergeTails(lines, linkedRoutines(readRoutines(lines), roots));
  return branchInstead(reorder(merged, readRoutines(merged))).join('\n');
}

/**
 * Optimises three times: what one round inlined, removed or took apart lets the next find more, above all that a check of the
 * language's cannot fail. Then each parameter gets its register, and clang only makes code. Later rounds have no source to name in a
 * complaint about assembly, so a failure is asked for again in one round.
 */
async function compileAarch64(
  input: BuildInput, flags: readonly string[], backEnd: readonly string[], rewrite: (assembly: string) => string, objectFile: string,
): Promise<void> {
  const [bitcodeFile, textFile, assemblyFile] = [output(input, '.bc'), output(input, '.ll'), output(input, '.s')];
  const optimise = [...flags, ...inlining, ...interprocedural, '-emit-llvm'];
  await runClang([...optimise, '-c', input.cFile, '-o', bitcodeFile]);
  const steps: readonly { readonly args: readonly string[]; readonly made: string; readonly change?: (text: string) => string }[] = [
    { args: [...optimise, '-c', '-x', 'ir', bitcodeFile], made: bitcodeFile },
    { args: [...optimise, '-S', '-x', 'ir', bitcodeFile], made: textFile, change: (text) => chooseArgumentRegisters(testBits(text)) },
    { args: [...flags, ...backEnd, '-S', '-Xclang', '-disable-llvm-passes', '-x', 'ir', textFile], made: assemblyFile, change: rewrite },
    { args: [aarch64Target, architecture, dwarf, '-c', '-x', 'assembler', assemblyFile], made: objectFile },
  ];
  for (const { args, made, change } of steps) {
    const { status } = await runTool('clang', [...args, '-o', made]);
    if (status !== 0) return runClang([...flags, ...backEnd, '-c', input.cFile, '-o', objectFile]);
    if (change !== undefined) writeFileSync(made, change(readFileSync(made, 'utf8')));
  }
}

/** What clang can object to is the program's assembly, and it says so at the line of TypeScript. */
async function runClang(args: readonly string[]): Promise<void> {
  const { status, stderr } = await runTool('clang', args);
  if (status === 0) return;
  const complaints = [...stderr.matchAll(/^(.+\.ts):(\d+):\d+: error: (.+)$/gm)];
  const refused = complaints.map(([, file = '', line = '1', message = '']) => ({ file, line: Number(line), message }));
  if (refused.length > 0) throw new AssemblyError(refused);
  throw new BuildError(`clang failed:\n${stderr.trim()}`);
}

async function buildWasm32(input: BuildInput): Promise<BuildOutput> {
  const imageFile = output(input, '.wasm');
  const link = ['--no-entry', '--allow-undefined', '--gc-sections', '--export-memory'].map((one) => `-Wl,${one}`);
  await requireTool('clang', [...language, ...wasm32, ...link, input.cFile, '-o', imageFile]);
  return { elfFile: imageFile, imageFile, stackUsageFile: undefined };
}

/** With a driver among the extra sources, an executable; without, a shared object. */
async function buildNative(input: BuildInput): Promise<BuildOutput> {
  const shared = input.extraSources.length === 0;
  const imageFile = output(input, shared ? '.so' : '');
  const sanitizers = input.sanitize ? ['-fsanitize=undefined,address', '-fno-sanitize-recover=all', '-fno-sanitize=function'] : [];
  const shape = shared ? ['-shared', '-fPIC'] : [];
  const native = ['-O1', '-g', '-fno-omit-frame-pointer'];
  await requireTool('clang', [...language, ...native, ...sanitizers, ...shape, input.cFile, ...input.extraSources, '-o', imageFile]);
  return { elfFile: imageFile, imageFile, stackUsageFile: undefined };
}
