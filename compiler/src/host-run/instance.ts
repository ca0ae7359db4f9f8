/**
 * One running copy of a compiled program, with its exported functions as JavaScript functions.
 */
import { fromWasm, toWasm, type HostValue, type Signature } from './signature.ts';
import { importsFor, type Machine } from './machine.ts';
import { ProgramMemory } from './program-memory.ts';
import { Trap } from './trap.ts';
import { importedFunctions, type ImportedFunction } from './wasm-imports.ts';

export type HostFunction = (...operands: HostValue[]) => HostValue;
export type RawFunction = (...operands: (number | bigint)[]) => number | bigint | undefined;

/** A module ready to be started any number of times. */
export interface PreparedModule { readonly module: WebAssembly.Module; readonly imports: readonly ImportedFunction[] }

export async function prepare(bytes: Uint8Array<ArrayBuffer>): Promise<PreparedModule> {
  return { module: await WebAssembly.compile(bytes), imports: importedFunctions(bytes) };
}

export interface Instance { readonly memory: ProgramMemory; readonly raw: (name: string) => RawFunction }

export function start({ module, imports }: PreparedModule, machine: Machine): Instance {
  const { exports } = new WebAssembly.Instance(module, importsFor(imports, machine));
  if (!(exports['memory'] instanceof WebAssembly.Memory)) throw new Error('the program exports no memory');
  const raw = (name: string): RawFunction => {
    const found = exports[name];
    if (typeof found !== 'function') throw new Error(`the program exports no function ${name}`);
    return found as RawFunction;
  };
  return { memory: new ProgramMemory(exports['memory']), raw };
}

/** A trap is an outcome of the program; any other error comes from the test's own handlers. */
export function callRaw(name: string, target: RawFunction, operands: readonly (number | bigint)[]): number | bigint | undefined {
  try {
    return target(...operands);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) throw new Trap(name, error);
    throw error;
  }
}

export function hostFunction({ name, parameters, result }: Signature, target: RawFunction): HostFunction {
  return (...operands) => {
    if (operands.length !== parameters.length) {
      throw new TypeError(`${name} takes ${parameters.length} arguments, not ${operands.length}`);
    }
    const passed = parameters.map((type, at) => toWasm(type, operands[at], `argument ${at + 1} of ${name}`));
    return fromWasm(result, callRaw(name, target, passed));
  };
}
