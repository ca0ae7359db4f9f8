/**
 * Which source file each instruction comes from: the line table of an ELF file [DWARF 4, 6.2 "Line Number Information"],
 * read as far as files and addresses go. It sees through inlining, which symbols do not.
 */
import { readSections } from './elf.ts';

/** From `address` to the next entry of the list, the code comes from `file`; undefined ends a run. */
export interface LineRange {
  readonly address: bigint;
  readonly file: string | undefined;
}

const supportedVersion = 4;
const standard = { copy: 1, advancePc: 2, setFile: 4, constAddPc: 8, fixedAdvancePc: 9 } as const;
const extendedOpcode = { endSequence: 1, setAddress: 2 } as const;

class Cursor {
  at = 0;
  readonly data: Buffer;
  constructor(data: Buffer) {
    this.data = data;
  }
  u8(): number {
    return this.data.readUInt8(this.at++);
  }
  u16(): number {
    this.at += 2;
    return this.data.readUInt16LE(this.at - 2);
  }
  u32(): number {
    this.at += 4;
    return this.data.readUInt32LE(this.at - 4);
  }
  u64(): bigint {
    this.at += 8;
    return this.data.readBigUInt64LE(this.at - 8);
  }
  /** LEB128; a signed one has the same length, and its value is not needed here. */
  leb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
  text(): string {
    const end = this.data.indexOf(0, this.at);
    const text = this.data.toString('utf8', this.at, end);
    this.at = end + 1;
    return text;
  }
}

interface Header {
  readonly minimumLength: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly operandCounts: readonly number[];
  readonly files: readonly string[];
}

function readHeader(cursor: Cursor): Header {
  cursor.u32();
  const minimumLength = cursor.u8();
  cursor.at += 3;
  const lineRange = cursor.u8();
  const opcodeBase = cursor.u8();
  const operandCounts = [0, ...Array.from({ length: opcodeBase - 1 }, () => cursor.u8())];
  const files: string[] = [''];
  while (cursor.text() !== '');
  for (let name = cursor.text(); name !== ''; name = cursor.text()) {
    files.push(name);
    for (let field = 0; field < 3; field++) cursor.leb();
  }
  return { minimumLength, lineRange, opcodeBase, operandCounts, files };
}

export function readLineTable(elf: Buffer): LineRange[] {
  const section = readSections(elf).find((one) => one.name === '.debug_line');
  if (section === undefined) return [];
  const cursor = new Cursor(elf.subarray(section.offset, section.offset + section.size));
  const ranges: LineRange[] = [];
  while (cursor.at < cursor.data.length) {
    const length = cursor.u32();
    const end = cursor.at + length;
    if (cursor.u16() === supportedVersion) runProgram(cursor, readHeader(cursor), end, ranges);
    cursor.at = end;
  }
  const endsFirst = (one: LineRange): number => (one.file === undefined ? 0 : 1);
  return ranges.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : endsFirst(a) - endsFirst(b)));
}

function runProgram(cursor: Cursor, header: Header, end: number, ranges: LineRange[]): void {
  let address = 0n;
  let file = 1;
  const advance = (operations: number): void => void (address += BigInt(operations * header.minimumLength));
  const emit = (): void => void ranges.push({ address, file: header.files[file] });
  while (cursor.at < end) {
    const opcode = cursor.u8();
    if (opcode >= header.opcodeBase) {
      advance(Math.floor((opcode - header.opcodeBase) / header.lineRange));
      emit();
    } else if (opcode === 0) {
      const next = cursor.leb() + cursor.at;
      const extended = cursor.u8();
      if (extended === extendedOpcode.setAddress) address = cursor.u64();
      if (extended === extendedOpcode.endSequence) {
        ranges.push({ address, file: undefined });
        address = 0n;
        file = 1;
      }
      cursor.at = next;
    } else if (opcode === standard.copy) emit();
    else if (opcode === standard.advancePc) advance(cursor.leb());
    else if (opcode === standard.setFile) file = cursor.leb();
    else if (opcode === standard.constAddPc) advance(Math.floor((255 - header.opcodeBase) / header.lineRange));
    else if (opcode === standard.fixedAdvancePc) address += BigInt(cursor.u16());
    else for (let operand = 0; operand < header.operandCounts[opcode]!; operand++) cursor.leb();
  }
}
