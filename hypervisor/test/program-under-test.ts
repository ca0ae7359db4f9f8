/**
 * A program of `programs/`, compiled for the host, with the address space that the hypervisor has at EL2: its tables,
 * frames, device tree and windows lie at the addresses of src/layout.ts, which the program reaches as plain memory.
 */
import { fileURLToPath } from 'node:url';
import { loadProgram, type Hook, type Mmio, type Program } from '@thimble/compiler/host-run';

/** Past the last window of src/layout.ts. */
const ADDRESS_SPACE_BYTES = 0x3d00_0000;
const WASM_PAGE_BYTES = 65_536;

export interface Setting {
  readonly mmio?: Mmio;
  readonly hooks?: Readonly<Record<string, Hook>>;
  readonly registers?: Readonly<Record<string, bigint>>;
}

/** Assembly that waits: reaching it in a test that did not expect it would be a hang. */
const waits: Record<string, Hook> = {
  asm_wfe: () => {
    throw new Error('WFE: the program waits for a lock that nobody will release');
  },
  asm_wfi: () => {
    throw new Error('WFI: the processor has nothing to do');
  },
};

export class ProgramUnderTest<F> {
  readonly program: Program<F>;
  readonly #variables: Uint8Array;
  readonly #registers: ReadonlyMap<string, bigint>;

  constructor(program: Program<F>) {
    this.program = program;
    this.#registers = new Map(program.registers);
    this.#variables = program.memory.bytes(0, program.memory.view.byteLength).slice();
    this.#addressSpace();
  }

  #addressSpace(): void {
    this.program.memory.allocate(ADDRESS_SPACE_BYTES - this.#variables.length);
  }

  get call(): F {
    return this.program.functions;
  }

  /** Fresh variables and registers. What lies above the variables stays. */
  reset(): void {
    this.program.memory.bytes(0, this.#variables.length).set(this.#variables);
    this.program.registers.clear();
    for (const [name, value] of this.#registers) this.program.registers.set(name, value);
  }

  /** After a trap, which leaves the program's stack as it was: all memory anew. */
  restart(): void {
    this.program.restart();
    this.#addressSpace();
    this.reset();
  }

  /**
   * Puts `bytes` where the byte after the last one does not exist, so that reading past the end traps; at a
   * multiple of four, for which up to three zeroes may follow. The address.
   */
  placeAtEnd(bytes: Uint8Array): bigint {
    const { memory } = this.program;
    const start = memory.view.byteLength - Math.ceil(bytes.length / 4) * 4;
    memory.bytes(start, memory.view.byteLength - start).fill(0);
    memory.bytes(start, bytes.length).set(bytes);
    return BigInt(start);
  }

  /** A page or more that nothing else uses. */
  allocate(bytes: number): bigint {
    return BigInt(this.program.memory.allocate(Math.ceil(bytes / WASM_PAGE_BYTES) * WASM_PAGE_BYTES));
  }
}

export async function load<F>(name: string, setting: Setting = {}): Promise<ProgramUnderTest<F>> {
  const entry = fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
  const zero: Hook = (start = 0n, end = 0n) => void program.program.memory.bytes(BigInt(start), Number(BigInt(end) - BigInt(start))).fill(0);
  const hooks: Record<string, Hook> = { ...waits, bytes_zero: zero, ...setting.hooks };
  const program = new ProgramUnderTest<F>(await loadProgram<F>(entry, { ...setting, hooks }));
  return program;
}
