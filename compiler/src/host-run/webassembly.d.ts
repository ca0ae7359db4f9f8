/** The part of Node's WebAssembly interface that is used here; its usual declaration comes only with the DOM's. */
declare namespace WebAssembly {
  type ImportFunction = (...operands: (number | bigint)[]) => number | bigint;
  type Imports = Record<string, Record<string, ImportFunction>>;
  type Exports = Readonly<Record<string, unknown>>;

  class Module {
    private readonly brand;
  }
  class Instance {
    constructor(module: Module, imports: Imports);
    readonly exports: Exports;
  }
  class Memory {
    private constructor();
    readonly buffer: ArrayBuffer;
    /** By 64 KiB pages; returns how many there were. */
    grow(pages: number): number;
  }
  class RuntimeError extends Error {}
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
}
