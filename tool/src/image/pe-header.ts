/**
 * The PE header that makes a kernel an EFI program [PE Format, "COFF File Header" and "Section Table"].
 *
 * It is the only part of a kernel that names its architecture outright and tells how long the file must be.
 */
export const ARM_MACHINE = 'arm (32-bit)';

const MACHINES: Readonly<Record<number, string>> = {
  0xaa64: 'arm64',
  0x8664: 'x86-64',
  0x014c: 'x86 (32-bit)',
  0x01c0: ARM_MACHINE,
  0x01c2: ARM_MACHINE,
  0x01c4: ARM_MACHINE,
  0x5032: 'riscv32',
  0x5064: 'riscv64',
  0x6264: 'loongarch64',
};

const COFF_BYTES = 24; // signature included
const SECTION_BYTES = 40;

/** Offset of the "PE\0\0" signature, or null. */
function peOffset(bytes: Buffer): number | null {
  if (bytes.length < 0x40 || bytes.toString('latin1', 0, 2) !== 'MZ') return null;
  const offset = bytes.readUInt32LE(0x3c);
  if (offset + COFF_BYTES > bytes.length) return null;
  return bytes.toString('latin1', offset, offset + 4) === 'PE\0\0' ? offset : null;
}

/** The architecture that an EFI program is for; null where it is none. */
export function peMachine(bytes: Buffer): string | null {
  const offset = peOffset(bytes);
  if (offset === null) return null;
  const machine = bytes.readUInt16LE(offset + 4);
  return MACHINES[machine] ?? `PE machine 0x${machine.toString(16)}`;
}

interface Section {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The sections that have bytes in the file; null where there is no PE header or its section table is cut off. */
function peSections(bytes: Buffer): readonly Section[] | null {
  const offset = peOffset(bytes);
  if (offset === null) return null;
  const count = bytes.readUInt16LE(offset + 6);
  const table = offset + COFF_BYTES + bytes.readUInt16LE(offset + 20);
  if (table + count * SECTION_BYTES > bytes.length) return null;
  return Array.from({ length: count }, (_, index) => {
    const section = table + index * SECTION_BYTES;
    const name = bytes.toString('latin1', section, section + 8).split('\0')[0] ?? '';
    const start = bytes.readUInt32LE(section + 20);
    return { name, start, end: start + bytes.readUInt32LE(section + 16) };
  }).filter(({ start, end }) => end > start);
}

/** Where a section's bytes lie; null where there is no such section. */
export function peSection(bytes: Buffer, name: string): Section | null {
  return peSections(bytes)?.find((section) => section.name === name) ?? null;
}

/** Where the last section's bytes end: a shorter file is truncated. Null where there is no PE header. */
export function peRawEnd(bytes: Buffer): number | null {
  const offset = peOffset(bytes);
  if (offset === null) return null;
  const sections = peSections(bytes);
  // With its table cut off, the file is too short whatever the sections say.
  return sections === null ? bytes.length + 1 : Math.max(0, ...sections.map(({ end }) => end));
}
