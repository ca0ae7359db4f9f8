/**
 * The memory of a program that runs inside Node, by the addresses that the program itself uses.
 *
 * Views are made at each access, since a memory that grows leaves older ones empty.
 */
export class ProgramMemory {
  readonly #memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** The bytes at `address`: a window onto the memory, not a copy. */
  bytes(address: number | bigint, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, Number(address), length);
  }

  get view(): DataView {
    return new DataView(this.#memory.buffer);
  }

  load32(address: number | bigint): number {
    return this.view.getUint32(Number(address), true);
  }

  load64(address: number | bigint): bigint {
    return this.view.getBigUint64(Number(address), true);
  }

  store32(address: number | bigint, value: number): void {
    this.view.setUint32(Number(address), value, true);
  }

  store64(address: number | bigint, value: bigint): void {
    this.view.setBigUint64(Number(address), value, true);
  }

  /** More memory behind what the program has: the address of `length` zero bytes that it does not know of. */
  allocate(length: number): number {
    const pageBytes = 65_536;
    return this.#memory.grow(Math.ceil(length / pageBytes)) * pageBytes;
  }
}
