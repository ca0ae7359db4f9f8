/**
 * The processor that a program meets when it runs inside Node: system registers are a map, device registers go
 * to handlers that the test supplies, and assembly does nothing unless the test says what.
 */
import type { ImportedFunction } from './wasm-imports.ts';

/** Called for every load and store of a device register; `width` in bits. */
export interface Mmio {
  read(address: bigint, width: number): number | bigint;
  write(address: bigint, value: bigint, width: number): void;
}

/** What stands in for one piece of assembly, or for any other function that the program only declares. */
export type Hook = (...operands: (number | bigint)[]) => number | bigint | undefined;

export interface Machine {
  /** System registers by name; one that was never written reads as zero. */
  readonly registers: Map<string, bigint>;
  readonly mmio: Mmio;
  readonly hooks: Record<string, Hook>;
}

/** Device registers that were expected to be left alone: an access is an error that names the address. */
export const noDevices: Mmio = {
  read(address, width): never {
    throw new Error(`the program read ${width} bits of a device at 0x${address.toString(16)}: give loadProgram an mmio handler`);
  },
  write(address, value, width): never {
    throw new Error(`the program wrote 0x${value.toString(16)} (${width} bits) to a device at 0x${address.toString(16)}: give loadProgram an mmio handler`);
  },
};

function unsigned(value: number | bigint, width: number): bigint {
  return BigInt.asUintN(width, BigInt(value));
}

function behaviour(name: string, machine: Machine): Hook {
  const hook = machine.hooks[name];
  if (hook !== undefined) return hook;
  const register = /^reg_(read|write)_(.+)$/.exec(name);
  if (register?.[1] === 'read') return () => machine.registers.get(register[2]!) ?? 0n;
  if (register?.[1] === 'write') {
    return (value) => {
      machine.registers.set(register[2]!, unsigned(value, 64));
      return undefined;
    };
  }
  const access = /^mmio_(read|write)(8|16|32|64)$/.exec(name);
  const width = Number(access?.[2]);
  // Addresses are 64 bits wide on every target, but may arrive as the 32 bits of a host pointer.
  if (access?.[1] === 'read') return (address) => machine.mmio.read(unsigned(address, typeof address === 'bigint' ? 64 : 32), width);
  if (access?.[1] === 'write') {
    return (address, value) => {
      machine.mmio.write(unsigned(address, typeof address === 'bigint' ? 64 : 32), unsigned(value, width), width);
      return undefined;
    };
  }
  // What begins like this is arithmetic that clang expects from a runtime library, and must not become a no-op.
  if (name.startsWith('__')) throw new Error(`the compiled program needs ${name}, which nothing provides`);
  return () => undefined;
}

/** The import object for a module: every function that it asks for, with results in the type that it expects. */
export function importsFor(functions: readonly ImportedFunction[], machine: Machine): WebAssembly.Imports {
  const imports: WebAssembly.Imports = {};
  for (const { module, name, returnsBigint } of functions) {
    const act = behaviour(name, machine);
    (imports[module] ??= {})[name] = (...operands) => {
      const result = act(...operands) ?? 0;
      return returnsBigint ? BigInt.asIntN(64, BigInt(result)) : Number(BigInt.asIntN(32, BigInt(result)));
    };
  }
  return imports;
}
