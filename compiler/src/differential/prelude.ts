/**
 * What every generated program has in common: two enums, a class, two bit-field layouts, and the trace.
 *
 * The trace is what `note…` calls write to a device, one id each: it shows the order of evaluation, and what
 * happened before a trap and what did not.
 */

export interface EnumShape { readonly members: readonly { readonly name: string; readonly value: bigint }[] }

export const enums = {
  Color: { members: [{ name: 'Red', value: 1n }, { name: 'Green', value: 2n }, { name: 'Blue', value: 7n }] },
  Level: { members: [{ name: 'Low', value: 0n }, { name: 'High', value: 0xffff_ffffn }] },
} as const satisfies Record<string, EnumShape>;
export type EnumName = keyof typeof enums;

export function isEnumName(type: string): type is EnumName {
  return Object.hasOwn(enums, type);
}

export function enumMembers(name: EnumName): EnumShape['members'] {
  return enums[name].members;
}

/** Field name to `[highest bit, lowest bit]`. */
export const layouts: Readonly<Record<string, Readonly<Record<string, readonly [number, number]>>>> = {
  flags: { LOW: [3, 0], FLAG: [4, 4], MIDDLE: [31, 8], TOP: [63, 32] },
  packed: { EDGE: [63, 63], WIDE: [62, 1], BIT: [0, 0] },
};

/** Values that a case may hand out: its result, its module-level variables and arrays. */
export const outputCountMax = 64;

/** The class of the objects that cases keep in arrays. */
export const cellFields = { small: 'u8', flag: 'boolean', count: 'i32', wide: 'u64' } as const;
export type CellField = keyof typeof cellFields;
export const cellFieldNames = Object.keys(cellFields) as CellField[];

const cellText = `class Cell {
  small: u8 = 0;
  flag: boolean = false;
  count: i32 = 0;
  wide: u64 = 0n;
}`;

function enumText(name: EnumName): string {
  const members = enumMembers(name).map((member) => `${member.name} = ${member.value}`).join(', ');
  return `export enum ${name} { ${members} }`;
}

/** Inputs cross the border as u64; an enum's is the member's position. */
function enumFromInputText(name: EnumName): string {
  const members = enumMembers(name);
  const clauses = members.slice(1).map((member, at) => `    case ${at + 1}n: return ${name}.${member.name};`).join('\n');
  return `function inputOf${name}(x: u64): ${name} {
  switch (x) {
${clauses}
    default: return ${name}.${members[0]!.name};
  }
}`;
}

function layoutText(name: string): string {
  const fields = Object.entries(layouts[name]!).map(([field, [high, low]]) => `${field}: ${high === low ? high : `[${high}, ${low}]`}`);
  return `const ${name} = bits({ name: '${name}', fields: { ${fields.join(', ')} } });`;
}

/** Where the device is that takes the trace. */
const traceAddress = 0x1000;

export function noteName(type: string): string {
  return `note${type[0]!.toUpperCase()}${type.slice(1)}`;
}

function noteText(type: string): string {
  return `function ${noteName(type)}(id: u32, value: ${type}): ${type} {
  mmio.write32(${traceAddress}n, id);
  return value;
}`;
}

export function preludeText(): string {
  const noted = ['u8', 'u16', 'u32', 'i32', 'u64', 'i64', 'boolean', ...Object.keys(enums)];
  const names = Object.keys(enums).filter(isEnumName);
  return [
    cellText,
    ...names.map(enumText),
    ...Object.keys(layouts).map(layoutText),
    `const output = fixedArray(u64, ${outputCountMax});`,
    'export function outputAt(index: u32): u64 { return output[index]; }',
    ...names.map(enumFromInputText),
    ...noted.map(noteText),
  ].join('\n') + '\n';
}
