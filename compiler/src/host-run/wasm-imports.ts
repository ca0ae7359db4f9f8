/**
 * Reads from a WebAssembly module what its imported functions return, which the JavaScript API does not say:
 * an i64 result has to be a BigInt and an i32 result a number.
 *
 * [WebAssembly Core Specification 2.0, "Modules": type section (1) and import section (2)]
 */

export interface ImportedFunction { readonly module: string; readonly name: string; readonly returnsBigint: boolean }

const i64 = 0x7e;

class Reader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const value = this.#bytes[this.at];
    if (value === undefined) throw new Error('the WebAssembly module ends too early');
    this.at += 1;
    return value;
  }

  /** LEB128: seven bits a byte, low ones first. */
  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    const length = this.unsigned();
    this.at += length;
    return new TextDecoder().decode(this.#bytes.subarray(this.at - length, this.at));
  }

  list<T>(read: () => T): T[] {
    return Array.from({ length: this.unsigned() }, read);
  }
}

/** Where each section's contents begin, by section number. */
function sections(bytes: Uint8Array): Map<number, number> {
  const found = new Map<number, number>();
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const length = reader.unsigned();
    if (id !== 0) found.set(id, reader.at);
    reader.at += length;
  }
  return found;
}

function skipLimits(reader: Reader): void {
  const hasMaximum = (reader.byte() & 1) === 1;
  reader.unsigned();
  if (hasMaximum) reader.unsigned();
}

/** The type index of an imported function, or null for an imported table, memory or global. */
function importedTypeIndex(reader: Reader): number | null {
  switch (reader.byte()) {
    case 0: return reader.unsigned();
    case 1: reader.byte(); skipLimits(reader); return null;
    case 2: skipLimits(reader); return null;
    default: reader.byte(); reader.byte(); return null;
  }
}

export function importedFunctions(bytes: Uint8Array): ImportedFunction[] {
  const starts = sections(bytes);
  const typesAt = starts.get(1);
  const importsAt = starts.get(2);
  if (typesAt === undefined || importsAt === undefined) return [];
  const types = new Reader(bytes, typesAt);
  const results = types.list(() => {
    types.byte();
    types.list(() => types.byte());
    return types.list(() => types.byte());
  });
  const imports = new Reader(bytes, importsAt);
  const entries = imports.list(() => ({ module: imports.text(), name: imports.text(), type: importedTypeIndex(imports) }));
  return entries.flatMap(({ module, name, type }) => (type === null ? [] : [{ module, name, returnsBigint: results[type]?.[0] === i64 }]));
}
