/** Reads the symbol and section tables of a little-endian ELF64 file. */
export type SectionKind = 'text' | 'rodata' | 'data' | 'bss';
export interface ElfSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly bytes: number;
  readonly section: string;
  readonly isFunction: boolean;
  readonly kind: SectionKind;
}
export interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: bigint;
  readonly address: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly alignment: number;
}
const [symbolTable, noBits] = [2, 8];
const writable = 1n;
const symbolBytes = 24;
const [objectSymbol, functionSymbol] = [1, 2];

const cString = (data: Buffer, at: number): string => data.toString('latin1', at, data.indexOf(0, at));

export function readSections(elf: Buffer): Section[] {
  const at = Number(elf.readBigUInt64LE(0x28));
  const [entryBytes, count, namesIndex] = [elf.readUInt16LE(0x3a), elf.readUInt16LE(0x3c), elf.readUInt16LE(0x3e)];
  const namesAt = Number(elf.readBigUInt64LE(at + namesIndex * entryBytes + 0x18));
  return Array.from({ length: count }, (_, index) => {
    const header = at + index * entryBytes;
    return {
      name: cString(elf, namesAt + elf.readUInt32LE(header)),
      type: elf.readUInt32LE(header + 4),
      flags: elf.readBigUInt64LE(header + 8),
      address: elf.readBigUInt64LE(header + 0x10),
      offset: Number(elf.readBigUInt64LE(header + 0x18)),
      size: Number(elf.readBigUInt64LE(header + 0x20)),
      link: elf.readUInt32LE(header + 0x28),
      alignment: Number(elf.readBigUInt64LE(header + 0x30)),
    };
  });
}

/** A linker script may put constants beside code: what a symbol is decides, then what its section may. */
function kindOf(section: Section | undefined, isFunction: boolean): SectionKind {
  if (isFunction) return 'text';
  if (section?.type === noBits) return 'bss';
  return section !== undefined && (section.flags & writable) !== 0n ? 'data' : 'rodata';
}

/** Functions and objects, by address. */
export function readSymbols(elf: Buffer): ElfSymbol[] {
  const sections = readSections(elf);
  const table = sections.find((one) => one.type === symbolTable);
  const names = table === undefined ? undefined : sections[table.link];
  if (table === undefined || names === undefined) return [];
  const symbols: ElfSymbol[] = [];
  for (let at = table.offset; at < table.offset + table.size; at += symbolBytes) {
    const type = elf.readUInt8(at + 4) & 0xf;
    if (type !== objectSymbol && type !== functionSymbol) continue;
    const section = sections[elf.readUInt16LE(at + 6)];
    const isFunction = type === functionSymbol;
    symbols.push({
      name: cString(elf, names.offset + elf.readUInt32LE(at)),
      section: section?.name ?? '',
      address: elf.readBigUInt64LE(at + 8),
      bytes: Number(elf.readBigUInt64LE(at + 16)),
      isFunction,
      kind: kindOf(section, isFunction),
    });
  }
  return symbols.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}
