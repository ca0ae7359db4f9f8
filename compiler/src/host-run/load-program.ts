/**
 * Runs a Thimble module inside Node: compiled by the real compiler, for wasm32.
 *
 * This is how the logic of the hypervisor is unit-tested: what runs is the compiler's output, with its integer
 * widths and its traps, not the TypeScript source under Node's number semantics.
 *
 *     const stage2 = await loadProgram(new URL('./stage2.ts', import.meta.url));
 *     expect(stage2.functions.blockSize(2)).toBe(0x20_0000n);
 *
 * Callable are the functions that the module itself exports. u8 to u32, i32 and enums are numbers, u64, i64 and
 * brands are bigints, booleans are booleans, and an object is its address in `memory`. Traps are thrown as `Trap`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from '../index.ts';
import { formatDiagnostic } from '../format-diagnostic.ts';
import { cached, contentKey, libraryFile } from './build-cache.ts';
import { hostFunction, prepare, start, type HostFunction, type Instance, type PreparedModule } from './instance.ts';
import { noDevices, type Hook, type Machine, type Mmio } from './machine.ts';
import type { ProgramMemory } from './program-memory.ts';
import { signaturesOf, type Signature } from './signature.ts';

export interface LoadOptions {
  /** Start values of system registers. */
  readonly registers?: Readonly<Record<string, bigint>>;
  readonly mmio?: Mmio;
  /** By name, what assembly and other external functions do; one without a hook does nothing and returns zero. */
  readonly hooks?: Readonly<Record<string, Hook>>;
}

export type Functions = Record<string, HostFunction>;

export class Program<F = Functions> {
  readonly machine: Machine;
  readonly #prepared: PreparedModule;
  readonly #signatures: readonly Signature[];
  readonly #prefix: string;
  #instance!: Instance;
  #functions!: F;

  constructor(prepared: PreparedModule, signatures: readonly Signature[], prefix: string, options: LoadOptions) {
    this.#prepared = prepared;
    this.#signatures = signatures;
    this.#prefix = prefix;
    this.machine = {
      registers: new Map(Object.entries(options.registers ?? {})), mmio: options.mmio ?? noDevices, hooks: { ...options.hooks },
    };
    this.restart();
  }

  /** System registers by name, as the program last wrote them. */
  get registers(): Map<string, bigint> {
    return this.machine.registers;
  }

  get functions(): F {
    return this.#functions;
  }

  get memory(): ProgramMemory {
    return this.#instance.memory;
  }

  /** Starts over with fresh variables. Registers stay: reset those that a test depends on. */
  restart(): void {
    const instance = start(this.#prepared, this.machine);
    this.#instance = instance;
    const entries = this.#signatures.map((signature) => [signature.name, hostFunction(signature, instance.raw(this.#prefix + signature.name))]);
    this.#functions = Object.fromEntries(entries) as F;
  }
}

/** C names are the module's name, an underscore and the function's; hyphens become underscores. */
export function symbolPrefix(entry: string): string {
  return `${path.basename(entry, '.ts').replaceAll('-', '_')}_`;
}

async function build(entry: string, directory: string): Promise<void> {
  const result = await compile({ entry, outDir: directory, name: 'program', target: 'wasm32' });
  if (!result.ok || result.imageFile === undefined) {
    throw new Error(`${entry} does not compile:\n${result.diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, false)).join('\n')}`);
  }
  writeFileSync(path.join(directory, 'program.json'), JSON.stringify({ image: path.basename(result.imageFile), signatures: signaturesOf(entry, libraryFile) }));
}

export async function loadProgram<F = Functions>(entry: string | URL, options: LoadOptions = {}): Promise<Program<F>> {
  const file = path.resolve(entry instanceof URL ? fileURLToPath(entry) : entry);
  const directory = await cached(contentKey(file, 'wasm32'), (temporary) => build(file, temporary));
  const { image, signatures } = JSON.parse(readFileSync(path.join(directory, 'program.json'), 'utf8')) as { image: string; signatures: Signature[] };
  const prepared = await prepare(new Uint8Array(readFileSync(path.join(directory, image))));
  return new Program<F>(prepared, signatures, symbolPrefix(file), options);
}
